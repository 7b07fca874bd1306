// State that is ten times as large as the memory for it, in a process whose memory is looked at.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { whyNoRocksDb } from '../../conformance/key-value-store/rocksdb-here.ts'

const missing = whyNoRocksDb()
const script = fileURLToPath(new URL('./fill-state.ts', import.meta.url))
/** What the allocator and the garbage that V8 has yet to collect take besides. */
const SLACK_BYTES = 64 * 2 ** 20
/** Live objects without a limit end the process; a store without one shows in its memory. */
const OLD_SPACE_MIB = 64
const LIMIT_BYTES = 16 * 2 ** 20

it('state of ten times the memory limit is kept whole, within the limit', async ({ skip }) => {
  if (missing !== undefined) skip(missing)
  const heap = ['--max-semi-space-size=4', `--max-old-space-size=${OLD_SPACE_MIB}`]
  const options = ['--conditions=sluice-source', ...heap, script]
  const { stdout } = await promisify(execFile)(process.execPath, options)
  const { baseBytes, peakBytes, stateBytes, entries, fired, wrong, keys } = JSON.parse(stdout)
  expect({ entries, fired, wrong }).toEqual({ entries: keys, fired: keys, wrong: 0 })
  expect(stateBytes).toBe(10 * LIMIT_BYTES)
  expect(peakBytes - baseBytes).toBeLessThan(LIMIT_BYTES + SLACK_BYTES)
}, 180_000)
