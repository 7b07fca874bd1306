// Savepoints that are not as they were written: each is refused before a record is read, with the
// file and what helps, and what is mended goes on to the exact result.

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { OrdersFolder } from './orders-folder.ts'

const timeout = 120_000

function flipped(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes)
  changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
  return changed
}

/** A manifest as a version would write it that knows more formats. */
function ofNewerFormat(manifest: Buffer): Buffer {
  const body = manifest.subarray(manifest.indexOf(0x0a) + 1)
  const digest = createHash('sha256').update(`99 ${body.length}\n`).update(body).digest('hex')
  const header = Buffer.from(`sluice-savepoint 99 ${body.length} ${digest}\n`)
  return Buffer.concat([header, body])
}

interface Damage {
  /** Which file; of segments any. */
  readonly file: 'manifest' | 'segment'
  /** What becomes of it; undefined: it is gone. */
  readonly change: (bytes: Buffer) => Buffer | undefined
  readonly code: number
  readonly told: RegExp
  readonly hint: RegExp
}

const again = /^ {2}hint {3}Copy (it|the savepoint) again from where it was made\.$/m

const damages: Readonly<Record<string, Damage>> = {
  'has a byte of its manifest flipped': {
    file: 'manifest',
    change: (bytes) => flipped(bytes, bytes.length >> 1),
    code: 4,
    told: /^CHECKPOINT_DAMAGED .*saved is damaged: its checksum does not match\.$/m,
    hint: again,
  },
  'has a manifest that was cut off': {
    file: 'manifest',
    change: (bytes) => bytes.subarray(0, bytes.length >> 1),
    code: 4,
    told: /^CHECKPOINT_DAMAGED .*saved is damaged: it has \d+ bytes instead of \d+\.$/m,
    hint: again,
  },
  'has no manifest': {
    file: 'manifest',
    change: () => undefined,
    code: 4,
    told: /^CHECKPOINT_DAMAGED .*saved is damaged: its manifest is missing\.$/m,
    hint: again,
  },
  'is of a newer version': {
    file: 'manifest',
    change: ofNewerFormat,
    code: 4,
    told: /^CHECKPOINT_FORMAT_NEWER The savepoint in .*saved has format 99, which is newer than/m,
    hint: /^ {2}hint {3}Use the version of Sluice that wrote it, or a later one\.$/m,
  },
  'has a byte of a segment flipped': {
    file: 'segment',
    change: (bytes) => flipped(bytes, bytes.length >> 1),
    code: 4,
    told: /^CHECKPOINT_DAMAGED .*saved is damaged: segment [^ ]+: its checksum does not match\.$/m,
    hint: again,
  },
  'has a segment that was cut off': {
    file: 'segment',
    change: (bytes) => bytes.subarray(1),
    code: 4,
    told: /^CHECKPOINT_DAMAGED .*: segment [^ ]+: it has \d+ bytes instead of \d+\.$/m,
    hint: again,
  },
  'lacks a segment': {
    file: 'segment',
    change: () => undefined,
    code: 4,
    told: /^CHECKPOINT_DAMAGED .*saved is damaged: segment [^ ]+: it is not there\.$/m,
    hint: again,
  },
}

test('a savepoint that is damaged in any way is refused, and mended it goes on exactly', {
  timeout,
}, async () => {
  const folder = new OrdersFolder()
  await folder.stopHalfway()
  const create = ['savepoint', 'create', 'orders.ts', '--checkpoint', 'latest', '--to', 'saved']
  expect(await folder.sluice(create)).toMatchObject({ code: 0 })
  const saved = join(folder.path, 'saved')
  const [segment = ''] = readdirSync(join(saved, 'segments'))
  const files = { manifest: join(saved, 'savepoint'), segment: join(saved, 'segments', segment) }
  // A fork with results of its own: what comes after the savepoint is all that it writes.
  const start = ['run', 'orders.ts', '--from', './saved', '--checkpoints', 'fork']
  const run = () => folder.sluice([...start, '-p', 'OUT=./rest', '-p', 'WORK_MS=0'])

  for (const [what, { file, change, code, told, hint }] of Object.entries(damages)) {
    const whole = readFileSync(files[file])
    const changed = change(whole)
    if (changed === undefined) rmSync(files[file])
    else writeFileSync(files[file], changed)
    const ended = await run()
    expect({ what, code: ended.code, out: ended.out }).toEqual({ what, code, out: '' })
    expect(ended.error, what).toMatch(told)
    expect(ended.error, what).toMatch(hint)
    expect(ended.error, what).not.toMatch(/node:internal|packages\//)
    if (existsSync(join(folder.path, 'rest'))) expect(folder.results('rest'), what).toEqual([])
    writeFileSync(files[file], whole)
  }
  expect(await run()).toMatchObject({ code: 0 })
  folder.expectExact(['out', 'rest'])
})
