// One bit per waiting record: whether it has found a partner. A number for up to thirty records,
// which are most keys, bytes for more. Never changed in place.

/** A bit per index; what lies beyond the end is not set. */
export type MatchedFlags = number | Uint8Array

const NUMBER_BITS = 30

export function isMatched(flags: MatchedFlags, index: number): boolean {
  if (typeof flags === 'number') return index < NUMBER_BITS && (flags & (1 << index)) !== 0
  return ((flags[index >> 3] ?? 0) & (1 << (index & 7))) !== 0
}

/** The same flags with more of them set. */
export function withMatched(flags: MatchedFlags, indexes: readonly number[]): MatchedFlags {
  const highest = indexes.reduce((most, index) => Math.max(most, index), 0)
  if (typeof flags === 'number' && highest < NUMBER_BITS) {
    return indexes.reduce((bits, index) => bits | (1 << index), flags)
  }
  const before = typeof flags === 'number' ? bytesOf(flags) : flags
  const bytes = new Uint8Array(Math.max(before.length, (highest >> 3) + 1))
  bytes.set(before)
  for (const index of indexes) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (1 << (index & 7))
  return bytes
}

function bytesOf(bits: number): Uint8Array {
  return Uint8Array.of(bits & 255, (bits >> 8) & 255, (bits >> 16) & 255, (bits >> 24) & 255)
}
