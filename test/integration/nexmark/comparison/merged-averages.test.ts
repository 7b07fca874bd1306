import { keyGroupOf, subtaskOf } from '@sluice/core/internal'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { areMergedAverages, type AverageChange } from './merged-averages.ts'

/** Changes of one sum: the first one of a sender adds a number, the others change it. */
const histories = fc
  .array(fc.record({ sender: fc.integer({ min: 0, max: 40 }), added: fc.integer({ min: 1 }) }), {
    minLength: 1,
    maxLength: 60,
  })
  .map((changes) => {
    const seen = new Set<number>()
    return changes.map(({ sender, added }): AverageChange => {
      const isFirst = !seen.has(sender)
      seen.add(sender)
      return { sender, added, isFirst }
    })
  })

function averages(changes: readonly AverageChange[]): number[] {
  let [sum, count] = [0, 0]
  return changes.map(({ added, isFirst }) => {
    sum += added
    if (isFirst) count++
    return Math.floor(sum / count)
  })
}

describe('Averages of merged changes', () => {
  it('are known in the order of the changes', () => {
    fc.assert(
      fc.property(histories, (changes) => {
        expect(areMergedAverages(averages(changes), changes)).toBe(true)
      }),
    )
  })

  it('are known when one subtask is behind the others', () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 0, max: 3 }), (changes, slow) => {
        const isLate = ({ sender }: AverageChange) =>
          subtaskOf(keyGroupOf(sender, 128), 4, 128) === slow
        const early = changes.filter((change) => !isLate(change))
        const merged = averages([...early, ...changes.filter(isLate)])
        expect(areMergedAverages(merged, changes)).toBe(true)
      }),
    )
  })

  it('are refused when one row is no average of what had come', () => {
    fc.assert(
      fc.property(histories, fc.nat(), (changes, at) => {
        const rows = averages(changes)
        rows[at % rows.length] = -1
        expect(areMergedAverages(rows, changes)).toBe(false)
      }),
    )
  })

  it('are refused when a row is missing or there twice', () => {
    const changes = [3, 5, 8].map((sender) => ({ sender, added: sender, isFirst: true }))
    const rows = averages(changes)
    expect(areMergedAverages(rows.slice(1), changes)).toBe(false)
    expect(areMergedAverages([...rows, ...rows.slice(2)], changes)).toBe(false)
  })

  it('are refused when a sender has turned its own changes round', () => {
    const changes = [
      { sender: 1, added: 10, isFirst: true },
      { sender: 1, added: 7, isFirst: false },
    ]
    expect(areMergedAverages([7, 17], changes)).toBe(false)
  })
})
