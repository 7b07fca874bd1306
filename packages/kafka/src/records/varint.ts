// The variable-length integers of records: seven bits a byte, the lowest first, and zigzag, so that
// small negative numbers are short too. Numbers are doubles: 64-bit fields beyond 2^53 are rounded.

/** Bytes that a 32-bit number takes, 1 to 5. */
export function varintSize(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0
  if (zigzag < 0x80) return 1
  if (zigzag < 0x4000) return 2
  if (zigzag < 0x20_0000) return 3
  return zigzag < 0x1000_0000 ? 4 : 5
}

/** Writes a 32-bit number; returns where it ends. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let zigzag = ((value << 1) ^ (value >> 31)) >>> 0
  let end = at
  while (zigzag >= 0x80) {
    bytes[end++] = (zigzag & 0x7f) | 0x80
    zigzag >>>= 7
  }
  bytes[end++] = zigzag
  return end
}

/** Bytes that a whole number of up to 53 bits and a sign takes, 1 to 8. */
export function varlongSize(value: number): number {
  if (value === value << 0) return varintSize(value)
  let rest = Math.floor((value < 0 ? -value - 1 : value) / 64)
  let size = 1
  while (rest > 0) {
    rest = Math.floor(rest / 128)
    size++
  }
  return size
}

/** Writes a whole number of up to 53 bits and a sign; returns where it ends. */
export function writeVarlong(bytes: Uint8Array, at: number, value: number): number {
  if (value === value << 0) return writeVarint(bytes, at, value)
  // The sign is the lowest bit, so doubling a large number (and losing bits) is not needed.
  const magnitude = value < 0 ? -value - 1 : value
  const sign = value < 0 ? 1 : 0
  let rest = Math.floor(magnitude / 64)
  let end = at
  bytes[end++] = ((magnitude % 64) << 1) | sign | (rest > 0 ? 0x80 : 0)
  while (rest > 0) {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    bytes[end++] = low | (rest > 0 ? 0x80 : 0)
  }
  return end
}
