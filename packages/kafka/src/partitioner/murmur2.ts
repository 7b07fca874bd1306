// The hash by which Kafka's clients choose the partition of a key: murmur2 (Austin Appleby) with
// the seed of Java's client. The same key goes to the same partition, whichever client wrote it.

const SEED = 0x9747b28c
const MULTIPLIER = 0x5bd1e995
const SHIFT = 24

/** The hash of a key as a signed 32-bit number, as in Java. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes
  const wordsEnd = length & ~3
  let hash = SEED ^ length
  for (let at = 0; at < wordsEnd; at += 4) {
    let word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    word = Math.imul(word, MULTIPLIER)
    word ^= word >>> SHIFT
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER)
  }
  const rest = length & 3
  if (rest === 3) hash ^= (bytes[wordsEnd + 2] as number) << 16
  if (rest >= 2) hash ^= (bytes[wordsEnd + 1] as number) << 8
  if (rest >= 1) hash = Math.imul(hash ^ (bytes[wordsEnd] as number), MULTIPLIER)
  hash ^= hash >>> 13
  hash = Math.imul(hash, MULTIPLIER)
  return hash ^ (hash >>> 15)
}
