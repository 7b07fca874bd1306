import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CellIndex } from '../../../src/state/stored/cache/cell-index.ts'
import { StoredCell } from '../../../src/state/stored/cache/stored-cell.ts'
import type { StoredTable } from '../../../src/state/stored/stored-table.ts'

test('what was added and not removed is found, and nothing else', () => {
  const place = fc.record({
    adds: fc.boolean(),
    group: fc.nat({ max: 1 }),
    key: fc.nat({ max: 3 }),
    namespace: fc.nat({ max: 3 }),
  })
  fc.assert(
    fc.property(fc.array(place, { maxLength: 80 }), (steps) => {
      const index = new CellIndex(2)
      const expected = new Map<string, StoredCell>()
      for (const { adds, group, key, namespace } of steps) {
        const name = `${group} ${key} ${namespace}`
        const held = expected.get(name)
        if (adds && held === undefined) {
          const table = undefined as unknown as StoredTable
          const cell = new StoredCell(table, key, namespace, group, undefined)
          index.add(cell, index.slotOf(group, key))
          expected.set(name, cell)
        } else if (!adds && held !== undefined) {
          index.remove(held)
          expected.delete(name)
        }
        for (let at = 0; at < 32; at++) {
          const [g, k, n] = [at & 1, (at >> 1) & 3, at >> 3]
          expect(index.find(g, k, n)).toBe(expected.get(`${g} ${k} ${n}`))
        }
        const all = [0, 1].flatMap((each) => [...index.cellsOf(each)])
        expect(new Set(all)).toEqual(new Set(expected.values()))
      }
    }),
  )
})
