// Where zstd frames end (RFC 8878, section 3.1). A file may hold several, and Node's decompressor
// reads the first and drops the rest without a word; so frames are told apart here, by their block
// headers.

const frameMagic = 0xfd2fb528
const skippableMagic = 0x184d2a50
const largestHeader = 18

type State =
  | { readonly at: 'magic' }
  | { readonly at: 'blocks'; readonly checksumBytes: number }
  /** Bytes to pass over, and what follows them. */
  | {
      readonly at: 'skip'
      readonly bytes: number
      readonly next: State
      readonly part: 'frame' | 'skippable'
    }
  | { readonly at: 'end' }

/** A stretch of input: part of a frame, whether it ends there, or bytes that belong to none. */
export interface FramePiece {
  readonly bytes: Uint8Array
  readonly kind: 'frame' | 'skippable'
  readonly endsFrame: boolean
}

export class ZstdFrames {
  #state: State = { at: 'magic' }
  /** Bytes of a header that is not there completely. */
  #held = new Uint8Array()

  /** True between frames. */
  get complete(): boolean {
    return this.#state.at === 'magic' && this.#held.length === 0
  }

  /** Cuts the next bytes of the file at the ends of frames. Throws for bytes that are no frame. */
  *cut(chunk: Uint8Array): Generator<FramePiece> {
    let bytes = chunk
    if (this.#held.length > 0) {
      bytes = new Uint8Array(this.#held.length + chunk.length)
      bytes.set(this.#held)
      bytes.set(chunk, this.#held.length)
    }
    let from = 0
    while (from < bytes.length) {
      const step = this.#step(bytes, from)
      if (step === undefined) break
      const piece = bytes.subarray(from, from + step.length)
      from += step.length
      this.#state = step.next
      const endsFrame = step.next.at === 'end'
      if (endsFrame) this.#state = { at: 'magic' }
      if (piece.length > 0) yield { bytes: piece, kind: step.part, endsFrame }
    }
    this.#held = bytes.slice(from)
  }

  /** The next stretch that is wholly understood; undefined when more bytes are needed. */
  #step(
    bytes: Uint8Array,
    from: number,
  ): { length: number; next: State; part: 'frame' | 'skippable' } | undefined {
    const state = this.#state
    const available = bytes.length - from
    if (state.at === 'skip') {
      const length = Math.min(state.bytes, available)
      const rest = state.bytes - length
      const next = rest === 0 ? state.next : { ...state, bytes: rest }
      return { length, next, part: state.part }
    }
    if (state.at === 'blocks') return blockStep(bytes, from, state)
    return magicStep(bytes, from)
  }
}

function magicStep(bytes: Uint8Array, from: number) {
  const available = bytes.length - from
  if (available < 5) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset + from, available)
  const magic = view.getUint32(0, true)
  if ((magic & 0xfffffff0) >>> 0 === skippableMagic) {
    if (available < 8) return undefined
    const size = view.getUint32(4, true)
    const next: State =
      size === 0
        ? { at: 'magic' }
        : { at: 'skip', bytes: size, next: { at: 'magic' }, part: 'skippable' }
    return { length: 8, next, part: 'skippable' as const }
  }
  if (magic !== frameMagic) throw new Error('what follows is no zstd frame')
  const descriptor = view.getUint8(4)
  const sizeFlag = descriptor >> 6
  const singleSegment = (descriptor >> 5) & 1
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] as number
  const contentSizeBytes = sizeFlag === 0 ? singleSegment : 1 << sizeFlag
  const length = 5 + (1 - singleSegment) + dictionaryBytes + contentSizeBytes
  if (length > largestHeader) throw new Error('a zstd frame has an impossible header')
  if (available < length) return undefined
  const next: State = { at: 'blocks', checksumBytes: (descriptor >> 2) & 1 ? 4 : 0 }
  return { length, next, part: 'frame' as const }
}

function blockStep(bytes: Uint8Array, from: number, state: State & { at: 'blocks' }) {
  if (bytes.length - from < 3) return undefined
  const header =
    (bytes[from] as number) |
    ((bytes[from + 1] as number) << 8) |
    ((bytes[from + 2] as number) << 16)
  const isLast = (header & 1) === 1
  const type = (header >> 1) & 3
  if (type === 3) throw new Error('a zstd block has an impossible type')
  const size = type === 1 ? 1 : header >> 3
  const after = size + (isLast ? state.checksumBytes : 0)
  const follows: State = isLast ? { at: 'end' } : state
  const next: State =
    after === 0 ? follows : { at: 'skip', bytes: after, next: follows, part: 'frame' }
  return { length: 3, next, part: 'frame' as const }
}
