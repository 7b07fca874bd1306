// Files and folders of the simulated disk, each with what programs see (the page cache) and what is
// on the medium. Files only grow, so what is durable of one is a prefix.

export class FileNode {
  readonly kind = 'file'
  readonly number: number
  modifiedMs: number
  #bytes = new Uint8Array(0)
  #sizeBytes = 0
  #durableBytes = 0
  #lostWrites = false

  constructor(number: number, nowMs: number) {
    this.number = number
    this.modifiedMs = nowMs
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  get durableBytes(): number {
    return this.#durableBytes
  }

  read(into: Uint8Array, position: number): number {
    const bytes = this.#bytes.subarray(Math.min(position, this.#sizeBytes), this.#sizeBytes)
    const taken = bytes.subarray(0, into.length)
    into.set(taken)
    return taken.length
  }

  append(bytes: Uint8Array, nowMs: number): void {
    const sizeBytes = this.#sizeBytes + bytes.length
    if (sizeBytes > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(256, sizeBytes, this.#bytes.length * 2))
      grown.set(this.#bytes.subarray(0, this.#sizeBytes))
      this.#bytes = grown
    }
    this.#bytes.set(bytes, this.#sizeBytes)
    this.#sizeBytes = sizeBytes
    this.modifiedMs = nowMs
  }

  sync(): void {
    if (!this.#lostWrites) this.#durableBytes = this.#sizeBytes
  }

  /**
   * A sync that failed: the kernel forgets that these bytes were never written, so that later syncs
   * succeed without making them durable, as Linux does.
   */
  failSync(): void {
    this.#lostWrites = this.#durableBytes < this.#sizeBytes
  }

  /** The byte at this position is another one. */
  rot(position: number): void {
    this.#bytes[position] = (this.#bytes[position] ?? 0) ^ 0x55
  }

  /** What a crash leaves: at least what was durable; of the rest some, or only its length. */
  crash(keptBytes: number, zeroedFrom: number): void {
    this.#sizeBytes = Math.max(this.#durableBytes, Math.min(keptBytes, this.#sizeBytes))
    this.#bytes.fill(0, Math.max(this.#durableBytes, zeroedFrom))
    this.#durableBytes = this.#sizeBytes
    this.#lostWrites = false
  }
}

export type DiskNode = FileNode | DirectoryNode

export class DirectoryNode {
  readonly kind = 'directory'
  readonly number: number
  modifiedMs: number
  /** As programs see it. */
  entries: Map<string, DiskNode> = new Map()
  /** As it is on the medium. */
  readonly durable: Map<string, DiskNode> = new Map()
  /** The newest changes of names, the newest last; a stale listing lacks some of them. */
  readonly recent: { readonly name: string; readonly added: boolean }[] = []

  constructor(number: number, nowMs: number) {
    this.number = number
    this.modifiedMs = nowMs
  }
}
