// Buffers of batches, used again after they were sent. Sizes are powers of two, so that a batch
// that grows leaves a buffer which the next one can begin with. What is kept is bounded.

const LEAST_BYTES = 4096

/** Buffers by size; one pool serves all batches of a sink. */
export class BufferPool {
  readonly #retainedBytes: number
  /** Free buffers by the exponent of their size. */
  readonly #free: Buffer[][] = []
  #freeBytes = 0

  /** Keeps free buffers of at most `retainedBytes` in all. */
  constructor(retainedBytes: number) {
    this.#retainedBytes = retainedBytes
  }

  /** What the pool holds for later. */
  get freeBytes(): number {
    return this.#freeBytes
  }

  /** A buffer of at least this size, with anything in it. */
  take(sizeBytes: number): Buffer {
    const size = Math.max(LEAST_BYTES, 2 ** Math.ceil(Math.log2(sizeBytes)))
    const buffer = this.#free[Math.log2(size)]?.pop()
    if (buffer === undefined) return Buffer.allocUnsafeSlow(size)
    this.#freeBytes -= size
    return buffer
  }

  /** Takes back the buffer that `bytes` is a part of; nobody may read or write it any more. */
  give(bytes: Uint8Array): void {
    const size = bytes.buffer.byteLength
    if (this.#freeBytes + size > this.#retainedBytes) return
    const list = (this.#free[Math.log2(size)] ??= [])
    list.push(Buffer.from(bytes.buffer as ArrayBuffer))
    this.#freeBytes += size
  }
}
