// Keys as a shell gives them, and lines of state that can be written back as they were read.

import { counter, defineJob, list, map, memorySink, memorySource, value } from '@sluice/core'
import type { JobDefinition, Key } from '@sluice/core/internal'
import { createNodePlatform, emptySavepoint, type SavepointEdit } from '@sluice/runtime/internal'
import { describe, expect, test } from 'vitest'
import { keysOf } from '../../src/state/key-texts.ts'
import { applyLine, entryLine, timerLine } from '../../src/state/state-lines.ts'

describe('a key on the command line', () => {
  test.each<[string, readonly Key[]]>([
    ['rome', ['rome']],
    ['42', ['42', 42]],
    ['true', ['true', true]],
    ['"42"', ['"42"', '42']],
    ['["rome",7]', ['["rome",7]', ['rome', 7]]],
    ['{"$bigint":"7"}', ['{"$bigint":"7"}', 7n]],
    ['{}', ['{}']],
    ['null', ['null']],
    ['', ['']],
  ])('%s means a text, and what it is as JSON', (text, keys) => {
    expect(keysOf({ key: text })).toEqual(keys)
  })

  test('is exact as JSON', () => {
    expect(keysOf({ keyJson: '42' })).toEqual([42])
    expect(keysOf({})).toBeUndefined()
    for (const wrong of ['rome', '{}', 'null', '[]', '[[1]]', '[1,2,3,4,5]']) {
      expect(() => keysOf({ keyJson: wrong })).toThrow('is not the JSON of a key')
    }
    expect(() => keysOf({ key: 'a', keyJson: '1' })).toThrow('Both --key and --key-json')
  })
})

const job = defineJob({
  name: 'lines',
  graph: (builder) => {
    builder
      .from('items', memorySource([1]))
      .keyBy((item) => item)
      .process('step', {
        state: { n: counter(), v: value<unknown>(), l: list<unknown>(), m: map<number, unknown>() },
        onRecord() {},
      })
      .to('out', memorySink())
  },
}) as unknown as JobDefinition

function edit(): SavepointEdit {
  return emptySavepoint(createNodePlatform({ logSink: () => {} }), job, {})
}

interface Call {
  readonly name: string
  readonly args: readonly unknown[]
}

/** What a line asks of an edit. */
function callOf(line: string): Call {
  const calls: Call[] = []
  const recording = new Proxy({} as SavepointEdit, {
    get:
      (_, name) =>
      (...args: unknown[]) => {
        calls.push({ name: String(name), args })
      },
  })
  applyLine(recording, line, 1, undefined)
  return calls[0] as Call
}

describe('a line of state', () => {
  test.each<[string, Key, unknown]>([
    ['counter', 'rome', 12],
    ['value', ['rome', 7n], { at: new Date(0), tags: new Set(['a']), none: undefined, $odd: -0 }],
    ['value', 12345678901234567890n, Number.NaN],
    ['list', true, [1, 'two', Uint8Array.from([3])]],
    [
      'map',
      1.5,
      new Map<unknown, unknown>([
        ['a', 1],
        [2, null],
      ]),
    ],
  ])('of a %s can be written back as it was read', (kind, key, stored) => {
    const entry = { state: 's', kind, key, namespace: 60_000, value: stored, writtenAt: 5 }
    const { name, args } = callOf(entryLine('step', entry))
    expect(name).toBe('set')
    expect(args).toEqual(['step', 's', key, stored, { namespace: 60_000, writtenAt: 5 }])
  })

  test('of a timer too', () => {
    const timer = { domain: 'event', key: 'a', namespace: 3, time: 7 } as const
    const { name, args } = callOf(timerLine('step', timer))
    expect([name, ...args]).toEqual(['setTimer', 'step', 'event', 'a', 7, { namespace: 3 }])
  })

  test('deletes a state, or all of a key, or a timer', () => {
    const base = { step: 'step', key: 'a', delete: true }
    expect(callOf(JSON.stringify({ ...base, state: 'n' })).name).toBe('delete')
    expect(callOf(JSON.stringify(base)).name).toBe('deleteKey')
    expect(callOf(JSON.stringify({ ...base, timer: 'event', time: 1 })).name).toBe('deleteTimer')
  })

  test.each([
    ['[]', 'It is no JSON object.'],
    ['{"state":"n"', 'It is no JSON'],
    ['{"state":"n","key":"a","value":1}', 'It names no step.'],
    ['{"step":"step","state":"n","value":1}', 'It names no key.'],
    ['{"step":"step","key":"a","value":1}', 'It names no state.'],
    ['{"step":"step","state":"n","key":"a"}', 'It has no value.'],
    ['{"step":"step","state":"n","key":"a","value":"x"}', "The state 'n' of 'step' is a counter"],
    ['{"step":"step","state":"x","key":"a","value":1}', "Step 'step' has no state 'x'"],
    ['{"step":"steps","state":"n","key":"a","value":1}', "has no step 'steps'"],
    ['{"step":"step","state":"n","key":{},"value":1}', 'cannot be a key'],
    ['{"step":"step","timer":"late","key":"a","time":1}', '"timer" is neither'],
    ['{"step":"step","timer":"event","key":"a"}', 'A timer needs a "time"'],
    ['{"step":"step","state":"n","key":"a","value":1,"window":"x"}', '"window" is not a number'],
    ['{"step":"step","state":"n","key":"a","value":{"$what":1}}', 'It is no JSON'],
  ])('%s is refused with its number', (line, message) => {
    const target = edit()
    expect(() => applyLine(target, line, 7, undefined)).toThrow(/^Line 7: /)
    expect(() => applyLine(target, line, 7, undefined)).toThrow(message)
  })
})
