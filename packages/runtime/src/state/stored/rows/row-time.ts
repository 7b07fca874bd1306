// Times in the keys of rows: eight bytes that are ordered as the numbers are.

import type { ByteWriter } from '../../../network/codec/byte-writer.ts'

export const TIME_BYTES = 8
const SIGN = 0x80000000

const scratch = new DataView(new ArrayBuffer(TIME_BYTES))

/** A number, highest byte first: a sign bit for what is not negative, all bits turned else. */
export function writeTime(writer: ByteWriter, time: number): void {
  scratch.setFloat64(0, time)
  const high = scratch.getUint32(0)
  const low = scratch.getUint32(4)
  const negative = high >= SIGN
  writer.reserve(TIME_BYTES)
  const { position, view } = writer
  view.setUint32(position, negative ? ~high >>> 0 : (high | SIGN) >>> 0)
  view.setUint32(position + 4, negative ? ~low >>> 0 : low)
  writer.position = position + TIME_BYTES
}

export function readTime(bytes: Uint8Array, at: number): number {
  const high = readHigh(bytes, at)
  const low = readHigh(bytes, at + 4)
  const negative = high < SIGN
  scratch.setUint32(0, negative ? ~high >>> 0 : (high & ~SIGN) >>> 0)
  scratch.setUint32(4, negative ? ~low >>> 0 : low)
  return scratch.getFloat64(0)
}

/** Four bytes as a number, the highest first. */
function readHigh(bytes: Uint8Array, at: number): number {
  const first = ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16)
  return (first | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) >>> 0
}
