// Where each field of a state lies. The model works on one byte per field; the store keeps the
// fields packed to their bits. Packing and unpacking are generated as straight-line code.

interface Field {
  readonly offset: number
  readonly bits: number
}

export class StateLayout {
  readonly #fields: Field[] = []

  /** Reserves `count` fields of `bits` bits each; returns the offset of the first. */
  field(bits: number, count = 1): number {
    const offset = this.#fields.length
    for (let i = 0; i < count; i++) this.#fields.push({ offset: offset + i, bits })
    return offset
  }

  /** Bytes of an unpacked state. */
  get size(): number {
    return this.#fields.length
  }

  /** 32-bit words of a packed state. */
  get words(): number {
    return this.#places().reduce((words, place) => Math.max(words, place.word + 1), 0)
  }

  /**
   * Packs `state` into `words` at `at`. A value that does not fit its bits is a fault of the model.
   */
  packer(): (state: Uint8Array, words: Uint32Array, at: number) => void {
    const lines: string[] = []
    const places = this.#places()
    for (let word = 0; word < this.words; word++) {
      const parts = places
        .filter((place) => place.word === word)
        .map((place) => `(s[${place.offset}] << ${place.shift})`)
      lines.push(`w[a + ${word}] = (${parts.join(' | ')}) >>> 0`)
    }
    return new Function('s', 'w', 'a', lines.join('\n')) as ReturnType<StateLayout['packer']>
  }

  unpacker(): (words: Uint32Array, at: number, state: Uint8Array) => void {
    const lines = this.#places().map(
      ({ offset, word, shift, bits }) =>
        `s[${offset}] = (w[a + ${word}] >>> ${shift}) & ${2 ** bits - 1}`,
    )
    return new Function('w', 'a', 's', lines.join('\n')) as ReturnType<StateLayout['unpacker']>
  }

  /** The first field whose value needs more bits than it has, or -1. */
  overflow(state: Uint8Array): number {
    return this.#fields.findIndex(({ offset, bits }) => (state[offset] as number) >= 2 ** bits)
  }

  #places() {
    let word = 0
    let shift = 0
    return this.#fields.map(({ offset, bits }) => {
      if (shift + bits > 32) {
        word += 1
        shift = 0
      }
      const place = { offset, bits, word, shift }
      shift += bits
      return place
    })
  }
}
