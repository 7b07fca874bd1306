// A reader that makes values up instead of reading them: a decoder that is given one builds a
// message that its declaration allows, whatever its fields are. What is drawn comes from a list of
// numbers, so that fast-check can shrink it.

import { MalformedMessage } from '../../../src/wire/codec/malformed-message.ts'
import type { WireReader } from '../../../src/wire/codec/wire-reader.ts'

const texts = ['', 'a', 'orders', 'sluice/job/1', '日本', '𝄞', 'x'.repeat(300)]
const longestList = 3
const mostDraws = 400

export class GeneratingReader {
  readonly position = 0
  readonly left = Number.POSITIVE_INFINITY
  readonly #entropy: readonly number[]
  #draws = 0

  constructor(entropy: readonly number[]) {
    this.#entropy = entropy
  }

  /** Where the decoder expects the class itself; it calls nothing but its methods. */
  static of(entropy: readonly number[]): WireReader {
    return new GeneratingReader(entropy) as unknown as WireReader
  }

  int8(): number {
    return (this.#draw() << 24) >> 24
  }

  int16(): number {
    return (this.#draw() << 16) >> 16
  }

  int32(): number {
    return this.#draw() | 0
  }

  int64(): number {
    const high = (this.#draw() % 2 ** 21) - (this.#draw() % 2 === 0 ? 0 : 2 ** 21)
    return Math.max(-(2 ** 53) + 1, high * 2 ** 32 + this.#draw())
  }

  boolean(): boolean {
    return this.#draw() % 2 === 1
  }

  /** Numbers of tagged fields, their tags and sizes. */
  unsignedVarint(): number {
    return this.#draws > mostDraws ? 0 : this.#draw() % (longestList + 1)
  }

  length(): number {
    return this.unsignedVarint()
  }

  lengthOrNull(): number | null {
    return this.#draw() % 4 === 0 ? null : this.length()
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.#draw() & 0xff)
  }

  text(): string {
    return texts[this.#draw() % texts.length] as string
  }

  part<Value>(_sizeBytes: number, read: () => Value): Value {
    return read()
  }

  malformed(reason: string): MalformedMessage {
    return new MalformedMessage(reason, this.#draws)
  }

  #draw(): number {
    const value = this.#entropy[this.#draws % this.#entropy.length] as number
    this.#draws++
    return (value + Math.floor(this.#draws / this.#entropy.length) * 7) >>> 0
  }
}
