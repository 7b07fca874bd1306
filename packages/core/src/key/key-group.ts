// From a key to its key group and from there to a subtask. The hash is Flink's: its murmur
// finaliser over Java's `Arrays.hashCode(bytes)` of the key's value bytes, modulo the maximum
// parallelism. Numbers, strings and booleans are hashed in place, without building the bytes;
// `keyBytes` is the definition that these short cuts must agree with.

import type { Key } from './key.ts'
import { invalidKey, keyBytes } from './key-bytes.ts'

const scratch = new DataView(new ArrayBuffer(8))

/** The key group of a key, in `[0, maxParallelism)`. Throws KEY_INVALID. */
export function keyGroupOf(key: Key, maxParallelism: number): number {
  if (typeof key === 'string') return mixed(hashOfText(key)) % maxParallelism
  if (typeof key === 'number') return mixed(hashOfNumber(key)) % maxParallelism
  if (typeof key === 'boolean') return mixed(key ? 32 : 31) % maxParallelism
  return mixed(hashOfBytes(keyBytes(key))) % maxParallelism
}

/** The subtask that owns a key group. */
export function subtaskOf(group: number, parallelism: number, maxParallelism: number): number {
  return Math.floor((group * parallelism) / maxParallelism)
}

/** Inclusive range of key groups. */
export interface KeyGroupRange {
  readonly first: number
  readonly last: number
}

/**
 * The key groups that a subtask owns; the ranges of all subtasks follow each other without gaps.
 */
export function keyGroupRange(
  subtask: number,
  parallelism: number,
  maxParallelism: number,
): KeyGroupRange {
  return {
    first: Math.ceil((subtask * maxParallelism) / parallelism),
    last: Math.ceil(((subtask + 1) * maxParallelism) / parallelism) - 1,
  }
}

/** `Arrays.hashCode` over the eight bytes of the number, written out as a sum of powers of 31. */
function hashOfNumber(value: number): number {
  if (value !== value) throw invalidKey(value)
  // Adding zero turns -0 into 0: both are one key.
  scratch.setFloat64(0, value + 0)
  const high = scratch.getInt32(0)
  const low = scratch.getInt32(4)
  return (
    (-1807454463 + // 31 ** 8
      Math.imul(high >> 24, 1742810335) + // 31 ** 7
      Math.imul((high << 8) >> 24, 887503681) +
      Math.imul((high << 16) >> 24, 28629151) +
      Math.imul((high << 24) >> 24, 923521) +
      Math.imul(low >> 24, 29791) +
      Math.imul((low << 8) >> 24, 961) +
      Math.imul((low << 16) >> 24, 31) +
      ((low << 24) >> 24)) |
    0
  )
}

function hashOfText(text: string): number {
  let hash = 1
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit >= 0x80) return hashOfWideText(text, at, hash)
    hash = (Math.imul(hash, 31) + unit) | 0
  }
  return hash
}

/** Goes on with a text at its first unit that is not ASCII: the same bytes as `keyBytes`. */
function hashOfWideText(text: string, from: number, start: number): number {
  let hash = start
  for (let at = from; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) {
      hash = next(hash, unit)
    } else if (unit < 0x800) {
      hash = next(next(hash, 0xc0 | (unit >> 6)), 0x80 | (unit & 0x3f))
    } else {
      const point = text.codePointAt(at) as number
      if (point > 0xffff) {
        at++
        hash = next(next(hash, 0xf0 | (point >> 18)), 0x80 | ((point >> 12) & 0x3f))
      } else {
        hash = next(hash, 0xe0 | (point >> 12))
      }
      hash = next(next(hash, 0x80 | ((point >> 6) & 0x3f)), 0x80 | (point & 0x3f))
    }
  }
  return hash
}

function hashOfBytes(bytes: Uint8Array): number {
  let hash = 1
  for (let at = 0; at < bytes.length; at++) hash = next(hash, bytes[at] as number)
  return hash
}

/** Java's bytes are signed. */
function next(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + ((byte << 24) >> 24)) | 0
}

/** Flink's `MathUtils.murmurHash`: never negative. */
function mixed(hash: number): number {
  let code = Math.imul(hash, 0xcc9e2d51)
  code = (code << 15) | (code >>> 17)
  code = Math.imul(code, 0x1b873593)
  code = (code << 13) | (code >>> 19)
  code = (Math.imul(code, 5) + 0xe6546b64) | 0
  code ^= 4
  code ^= code >>> 16
  code = Math.imul(code, 0x85ebca6b)
  code ^= code >>> 13
  code = Math.imul(code, 0xc2b2ae35)
  code ^= code >>> 16
  if (code >= 0) return code
  return code === -2147483648 ? 0 : -code
}
