// One side of the stress test in ring-threads.test.ts: writes or reads frames whose sizes and
// content follow from a seed, with a bell of its own, and says at the end what it has seen.

import { parentPort, workerData } from 'node:worker_threads'
import { SharedDoorbell } from '../../../src/network/ring/doorbell.ts'
import { RingConsumer } from '../../../src/network/ring/ring-consumer.ts'
import { RingProducer } from '../../../src/network/ring/ring-producer.ts'

interface Setup {
  readonly side: 'producer' | 'consumer'
  readonly memory: SharedArrayBuffer
  readonly data: SharedArrayBuffer
  readonly space: SharedArrayBuffer
  readonly frames: number
  readonly seed: number
}

const { side, memory, data, space, frames, seed } = workerData as Setup

let random = seed
function next(): number {
  random ^= random << 13
  random ^= random >>> 17
  random ^= random << 5
  return random >>> 0
}

/** Mostly small frames, some of a quarter of the ring, a few larger than the whole. */
function nextSize(): number {
  const kind = next() % 100
  if (kind < 70) return next() % 200
  if (kind < 97) return next() % 20_000
  return next() % 300_000
}

function fill(bytes: Uint8Array, sequence: number): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = (sequence + i * 13) & 0xff
}

let sleeps = 0
let totalBytes = 0

async function produce(): Promise<void> {
  const bell = new SharedDoorbell(space)
  const producer = new RingProducer(memory, new SharedDoorbell(data))
  const content = new Uint8Array(300_000)
  for (let sequence = 0; sequence < frames; sequence++) {
    const bytes = content.subarray(0, nextSize())
    fill(bytes, sequence)
    totalBytes += bytes.length
    for (;;) {
      const seen = bell.current()
      if (producer.offer(sequence & 0xff, bytes)) break
      sleeps++
      await bell.waitAsync(seen)
    }
    // A pause now and then lets the other side fall asleep.
    if (next() % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  for (;;) {
    const seen = bell.current()
    if (producer.flush()) return
    await bell.waitAsync(seen)
  }
}

async function consume(): Promise<void> {
  const bell = new SharedDoorbell(data)
  const consumer = new RingConsumer(memory, new SharedDoorbell(space))
  for (let sequence = 0; sequence < frames; sequence++) {
    const sizeBytes = nextSize()
    let seen = bell.current()
    let frame = consumer.poll()
    while (frame === undefined) {
      sleeps++
      await bell.waitAsync(seen)
      seen = bell.current()
      frame = consumer.poll()
    }
    if (frame.type !== (sequence & 0xff))
      throw new Error(`frame ${sequence} has type ${frame.type}`)
    if (frame.bytes.length !== sizeBytes) throw new Error(`frame ${sequence} has another size`)
    const { bytes } = frame
    for (let i = 0; i < sizeBytes; i++) {
      if (bytes[i] !== ((sequence + i * 13) & 0xff))
        throw new Error(`frame ${sequence} differs at ${i}`)
    }
    totalBytes += sizeBytes
    consumer.release()
    next()
  }
}

// The port keeps the thread alive while it sleeps: a doorbell alone does not.
parentPort?.once('message', () => undefined)
await (side === 'producer' ? produce() : consume())
parentPort?.postMessage({ sleeps, totalBytes })
parentPort?.close()
