// The judgement that every proof ends with.

import { expect } from 'vitest'
import type { CopyEnd } from './copy-process.ts'
import { type CopyWorld, exact } from './copy-world.ts'
import { count } from './tally.ts'

/** The run has finished, nothing of the job is open, and each record is there once, in order. */
export async function expectExact(
  world: CopyWorld,
  { how, errors }: Pick<CopyEnd, 'how' | 'errors'>,
): Promise<void> {
  // Where an earlier run was killed when all was committed, the last one has nothing more to do.
  expect(how, errors).toMatch(/^finished(-before)?$/)
  const open = await world.stillOpen()
  const verdict = await world.judge()
  count({ ...verdict, copies: 1, records: world.count, open: open.length })
  expect(open).toEqual([])
  expect(verdict).toEqual(exact)
}
