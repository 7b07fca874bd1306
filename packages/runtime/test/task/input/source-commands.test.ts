// The order between barriers and splits at a source. Found by the simulator (seed 206): a split
// that was assigned behind a waiting trigger was in two snapshots, and read twice after a restore.

import { expect, it } from 'vitest'
import { SourceCommands } from '../../../src/task/input/source-commands.ts'

it('a split that is assigned after a trigger is not in the snapshot of that checkpoint', () => {
  const commands = new SourceCommands()
  const splits: string[] = []
  commands.tell(() => splits.push('a'))
  commands.trigger({ checkpoint: 1, stop: false })
  commands.tell(() => splits.push('b'))
  expect(splits).toEqual(['a'])
  expect(commands.next()).toEqual({ checkpoint: 1, stop: false })
  expect(splits, 'the snapshot is taken now').toEqual(['a'])
  commands.settle()
  expect(splits).toEqual(['a', 'b'])
})

it('two triggers with a split between them keep their order', () => {
  const commands = new SourceCommands()
  const seen: string[] = []
  commands.trigger({ checkpoint: 1, stop: false })
  commands.tell(() => seen.push('a'))
  commands.trigger({ checkpoint: 2, stop: true })
  commands.tell(() => seen.push('b'))
  seen.push(`checkpoint ${commands.next()?.checkpoint}`)
  commands.settle()
  seen.push(`checkpoint ${commands.next()?.checkpoint}`)
  commands.settle()
  expect(seen).toEqual(['checkpoint 1', 'a', 'checkpoint 2', 'b'])
  expect(commands.next()).toBeUndefined()
})

it('a trigger that was given up holds nothing back', () => {
  const commands = new SourceCommands()
  const seen: string[] = []
  commands.trigger({ checkpoint: 1, stop: false })
  commands.tell(() => seen.push('a'))
  commands.abandon(1)
  expect(seen).toEqual(['a'])
  expect(commands.next()).toBeUndefined()
})
