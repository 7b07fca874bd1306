// A value that a schema cannot say. The place in the record is put together from the inside out
// while the error goes up, so that writing a good record costs nothing for it.

import { SluiceError } from '@sluice/core'

/** Why a value cannot be written, and where it stands in the record. */
export class Unwritable extends Error {
  readonly reason: string
  readonly path: string

  constructor(reason: string, path = '') {
    super(reason)
    this.reason = reason
    this.path = path
  }
}

/** The same error one level further up; anything else becomes one. */
export function unwritableIn(step: string, error: unknown): Unwritable {
  if (error instanceof Unwritable) return new Unwritable(error.reason, step + error.path)
  return new Unwritable(error instanceof Error ? error.message : String(error), step)
}

/** As the engine knows it. `what` names the schema. */
export function notEncodable(error: unknown, what: string): SluiceError {
  if (error instanceof SluiceError) return error
  const { reason, path } = unwritableIn('', error)
  const place = path === '' ? 'the record' : `record${path}`
  return new SluiceError('RECORD_NOT_ENCODABLE', `${place} does not fit ${what}: ${reason}.`, {
    cause: error,
  })
}

/** What a value is, in a few words that hold nothing of it. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (value instanceof Uint8Array) return 'bytes'
  if (value instanceof Date) return 'a Date'
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'number' && !Number.isInteger(value)) return `the number ${value}`
  return `a ${typeof value}`
}
