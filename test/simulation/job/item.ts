// The records of simulated jobs. A lane is the unit of order: what one split of a source holds.

import type { Key } from '@sluice/core'

export interface Item {
  readonly id: number
  readonly key: number
  /** Event time. */
  readonly at: number
  readonly lane: string
  /** Rises within the lane. */
  readonly seq: number
  readonly value: number
  /** Further behind its lane than the source allows: the only records that may be late. */
  readonly tooLate: boolean
  /** How much further; what is forgiven for so long must not be late. */
  readonly behindMs: number
}

/** As which kind of key the number of an item is used. */
export const keyKinds = ['number', 'string', 'bigint', 'tuple'] as const

export type KeyKind = (typeof keyKinds)[number]

export function asKey(kind: KeyKind, key: number): Key {
  switch (kind) {
    case 'number':
      return key
    case 'string':
      return `key-${key}`
    case 'bigint':
      return BigInt(key) - 5n
    case 'tuple':
      return [key % 3, `t${key}`]
  }
}

/** The number that a key was made of. */
export function fromKey(kind: KeyKind, key: Key): number {
  switch (kind) {
    case 'number':
      return key as number
    case 'string':
      return Number((key as string).slice('key-'.length))
    case 'bigint':
      return Number((key as bigint) + 5n)
    case 'tuple':
      return Number((key as readonly [number, string])[1].slice(1))
  }
}
