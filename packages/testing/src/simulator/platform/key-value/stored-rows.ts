// All rows of a store as the bytes of one file, with a checksum in front: a copy of which a crash
// has taken a part is recognised, as the real store does.

const headBytes = 8
const lengthBytes = 4

/** Keys are texts of one character a byte. */
export function rowsToBytes(rows: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts = [...rows].flatMap(([key, value]) => {
    const lengths = Buffer.alloc(2 * lengthBytes)
    lengths.writeUInt32LE(key.length, 0)
    lengths.writeUInt32LE(value.length, lengthBytes)
    return [lengths, Buffer.from(key, 'latin1'), value]
  })
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(headBytes)
  head.writeUInt32LE(body.length, 0)
  head.writeUInt32LE(checksumOf(body), lengthBytes)
  return Buffer.concat([head, body])
}

/** Undefined where a part is missing or wrong. */
export function rowsFromBytes(bytes: Uint8Array): Map<string, Uint8Array> | undefined {
  const all = Buffer.from(bytes)
  if (all.length < headBytes) return undefined
  const body = all.subarray(headBytes)
  const isWhole = all.readUInt32LE(0) === body.length
  if (!isWhole || all.readUInt32LE(lengthBytes) !== checksumOf(body)) return undefined
  const rows = new Map<string, Uint8Array>()
  let at = 0
  while (at < body.length) {
    const keyEnd = at + 2 * lengthBytes + body.readUInt32LE(at)
    const end = keyEnd + body.readUInt32LE(at + lengthBytes)
    const key = body.toString('latin1', at + 2 * lengthBytes, keyEnd)
    rows.set(key, Uint8Array.from(body.subarray(keyEnd, end)))
    at = end
  }
  return rows
}

/** FNV-1a (Fowler, Noll, Vo). */
function checksumOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}
