// Places that do not fit: checkpoints of another job, of another graph, of a newer version; results
// of another history; a disk that is full, folders without rights, a file system without links.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FileSystemError } from 'sluice/connector'
import { createNodePlatform, runJob } from '@sluice/runtime'
import { expect, onTestFinished, test } from 'vitest'
import { callsAround } from '../../../packages/runtime/test/coordinator/world/calls-around.ts'
import { OrdersFolder } from './orders-folder.ts'

const timeout = 120_000
const isRoot = process.getuid?.() === 0
const canChangeUser = isRoot && existsSync('/usr/bin/setpriv')

test('checkpoints of another job are refused', { timeout }, async () => {
  const folder = new OrdersFolder()
  await folder.stopHalfway()
  const text = readFileSync(join(folder.path, 'orders.ts'), 'utf8')
  folder.write('other.ts', text.replace("name: 'orders'", "name: 'other'"))
  const args = ['run', 'other.ts', '--checkpoints', '.sluice/orders']
  const { code, error } = await folder.sluice(args)
  expect(code).toBe(4)
  expect(error).toMatch(
    /^CHECKPOINT_FOREIGN_JOB The checkpoints in .*\.sluice\/orders belong to the job 'orders'/m,
  )
  expect(error).toMatch(/hint {3}Give each job a checkpoint folder of its own/)
  await folder.expectExactAfterMending()
})

test('checkpoints of another graph are refused, with every difference', { timeout }, async () => {
  const folder = new OrdersFolder()
  await folder.stopHalfway()
  const text = readFileSync(join(folder.path, 'orders.ts'), 'utf8')
  folder.write('orders.ts', text.replace("process('numbered'", "process('counted'"))
  const { code, error } = await folder.runOrders({})
  expect(code).toBe(4)
  expect(error).toMatch(
    /^CHECKPOINT_INCOMPATIBLE The job 'orders' cannot go on from checkpoint \d/m,
  )
  expect(error).toContain("  - operator 'numbered' (process) has no match in the job")
  expect(error).toMatch(/hint {3}Bring the steps back, say `renamedFrom`/)

  folder.write('orders.ts', text)
  await folder.expectExactAfterMending()
})

test('checkpoints of a newer version are left alone', { timeout }, async () => {
  const folder = new OrdersFolder()
  await folder.stopHalfway()
  const log = join(folder.path, '.sluice/orders/log')
  const newest = join(log, readdirSync(log).sort().at(-1) as string)
  const entry = readFileSync(newest)
  writeFileSync(newest, ofFormat(99, entry.subarray(entry.indexOf(0x0a) + 1)))
  const { code, error } = await folder.runOrders({})
  expect(code).toBe(4)
  expect(error).toMatch(/^CHECKPOINT_FORMAT_NEWER /m)
  expect(error).toMatch(/^ {2}hint {3}/m)

  writeFileSync(newest, entry)
  await folder.expectExactAfterMending()
})

/** An entry of the log as a version would write it that knows more formats. */
function ofFormat(format: number, body: Buffer): Buffer {
  const digest = createHash('sha256')
    .update(`${format} ${body.length}\n`)
    .update(body)
    .digest('hex')
  return Buffer.concat([Buffer.from(`sluice-log ${format} ${body.length} ${digest}\n`), body])
}

test('results of another history are not mixed with new ones', { timeout }, async () => {
  const folder = new OrdersFolder()
  await folder.expectExactAfterMending()
  const checkpoints = join(folder.path, '.sluice')
  renameSync(checkpoints, join(folder.path, 'aside'))
  const { code, error } = await folder.runOrders({})
  expect(code).toBe(4)
  expect(error).toMatch(/^SINK_FOREIGN_HISTORY .*out/m)
  expect(error).toMatch(/^ {2}hint {3}.*--start-over/m)

  rmSync(checkpoints, { recursive: true })
  renameSync(join(folder.path, 'aside'), checkpoints)
  await folder.expectExactAfterMending()
})

