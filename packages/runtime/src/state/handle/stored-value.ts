// What happens to a value on its way into state: strings are cut loose from the batch they came in;
// in development and tests a value that could not be saved is refused, and what is stored is
// frozen.

import { SluiceError } from '@sluice/core/internal'
import { assertEncodable } from '../../network/codec/encodable.ts'
import { flattenValue } from '../../network/codec/flatten.ts'

/** Prepares the values of one state. */
export type StoreValue = <T>(value: T) => T

export function valueStore(step: string, state: string, freezes: boolean): StoreValue {
  if (!freezes) return flattenValue
  return (value) => {
    try {
      assertEncodable(value, `value of the state '${state}'`)
    } catch (error) {
      throw error instanceof SluiceError ? error.at({ step }) : error
    }
    freezeDeeply(value)
    const stored = flattenValue(value)
    freezeDeeply(stored)
    return stored
  }
}

/** Dates, bytes, Maps and Sets themselves cannot be frozen; what Maps and Sets hold is. */
function freezeDeeply(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return
  if (value instanceof Map || value instanceof Set) {
    for (const [key, each] of value.entries()) {
      freezeDeeply(key)
      freezeDeeply(each)
    }
    return
  }
  Object.freeze(value)
  for (const each of Object.values(value)) freezeDeeply(each)
}
