import { SluiceError } from '@sluice/core/internal'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LocalDoorbell } from '../../../src/network/ring/doorbell.ts'
import { RingConsumer } from '../../../src/network/ring/ring-consumer.ts'
import { createRingMemory, RingMemory } from '../../../src/network/ring/ring-memory.ts'
import { RingProducer } from '../../../src/network/ring/ring-producer.ts'

function openRing(capacityBytes = 1024) {
  const memory = createRingMemory(capacityBytes)
  const data = new LocalDoorbell()
  const space = new LocalDoorbell()
  const producer = new RingProducer(memory, data)
  const consumer = new RingConsumer(memory, space)
  return { memory, data, space, producer, consumer }
}

/** Content that tells its frame and every position in it. */
function contentOf(sequence: number, sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, i) => (sequence * 31 + i * 7) & 0xff)
}

type Command =
  | { readonly kind: 'offer'; readonly type: number; readonly sizeBytes: number }
  | { readonly kind: 'poll' }
  | { readonly kind: 'flush' }

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    kind: fc.constant('offer' as const),
    type: fc.nat(255),
    sizeBytes: fc.oneof(
      fc.nat(40),
      fc.nat(300),
      fc.constantFrom(0, 239, 240, 241, 1024),
      fc.nat(5000),
    ),
  }),
  fc.constant({ kind: 'poll' as const }),
  fc.constant({ kind: 'flush' as const }),
)

describe('ring', () => {
  it('behaves as a bounded queue of frames, whatever is offered and polled', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 120 }), (commands) => {
        const { producer, consumer } = openRing()
        const queue: { type: number; bytes: Uint8Array }[] = []
        let sequence = 0
        let whole = true
        const take = () => {
          const frame = consumer.poll()
          if (frame === undefined) {
            // Nothing may be withheld but the rest of a frame that the producer still holds.
            expect(queue.length).toBeLessThanOrEqual(whole ? 0 : 1)
            return false
          }
          expect({ type: frame.type, bytes: Uint8Array.from(frame.bytes) }).toEqual(queue.shift())
          consumer.release()
          return true
        }
        for (const step of commands) {
          if (step.kind === 'poll') take()
          else if (step.kind === 'flush') whole = producer.flush()
          else {
            const bytes = contentOf(sequence++, step.sizeBytes)
            const given = bytes.slice()
            if (producer.offer(step.type, given)) {
              queue.push({ type: step.type, bytes })
              given.fill(0xee)
              whole = producer.flush()
            } else expect(producer.usedBytes).toBeGreaterThan(0)
          }
          expect(producer.usedBytes).toBeLessThanOrEqual(producer.capacityBytes)
        }
        for (let i = 0; i < 1000 && (queue.length > 0 || !whole); i++) {
          whole = producer.flush()
          take()
        }
        expect(queue).toEqual([])
        expect(producer.usedBytes).toBe(0)
      }),
      { numRuns: 600 },
    )
  })

  it('goes on when its positions pass 2^31 and 2^32', () => {
    for (const start of [2 ** 31 - 1024, -1024]) {
      const memory = createRingMemory(1024)
      const { control } = new RingMemory(memory)
      control[16] = start
      control[32] = start
      const producer = new RingProducer(memory, new LocalDoorbell())
      const consumer = new RingConsumer(memory, new LocalDoorbell())
      for (let i = 0; i < 200; i++) {
        expect(producer.offer(3, contentOf(i, i))).toBe(true)
        expect(Uint8Array.from(consumer.poll()?.bytes ?? [])).toEqual(contentOf(i, i))
        consumer.release()
      }
    }
  })

  it('always finds room for a frame that travels whole in an empty ring', () => {
    for (let before = 0; before < 1024; before += 8) {
      const { memory, producer, consumer } = openRing()
      const { chunkBytes } = new RingMemory(memory)
      for (let sent = 0; sent < before; sent += 8) {
        producer.offer(0, new Uint8Array(0))
        consumer.poll()
        consumer.release()
      }
      expect(producer.offer(1, new Uint8Array(chunkBytes))).toBe(true)
      expect(consumer.poll()?.bytes.length).toBe(chunkBytes)
    }
  })

  it('hands out a whole frame where it lies, and keeps it there until it is released', () => {
    const { producer, consumer } = openRing()
    producer.offer(1, contentOf(1, 100))
    const frame = consumer.poll()
    expect(frame?.bytes.buffer).toBeInstanceOf(SharedArrayBuffer)
    while (producer.offer(2, contentOf(2, 100)));
    expect(Uint8Array.from(frame?.bytes ?? [])).toEqual(contentOf(1, 100))
    const used = producer.usedBytes
    consumer.release()
    expect(producer.usedBytes).toBeLessThan(used)
  })

  it('carries a frame many times its size, chunk by chunk, before any frame behind it', () => {
    const { producer, consumer } = openRing()
    const large = contentOf(5, 100_000)
    expect(producer.offer(9, large)).toBe(true)
    expect(producer.offer(1, contentOf(1, 1))).toBe(false)
    let frame = consumer.poll()
    while (frame === undefined) {
      producer.flush()
      frame = consumer.poll()
    }
    expect(frame.type).toBe(9)
    expect(Buffer.compare(frame.bytes, large)).toBe(0)
    consumer.release()
    expect(producer.flush()).toBe(true)
    expect(producer.offer(1, contentOf(1, 1))).toBe(true)
  })

  it('rings for each frame, and for room only when the room that is wanted is there', () => {
    const { producer, consumer, data, space } = openRing()
    let offered = 0
    while (producer.offer(1, new Uint8Array(120))) expect(data.current()).toBe(++offered)
    expect(producer.offer(1, new Uint8Array(240))).toBe(false)
    expect(space.current()).toBe(0)
    consumer.poll()
    consumer.release()
    expect(space.current()).toBe(0)
    consumer.poll()
    consumer.release()
    expect(space.current()).toBe(1)
    expect(producer.offer(1, new Uint8Array(240))).toBe(true)
    consumer.poll()
    consumer.release()
    expect(space.current()).toBe(1)
  })

  it('refuses to poll twice without a release, and to release twice', () => {
    const { producer, consumer } = openRing()
    producer.offer(1, new Uint8Array(1))
    consumer.poll()
    expect(() => consumer.poll()).toThrow(SluiceError)
    consumer.release()
    expect(() => consumer.release()).toThrow(SluiceError)
    expect(() => producer.offer(256, new Uint8Array(1))).toThrow(SluiceError)
  })

  it('refuses a header that points behind what was written', () => {
    const { memory, producer, consumer } = openRing()
    producer.offer(1, new Uint8Array(8))
    new RingMemory(memory).words[0] = 900
    expect(() => consumer.poll()).toThrow(/damaged/)
  })
})
