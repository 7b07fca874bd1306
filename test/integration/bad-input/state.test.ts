// State that does not fit what the job says of it, and state that is larger than anybody meant: the
// message says what, where and how to mend it, and the job as it was goes on to the exact result.

import { expect, test } from 'vitest'
import { OrdersFolder } from './orders-folder.ts'

const timeout = 120_000

const seen =
  `The state 'seen' cannot be restored: ` + 'the value of the key "shop-\\d", stored in version 1,'

const migrations: readonly (readonly [what: string, parameter: string, message: RegExp])[] = [
  [
    'throws',
    'throws',
    RegExp(`${seen} cannot be migrated to version 2: no label is known for \\d`),
  ],
  [
    'gives nothing',
    'nothing',
    RegExp(`${seen} cannot be migrated: \`migrate\` returned undefined`),
  ],
  [
    'gives what the schema refuses',
    'wrong',
    RegExp(`${seen} does not fit its schema after .migrate.: .*nth`),
  ],
  [
    'is missing',
    'none',
    /The state 'seen' is stored in version 1, and the job declares version 2 and no way to get/,
  ],
]

test.each(migrations)(
  'a migration that %s stops the start, and the job as it was goes on',
  { timeout },
  async (_, MIGRATION, message) => {
    const folder = new OrdersFolder('remembered.ts')
    await folder.stopHalfway()
    const { code, error } = await folder.runOrders({ VERSION: '2', MIGRATION })
    expect(code).toBe(4)
    expect(error).toMatch(/^CHECKPOINT_INCOMPATIBLE /m)
    expect(error).toMatch(message)
    expect(error).toMatch(/^ {2}where {2}step 'numbered'/m)
    expect(error).toMatch(/^ {2}hint {3}(Mend `migrate`|Give the state a `migrate)/m)
    if (MIGRATION === 'throws') expect(error).toMatch(/^ {4}at withLabel \(orders\.ts:\d+:\d+\)$/m)
    expect(error).not.toContain('started again')
    await folder.expectExactAfterMending()
  },
)

test('a migration that is right changes nothing but the form', { timeout }, async () => {
  const folder = new OrdersFolder('remembered.ts')
  await folder.stopHalfway()
  const parameters = { VERSION: '2', MIGRATION: 'right', WORK_MS: '0' }
  const { code, error } = await folder.runOrders(parameters)
  expect(code, error).toBe(0)
  folder.expectExact()
})

test('keys of many megabytes go through checkpoints and another parallelism', {
  timeout,
}, async () => {
  const folder = new OrdersFolder('remembered.ts')
  const parameters = ['-p', 'LARGE_KEYS=true', '-p', 'WORK_MS=0']
  const stopped = await folder.sluice(
    ['run', 'orders.ts', ...parameters, '--every', '300ms', '--log-level', 'debug'],
    {
      watch: (printed, signal) => {
        const hasState = /^checkpoint \d+ in [^:]*: \d+(\.\d+)? MiB/m.test(printed)
        if (hasState && !printed.includes('SIGINT')) signal('SIGINT')
      },
    },
  )
  expect(stopped.code, stopped.error).toBe(0)
  expect(stopped.error).toContain("stopped 'orders'")
  const ended = await folder.runOrders({ LARGE_KEYS: 'true', WORK_MS: '0' }, '--parallelism', '3')
  expect(ended.code, ended.error).toBe(0)
  folder.expectExact(['out'], 40)
})

const growing = `import { consoleSink, defineJob, list, memorySource } from 'sluice'
export default defineJob({
  name: 'growing',
  graph(job) {
    job
      .from('numbers', memorySource([70_000]))
      .keyBy(() => 'rome')
      .process('remember', {
        state: { all: list<number>() },
        onRecord(count, { state }) {
          for (let i = 0; i < count; i++) state.all.push(i)
        },
      })
      .to('nothing', consoleSink())
  },
})
`

test('a list that grows without end is warned of, by step and key', { timeout }, async () => {
  const folder = new OrdersFolder()
  folder.write('growing.ts', growing)
  const { code, error } = await folder.sluice(['run', 'growing.ts'])
  expect(code).toBe(0)
  expect(error).toMatch(
    /^warning The list 'all' of step 'remember' has grown to 65536 elements for the key "rome"\./m,
  )
  expect(error).toMatch(/Clear it in time, give it a ttl, or keep a map\(\) instead\./)
  expect(error.match(/has grown to/g)).toHaveLength(1)
})