/** A disk of its own with hardly any room; undefined where none can be mounted. */
function smallDisk(folder: OrdersFolder): string | undefined {
  const disk = join(folder.path, 'disk')
  mkdirSync(disk)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', disk], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  onTestFinished(() => void execFileSync('umount', ['-l', disk]))
  return disk
}

test.each([
  ['of the checkpoints', ['--checkpoints', 'disk/checkpoints'], 'out', /found no space left/],
  ['of the results', ['-p', 'OUT=disk/out'], 'disk/out', /no space is left/],
] as const)(
  'a full disk %s holds the job up until there is room',
  { timeout },
  async (_, args, out, told) => {
    const folder = new OrdersFolder()
    const disk = smallDisk(folder)
    if (disk === undefined) return
    const filling = join(disk, 'filling')
    writeFileSync(filling, Buffer.alloc(480 * 1024))
    const { code, error } = await folder.sluice(['run', 'orders.ts', ...args], {
      watch: (printed) => {
        if (told.test(printed)) rmSync(filling, { force: true })
      },
    })
    expect(error).toMatch(told)
    expect(code, error).toBe(0)
    folder.expectExact([out])
  },
)

test.runIf(canChangeUser)(
  'folders without rights are named, and nothing is begun',
  { timeout },
  async () => {
    const folder = new OrdersFolder()
    chmodSync(folder.path, 0o755)
    for (const name of ['checkpoints', 'out']) mkdirSync(join(folder.path, name), { mode: 0o755 })
    const run = () =>
      folder.sluice(['run', 'orders.ts', '--checkpoints', 'checkpoints', '-p', 'WORK_MS=0'], {
        unprivileged: true,
      })
    const first = await run()
    expect(first.code).toBe(3)
    expect(first.error).toMatch(/^STORAGE_FORBIDDEN Checkpoint storage in checkpoints: /m)
    expect(first.error).toMatch(/hint {3}Let the user that runs the job read and write there/)

    chmodSync(join(folder.path, 'checkpoints'), 0o777)
    const second = await run()
    expect(second.code).toBe(3)
    expect(second.error).toMatch(/^STORAGE_FORBIDDEN .*no right to write \.\/out/m)
    expect(second.error).toMatch(/^ {2}where {2}sink 'numbered-orders', out$/m)

    chmodSync(join(folder.path, 'out'), 0o777)
    expect(await run()).toMatchObject({ code: 0 })
    folder.expectExact()
  },
)

test('a file where the results need a folder is told before anything runs', {
  timeout,
}, async () => {
  const folder = new OrdersFolder()
  folder.write('out', '')
  const { code, error } = await folder.runOrders({})
  expect(code).toBe(2)
  expect(error).toMatch(/^SETTING_INVALID .*: a file stands where \.\/out needs a folder\.$/m)
  rmSync(join(folder.path, 'out'))
  await folder.expectExactAfterMending()
})

test('a file system without hard links is refused at the start', { timeout }, async () => {
  const folder = new OrdersFolder()
  const platform = createNodePlatform({ logSink: () => {} })
  const files = callsAround(platform.files, async ({ name, given, carryOut }) => {
    if (name === 'link') throw new FileSystemError('unsupported', 'link', String(given[1]))
    return await carryOut()
  })
  const parameters = { ORDERS: join(folder.path, 'orders'), OUT: join(folder.path, 'out') }
  const storage = join(folder.path, 'checkpoints')
  const origin = { kind: 'module', url: new URL('jobs/orders.ts', import.meta.url).href } as const
  const options = { origin, parameters, settings: { checkpoint: { storage } } }
  const { outcome, error } = await runJob({ ...platform, files }, options).done
  expect(outcome).toBe('failed')
  expect(error).toMatchObject({ code: 'STORAGE_UNSUPPORTED' })
  expect(error?.message).toContain(storage)
  expect(error?.hint).toMatch(/folder/)
  expect(existsSync(join(folder.path, 'out'))).toBe(false)
})
