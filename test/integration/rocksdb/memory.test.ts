// State that is ten times as large as the memory for it, in a process whose memory is looked at.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { whyNoRocksDb } from '../../conformance/key-value-store/rocksdb-here.ts'

const missing = whyNoRocksDb()
const script = fileURLToPath(new URL('./fill-state.ts', import.meta.url))
/** What V8 and the allocator take besides, of which little depends on the state. */
const SLACK_BYTES = 90 * 2 ** 20
const LIMIT_BYTES = 16 * 2 ** 20

it('state of ten times the memory limit is kept whole, within the limit', async ({ skip }) => {
  if (missing !== undefined) skip(missing)
  const options = ['--conditions=sluice-source', '--max-semi-space-size=4', script]
  const { stdout } = await promisify(execFile)(process.execPath, options)
  const { baseBytes, peakBytes, stateBytes, entries, fired, wrong, keys } = JSON.parse(stdout)
  expect({ entries, fired, wrong }).toEqual({ entries: keys, fired: keys, wrong: 0 })
  expect(stateBytes).toBe(10 * LIMIT_BYTES)
  expect(peakBytes - baseBytes).toBeLessThan(LIMIT_BYTES + SLACK_BYTES)
}, 180_000)
