// The checksum of record batches (CRC-32C, Castagnoli). Long batches go to the native function
// where it can be loaded. Short ones never do: the call alone takes as long as 150 bytes by table.

const native = await import('@node-rs/crc32').then(
  (module) => module.crc32c,
  () => undefined,
)

/** Above this the native function is faster (measured: 163 ns against 79 ns at 100 bytes). */
const NATIVE_FROM_BYTES = 256

/** The checksum of a range. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  return native === undefined || end - start < NATIVE_FROM_BYTES
    ? crc32cByTable(bytes, start, end)
    : native(bytes.subarray(start, end))
}

const polynomial = 0x82f63b78

/** `tables[n][b]` is the checksum of byte `b` followed by `n` zeros ("slicing by eight", Intel). */
const [t0, t1, t2, t3, t4, t5, t6, t7] = makeTables()

function makeTables() {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    return crc
  })
  const withZero = (crc: number) => (crc >>> 8) ^ (first[crc & 0xff] as number)
  const made = [first]
  for (let zeros = 1; zeros < 8; zeros++) made.push((made[zeros - 1] as Int32Array).map(withZero))
  type Table = Int32Array
  return made as [Table, Table, Table, Table, Table, Table, Table, Table]
}

/** The same in plain JavaScript; exported so that the two can be compared. */
export function crc32cByTable(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1
  let at = start
  for (; at + 8 <= end; at += 8) {
    crc ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    crc =
      (t7[crc & 0xff] as number) ^
      (t6[(crc >>> 8) & 0xff] as number) ^
      (t5[(crc >>> 16) & 0xff] as number) ^
      (t4[crc >>> 24] as number) ^
      (t3[bytes[at + 4] as number] as number) ^
      (t2[bytes[at + 5] as number] as number) ^
      (t1[bytes[at + 6] as number] as number) ^
      (t0[bytes[at + 7] as number] as number)
  }
  for (; at < end; at++) {
    crc = (t0[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8)
  }
  return ~crc >>> 0
}
