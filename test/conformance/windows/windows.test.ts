import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  applying,
  aggregating,
  ids,
  type WindowHost,
} from '../../../packages/core/test/window/opened-window.ts'
import { actionOf, type CaseFile, type CaseRecord, type WindowCase, windowOf } from './cases.ts'

const folder = import.meta.dirname
const files = readdirSync(folder).filter((name) => name.endsWith('.json'))

const keyOf = (record: unknown) => (record as CaseRecord).key
const idsOf = (records: readonly unknown[]) => records.map((record) => (record as CaseRecord).id)

/** The two ways to keep the records of a window. */
const ways = {
  'an aggregate': (window: ReturnType<typeof windowOf>) => aggregating(window, ids, keyOf),
  'all records': (window: ReturnType<typeof windowOf>) => applying(window, idsOf, keyOf),
}

interface Result {
  readonly key: string
  readonly window: { readonly start?: number; readonly end?: number; readonly firing: number }
  readonly value: readonly number[]
}

function resultText({ key, window, value }: Result, instants: boolean): string {
  const { start, end, firing } = window
  const time = (at: number) => (instants ? new Date(at).toISOString().replace(':00.000Z', 'Z') : at)
  const bounds = start === undefined || end === undefined ? '' : ` [${time(start)}, ${time(end)})`
  return `${key}${bounds} #${firing}: ${value.toSorted((a, b) => a - b).join(' ')}`
}

function perform(host: WindowHost, text: string, { window }: WindowCase): void {
  const action = actionOf(text)
  if (action.kind === 'record') host.record(action.record, action.at)
  else if (action.kind === 'restore') host.restart(windowOf(window))
  else host[action.kind](action.to)
}

function play(given: WindowCase, way: keyof typeof ways): unknown[] {
  const host = ways[way](windowOf(given.window))
  return given.steps.map((step) => {
    const text = typeof step === 'string' ? step : step.do
    const from = host.emitted.length
    perform(host, text, given)
    const emitted = host.emitted.slice(from)
    const gives = emitted.filter(({ output }) => output === 0).map(({ value }) => value as Result)
    const late = emitted
      .filter(({ output }) => output === 1)
      .map(({ value }) => value as CaseRecord)
    return {
      do: text,
      gives: gives.map((result) => resultText(result, given.instants === true)).sort(),
      late: late.map(({ key, id }) => `${key}${id}`),
    }
  })
}

for (const name of files) {
  const { from, cases } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as CaseFile
  describe(`${name} (${from})`, () => {
    for (const given of cases) {
      test.each(Object.keys(ways) as (keyof typeof ways)[])(`${given.name}: %s`, (way) => {
        const expected = given.steps.map((step) => {
          const { do: text, gives = [], late = [] } = typeof step === 'string' ? { do: step } : step
          return { do: text, gives: gives.toSorted(), late }
        })
        expect(play(given, way)).toEqual(expected)
      })
    }
  })
}
