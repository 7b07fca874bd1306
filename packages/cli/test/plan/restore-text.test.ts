import { expect, test } from 'vitest'
import { restoreLines } from '../../src/plan/restore-text.ts'
import { fits, type RestoreView } from '../../src/plan/restore-view.ts'
import { plain } from '../../src/text/paint.ts'
import { widthOf } from '../../src/text/width.ts'

const step = { storedAs: 'totals', what: 'operator (process)', sizeBytes: 2048, states: [] }

const view: RestoreView = {
  from: 'checkpoint 12',
  job: 'shop',
  steps: [
    { ...step, step: 'orders', storedAs: 'orders', what: 'source (files)', fate: 'fits' },
    {
      ...step,
      step: 'sums',
      fate: 'renamed',
      states: [
        { name: 'sum', kind: 'counter', fate: 'fits' },
        { name: 'last', kind: 'value', fate: 'new' },
        { name: 'first', kind: 'value', fate: 'dropped' },
      ],
    },
    { step: 'late', what: 'operator (window)', fate: 'new', states: [], sizeBytes: 0 },
    { ...step, step: 'gone', fate: 'dropped', reason: 'it has no match' },
  ],
  differences: [],
  drops: ["step 'sums' no longer has the state 'first' (value)", 'it has no match'],
  allowDroppedState: false,
  values: undefined,
}

function text(changes: Partial<RestoreView> = {}): string {
  return restoreLines({ ...view, ...changes }, plain, Number.POSITIVE_INFINITY).join('\n')
}

test('each step has a row, and below it the states that do not simply fit', () => {
  const shown = text()
  expect(shown).toContain("state in checkpoint 12 of 'shop'")
  expect(shown).toMatch(/^totals → sums +operator \(process\) +renamed +2 KiB/m)
  expect(shown).toMatch(/^ {2}last +value +new, starts empty/m)
  expect(shown).toMatch(/^ {2}first +value +would be dropped/m)
  expect(shown).not.toMatch(/^ {2}sum /m)
  expect(shown).toMatch(/^late +operator \(window\) +new, starts empty$/m)
})

test('what blocks a run is said below, until it is agreed', () => {
  expect(text()).toContain('A run is refused without --allow-dropped-state:\n  - step')
  expect(fits(view)).toBe(false)
  const agreed = { ...view, allowDroppedState: true }
  expect(text(agreed)).toContain('A run drops:\n  - step')
  expect(fits(agreed)).toBe(true)
  const blocked = { ...agreed, differences: ['maxParallelism was 128 and is 64'] }
  expect(text(blocked)).toContain('A run is refused:\n  - maxParallelism')
  expect(fits(blocked)).toBe(false)
})

test('values that do not fit are counted, and make a run impossible', () => {
  const values = { checked: 40, misfits: 3, problems: [] }
  expect(text({ values })).toContain('40 values checked, 3 do not fit')
  expect(fits({ ...view, drops: [], values })).toBe(false)
  expect(fits({ ...view, drops: [], values: { ...values, misfits: 0 } })).toBe(true)
})

test('it fits into the window', () => {
  for (const line of restoreLines({ ...view, drops: [] }, plain, 40)) {
    expect(widthOf(line)).toBeLessThanOrEqual(40)
  }
})
