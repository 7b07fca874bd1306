import type { SinkWriter } from '@sluice/core/connector'
import { expect, test } from 'vitest'
import { SinkOutput } from '../../src/task/sink-output.ts'

const scope = { logId: 'log', sink: 'rows', generation: 1 }
const staging = { prepared: () => {} }

/** Takes so many records, then no more. */
function writerWithRoom(room: number): SinkWriter<unknown> & { readonly taken: unknown[] } {
  const taken: unknown[] = []
  return {
    taken,
    write(records, _timestamps, from, to) {
      const takes = Math.min(to - from, room - taken.length)
      taken.push(...records.slice(from, from + takes))
      return takes
    },
    ready: () => Promise.resolve(),
    prepareCommit: async () => [],
    close: () => Promise.resolve(),
  }
}

test('large records reach the writer at once, small ones in batches', () => {
  const writer = writerWithRoom(Number.POSITIVE_INFINITY)
  const output = new SinkOutput({ scope, writer, staging, pressure: { full: false } })
  for (let i = 0; i < 10; i++) {
    output.add('x'.repeat(1_000_000), i)
    expect(writer.taken).toHaveLength(i + 1)
  }
  for (let i = 0; i < 3_000; i++) output.add(i, i)
  expect(writer.taken.length).toBeLessThan(3_010)
  output.drain()
  expect(writer.taken.slice(10)).toEqual(Array.from({ length: 3_000 }, (_, i) => i))
})

test('what waits for a full writer is bounded by its size', () => {
  const pressure = { full: false }
  const output = new SinkOutput({ scope, writer: writerWithRoom(1), staging, pressure })
  output.add('taken', 0)
  let sent = 0
  expect(() => {
    for (; sent < 1_000; sent++) output.add('x'.repeat(1_000_000), sent)
  }).toThrow(expect.objectContaining({ code: 'OUTPUT_TOO_LARGE', where: { step: 'rows' } }))
  expect(pressure.full).toBe(true)
  expect(sent).toBeGreaterThan(60)
  expect(sent).toBeLessThan(75)
})
