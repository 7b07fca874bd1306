// One array of bytes from several.

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  let sizeBytes = 0
  for (const piece of pieces) sizeBytes += piece.length
  const whole = new Uint8Array(sizeBytes)
  let offset = 0
  for (const piece of pieces) {
    whole.set(piece, offset)
    offset += piece.length
  }
  return whole
}
