import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Batch } from '../../src/network/batch.ts'
import { FRAME_DATA, FRAME_WATERMARK, type Frame } from '../../src/network/frame.ts'
import { LocalChannel } from '../../src/network/local-channel.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as (options?: { type: 'minor' }) => void

function oldBytes(): number {
  const old = getHeapSpaceStatistics().filter(({ space_name }) => !space_name.startsWith('new'))
  return old.reduce((bytes, { space_used_size }) => bytes + space_used_size, 0)
}

function watermark(value: number): Frame {
  return { kind: FRAME_WATERMARK, watermark: value }
}

function dataOf(records: number): Frame {
  const batch = Batch.empty()
  batch.length = records
  return { kind: FRAME_DATA, batch }
}

function recordOf(value: unknown): Frame {
  const batch = Batch.empty()
  batch.values[0] = value
  batch.length = 1
  return { kind: FRAME_DATA, batch }
}

describe('A channel inside a worker', () => {
  test('gives every frame once and in order, however sending and reading alternate', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(40), fc.nat(40))), (turns) => {
        const channel = new LocalChannel()
        const read: (Frame | undefined)[] = []
        let sent = 0
        for (const [sends, polls] of turns) {
          for (let i = 0; i < sends; i++) channel.send(watermark(sent++))
          for (let i = 0; i < polls; i++) read.push(channel.poll())
          expect(channel.flush()).toBe(sent - read.filter(Boolean).length <= 8)
        }
        while (channel.flush() === false) read.push(channel.poll())
        for (let frame = channel.poll(); frame !== undefined; frame = channel.poll()) {
          read.push(frame)
        }
        const got = read.filter((frame) => frame !== undefined)
        expect(got).toEqual(Array.from({ length: sent }, (_, value) => watermark(value)))
      }),
    )
  })

  test('is full by what its records hold, long before it has eight frames', () => {
    const channel = new LocalChannel()
    channel.send(recordOf({ text: 'x'.repeat(5 * 2 ** 20) }))
    expect(channel.flush()).toBe(false)
    channel.poll()
    expect(channel.flush()).toBe(true)
  })

  test('takes 64 MiB beyond that and no more, but one record of any size', () => {
    const channel = new LocalChannel()
    channel.send(recordOf(new Uint8Array(70 * 2 ** 20)))
    channel.poll()
    let sent = 0
    expect(() => {
      for (; sent < 1_000; sent++) channel.send(recordOf(['x'.repeat(2 ** 20)]))
    }).toThrow(expect.objectContaining({ code: 'OUTPUT_TOO_LARGE' }))
    expect(sent).toBeGreaterThan(64)
    expect(sent).toBeLessThan(70)
  })

  test('lets go of what was read although it never runs empty', async () => {
    const channel = new LocalChannel()
    const sent: WeakRef<Frame>[] = []
    channel.send(dataOf(0))
    for (let i = 0; i < 100; i++) {
      const frame = dataOf(1)
      sent.push(new WeakRef(frame))
      channel.send(frame)
      channel.poll()
    }
    // Weak references hold on until the end of the turn in which they were made.
    await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
    const held = sent.filter((frame) => frame.deref() !== undefined)
    expect(held.length).toBeLessThanOrEqual(2)
    expect(channel.poll()).toBeDefined()
  })
  test('lets what was read die young, however old the channel itself is', () => {
    const channel = new LocalChannel()
    for (let i = 0; i < 5; i++) channel.send(recordOf(['x']))
    collectGarbage()
    const before = oldBytes()
    for (let round = 0; round < 100; round++) {
      for (let i = 0; i < 10; i++) {
        channel.send(recordOf(new Array(1_000).fill(round)))
        channel.poll()
      }
      collectGarbage({ type: 'minor' })
    }
    expect(oldBytes() - before).toBeLessThan(2 * 2 ** 20)
  })
})
