// Copies a few bytes behind what a writer holds, without an object for the part that is copied.

import type { ByteWriter } from '../../../network/codec/byte-writer.ts'

/** Above this a native call is cheaper. */
const FEW_BYTES = 48

/** Appends the bytes from `start` up to `end`. */
export function copyBytes(writer: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  const sizeBytes = end - start
  if (sizeBytes > FEW_BYTES) return writer.raw(bytes.subarray(start, end))
  writer.reserve(sizeBytes)
  const target = writer.bytes
  let { position } = writer
  for (let at = start; at < end; at++) target[position++] = bytes[at] as number
  writer.position = position
}
