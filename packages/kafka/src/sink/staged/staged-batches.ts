// Staged records as bytes: batches, each behind the partition it goes to. They are complete but for
// who sends them, which is known when they are committed.
//
//   length of topic 2 · topic · partition 4 · length of batch 4 · batch      and so on

import { SluiceError } from '@sluice/core/connector'

/** A batch and where it goes. */
export interface StagedBatch {
  readonly topic: string
  readonly partition: number
  readonly batch: Uint8Array
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The bytes before a batch. */
export function stagedHeading(topic: string, partition: number, batchBytes: number): Uint8Array {
  const name = encoder.encode(topic)
  const bytes = new Uint8Array(name.length + 10)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, name.length)
  bytes.set(name, 2)
  view.setInt32(2 + name.length, partition)
  view.setInt32(6 + name.length, batchBytes)
  return bytes
}

/** In the order in which they were staged; batches are views of `bytes`. */
export function* stagedBatches(bytes: Uint8Array): Generator<StagedBatch> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  while (at < bytes.length) {
    if (at + 2 > bytes.length) throw broken()
    const nameEnd = at + 2 + view.getUint16(at)
    if (nameEnd + 8 > bytes.length) throw broken()
    const topic = decoder.decode(bytes.subarray(at + 2, nameEnd))
    const partition = view.getInt32(nameEnd)
    const start = nameEnd + 8
    at = start + view.getInt32(nameEnd + 4)
    if (at <= start || at > bytes.length) throw broken()
    yield { topic, partition, batch: bytes.subarray(start, at) }
  }
}

function broken(): SluiceError {
  return new SluiceError('CHECKPOINT_DAMAGED', 'Staged records of the Kafka sink cannot be read.')
}
