// Files that are not what they were, or not what they should be. A file that changed ends the job
// before anything wrong is written, and once it is back as it was the job goes on to the exact
// result; a malformed record fails the job, is counted, or comes out as a dead letter.

import { copyFileSync, cpSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { OrdersFolder, secret } from './orders-folder.ts'

const timeout = 120_000

const changes: readonly (readonly [what: string, change: (file: string) => void, RegExp])[] = [
  ['vanished', (file) => rmSync(file), /it is gone\. Wanted: \d+ bytes, .*; found: nothing\./],
  ['shrank', (file) => truncateSync(file, 1_000), /it has shrunk\. .*; found: 1000 bytes/],
  [
    'was replaced by another',
    (file) => {
      writeFileSync(`${file}.new`, 'x'.repeat(200_000))
      renameSync(`${file}.new`, file)
    },
    /it was replaced\. /,
  ],
]

test.each(changes)('a file that %s between two runs', { timeout }, async (_, change, told) => {
  const folder = new OrdersFolder()
  folder.writeFourFiles()
  await folder.stopHalfway()
  const file = join(folder.path, 'orders/d.ndjson')
  const backup = join(folder.path, 'backup')
  cpSync(file, backup, { preserveTimestamps: true })
  change(file)

  const { code, error } = await folder.runOrders({ WORK_MS: '0' })
  expect(code).toBe(4)
  expect(error).toMatch(/^SOURCE_CHANGED \.\/orders\/d\.ndjson changed while it is being read: /m)
  expect(error).toMatch(told)
  expect(error).toMatch(/^ {2}where {2}step 'orders', subtask \d, orders\/d\.ndjson$/m)
  expect(error).toMatch(/^ {2}hint {3}Put the file back as it was, or begin anew with --from none/m)

  cpSync(backup, file, { preserveTimestamps: true })
  await folder.expectExactAfterMending()
})

test.each([
  ['vanishes', (file: string) => rmSync(file), /it is gone/],
  ['shrinks', (file: string) => truncateSync(file, 100_000), /it has shrunk/],
])('a file that %s while the job runs', { timeout }, async (_, change, told) => {
  const folder = new OrdersFolder()
  folder.writeFourFiles(10_000)
  const file = join(folder.path, 'orders/d.ndjson')
  const backup = join(folder.path, 'backup')
  cpSync(file, backup, { preserveTimestamps: true })
  let changed = false
  const { code, error } = await folder.sluice(['run', 'orders.ts', '-p', 'WORK_MS=1'], {
    watch: (printed) => {
      if (changed || !printed.includes('running from the beginning')) return
      changed = true
      change(file)
    },
  })
  expect(code).toBe(4)
  expect(error).toMatch(/^SOURCE_CHANGED \.\/orders\/d\.ndjson changed while it is being read: /m)
  expect(error).toMatch(told)

  cpSync(backup, file, { preserveTimestamps: true })
  await folder.expectExactAfterMending()
})

test.each(['./ordres', './ordres/*.ndjson'])(
  '%s is not there: told before anything runs',
  {
    timeout,
  },
  async (path) => {
    const folder = new OrdersFolder()
    const { code, error } = await folder.runOrders({ ORDERS: path })
    expect(code).toBe(2)
    expect(error).toMatch(/^SETTING_INVALID There is no file or folder \.\/ordres to read\.$/m)
    expect(error).toMatch(/^ {2}where {2}step 'orders'/m)
    await folder.expectExactAfterMending()
  },
)

/** Two good orders, and between them what is no JSON, no order and no text. */
const malformed = Buffer.concat([
  Buffer.from(`{"id":1,"password":"${secret}"}\n{"id":2,\n{"id":"3","password":"${secret}"}\n`),
  Buffer.from([0xff, 0xfe, 0x0a]),
  Buffer.from(`{"id":5,"password":"${secret}"}\n`),
])

function lettersFolder(): OrdersFolder {
  const folder = new OrdersFolder()
  const job = fileURLToPath(new URL('jobs/letters.ts', import.meta.url))
  copyFileSync(job, join(folder.path, 'letters.ts'))
  writeFileSync(join(folder.path, 'orders/a.ndjson'), malformed)
  return folder
}

test('a malformed record fails the job: file, line, byte and the two other policies', {
  timeout,
}, async () => {
  const folder = lettersFolder()
  const { code, error } = await folder.sluice(['run', 'letters.ts', '-p', 'POLICY=fail'])
  expect(code).toBe(1)
  expect(error).toMatch(
    /^RECORD_MALFORMED \.\/orders\/a\.ndjson, line 2, byte 34: A record is not JSON: /m,
  )
  expect(error).toMatch(/hint {3}Mend the record, or set onMalformed to 'skip' or 'dead-letter'\./)

  const next = await folder.sluice(['run', 'letters.ts', '-p', 'POLICY=skip'])
  expect(next.code).toBe(0)
  expect(folder.results()).toMatchObject([{ id: 1 }, { id: 5 }])
  expect(next.error).toMatch(/^finished .*, 3 malformed records passed over\./m)
})

test('malformed records come out as dead letters, with place and reason', { timeout }, async () => {
  const folder = lettersFolder()
  const { code, error } = await folder.sluice(['run', 'letters.ts', '-p', 'POLICY=dead-letter'])
  expect(code, error).toBe(0)
  expect(folder.results()).toMatchObject([{ id: 1 }, { id: 5 }])
  expect(folder.results('malformed')).toMatchObject([
    { source: 'orders', position: 'line 2, byte 34', text: '{"id":2,\n' },
    { position: 'line 3, byte 43', reason: expect.stringContaining('expected number') },
    { position: 'line 4, byte 79' },
  ])
})
