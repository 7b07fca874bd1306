// HyperLogLog (Flajolet, Fusy, Gandouet, Meunier: "HyperLogLog: the analysis of a near-optimal
// cardinality estimation algorithm", 2007) with the estimator of Ertl ("New cardinality estimation
// algorithms for HyperLogLog sketches", 2017): the original's is 1.5 % off where its correction for
// small numbers ends. 4096 registers: standard error 1.04 / 64 = 1.6 %.
//
// A sketch is bytes and never changed in place: either all registers, or, while few are set, three
// bytes for each of those, in order: its number in two, its value in one.

import type { Hash } from './value-hash.ts'

const INDEX_BITS = 12
const REGISTERS = 1 << INDEX_BITS
const REST_BITS = 32 - INDEX_BITS
/** The rest of the hash is all zeros. */
const HIGHEST_RANK = 64 - INDEX_BITS + 1
const ENTRY_BYTES = 3
/** With more registers set than this, all are kept. */
const MOST_ENTRIES = 400

/** The sketch before the first value. */
export const sketchOfNothing: Uint8Array = new Uint8Array(0)

/** The sketch with one more value; the same bytes where that changes nothing. */
export function addHash(sketch: Uint8Array, { high, low }: Hash): Uint8Array {
  const register = high >>> REST_BITS
  const rest = high & ((1 << REST_BITS) - 1)
  // The place of the first one in the 52 bits that are left.
  const rank = rest === 0 ? REST_BITS + Math.clz32(low) + 1 : Math.clz32(rest) - INDEX_BITS + 1
  return raised(sketch, register, rank)
}

/** The sketch of all values of both. */
export function mergeSketches(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length < right.length) return mergeSketches(right, left)
  if (right.length === REGISTERS)
    return left.map((rank, register) => Math.max(rank, right[register] as number))
  let merged = left
  for (let at = 0; at < right.length; at += ENTRY_BYTES) {
    merged = raised(merged, registerAt(right, at), right[at + 2] as number)
  }
  return merged
}

/** About how many different values there were. */
export function estimate(sketch: Uint8Array): number {
  const counts = registersByRank(sketch)
  let z = REGISTERS * tau(1 - (counts[HIGHEST_RANK] as number) / REGISTERS)
  for (let rank = HIGHEST_RANK - 1; rank >= 1; rank--) z = 0.5 * (z + (counts[rank] as number))
  z += REGISTERS * sigma((counts[0] as number) / REGISTERS)
  return (REGISTERS * REGISTERS) / (2 * Math.LN2 * z)
}

function registersByRank(sketch: Uint8Array): number[] {
  const counts = new Array<number>(HIGHEST_RANK + 1).fill(0)
  const isWhole = sketch.length === REGISTERS
  const step = isWhole ? 1 : ENTRY_BYTES
  for (let at = step - 1; at < sketch.length; at += step) {
    const rank = sketch[at] as number
    counts[rank] = (counts[rank] as number) + 1
  }
  if (!isWhole) counts[0] = REGISTERS - sketch.length / ENTRY_BYTES
  return counts
}

// The two series of Ertl's estimator; both converge in a few steps.

function sigma(zeros: number): number {
  if (zeros === 1) return Number.POSITIVE_INFINITY
  let power = zeros
  let weight = 1
  let sum = zeros
  for (let before = Number.NaN; before !== sum; weight += weight) {
    power *= power
    before = sum
    sum += power * weight
  }
  return sum
}

function tau(full: number): number {
  if (full === 0 || full === 1) return 0
  let root = full
  let weight = 1
  let sum = 1 - full
  for (let before = Number.NaN; before !== sum; ) {
    root = Math.sqrt(root)
    before = sum
    weight *= 0.5
    sum -= (1 - root) ** 2 * weight
  }
  return sum / 3
}

function registerAt(sketch: Uint8Array, at: number): number {
  return ((sketch[at] as number) << 8) | (sketch[at + 1] as number)
}

function raised(sketch: Uint8Array, register: number, rank: number): Uint8Array {
  if (sketch.length === REGISTERS) {
    if ((sketch[register] as number) >= rank) return sketch
    const next = sketch.slice()
    next[register] = rank
    return next
  }
  const at = placeOf(sketch, register)
  const isThere = at < sketch.length && registerAt(sketch, at) === register
  if (isThere) {
    if ((sketch[at + 2] as number) >= rank) return sketch
    const next = sketch.slice()
    next[at + 2] = rank
    return next
  }
  if (sketch.length >= MOST_ENTRIES * ENTRY_BYTES) return raised(whole(sketch), register, rank)
  const next = new Uint8Array(sketch.length + ENTRY_BYTES)
  next.set(sketch.subarray(0, at))
  next.set([register >>> 8, register & 0xff, rank], at)
  next.set(sketch.subarray(at), at + ENTRY_BYTES)
  return next
}

/** The place of the first entry whose register is not below this one. */
function placeOf(sketch: Uint8Array, register: number): number {
  let [low, high] = [0, sketch.length / ENTRY_BYTES]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (registerAt(sketch, middle * ENTRY_BYTES) < register) low = middle + 1
    else high = middle
  }
  return low * ENTRY_BYTES
}

function whole(sketch: Uint8Array): Uint8Array {
  const registers = new Uint8Array(REGISTERS)
  for (let at = 0; at < sketch.length; at += ENTRY_BYTES) {
    registers[registerAt(sketch, at)] = sketch[at + 2] as number
  }
  return registers
}
