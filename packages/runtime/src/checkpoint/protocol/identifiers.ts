// The identifiers of the checkpoint protocol, branded so that a position is never taken for a
// checkpoint. Each is a plain number or text at run time; the functions check what they brand.

import { assert } from '@sluice/core/internal'

declare const brand: unique symbol

/** Rises with each checkpoint that a generation triggers; never restarts below the newest entry. */
export type CheckpointId = number & { readonly [brand]: 'CheckpointId' }

/** The position of the fence under which an attempt of the tasks runs. */
export type Generation = number & { readonly [brand]: 'Generation' }

/** A place in the log of checkpoints: 1, 2, 3, … */
export type LogPosition = number & { readonly [brand]: 'LogPosition' }

/** The random identity of one log, drawn with its first entry. */
export type LogId = string & { readonly [brand]: 'LogId' }

/** The random mark by which a writer knows its own entry. */
export type Nonce = string & { readonly [brand]: 'Nonce' }

/** Positions at or below the floor are void; 0 before anything was collected. */
export type Floor = LogPosition | 0

export function checkpointId(value: number): CheckpointId {
  assert(isRank(value), `a checkpoint id is a positive integer, not ${value}`)
  return value as CheckpointId
}

export function generation(value: number): Generation {
  assert(isRank(value), `a generation is a positive integer, not ${value}`)
  return value as Generation
}

export function logPosition(value: number): LogPosition {
  assert(isRank(value), `a log position is a positive integer, not ${value}`)
  return value as LogPosition
}

export function floorOf(value: number): Floor {
  assert(value === 0 || isRank(value), `a floor is zero or a log position, not ${value}`)
  return value as Floor
}

/**
 * A log id from random text: at least 64 bits, in the characters that every outside name allows.
 */
export function logId(random: string): LogId {
  assert(/^[0-9a-z]{12,64}$/.test(random), 'a log id is 12 to 64 characters of 0-9 and a-z')
  return random as LogId
}

/** A nonce from random text: drawn anew for each entry that is to be appended. */
export function nonce(random: string): Nonce {
  assert(/^[0-9a-zA-Z-]{12,64}$/.test(random), 'a nonce is 12 to 64 random characters')
  return random as Nonce
}

export function isRank(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}
