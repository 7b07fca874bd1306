// What happens to a value on its way into state: strings are cut loose from the batch they came in;
// in development and tests a value that could not be saved, or does not fit the schema of the
// state, is refused, and what is stored is frozen.

import { SluiceError, type StateSchema } from '@sluice/core/internal'
import { assertEncodable } from '../../network/codec/encodable.ts'
import { flattenValue } from '../../network/codec/flatten.ts'

/** Prepares the values of one state. */
export type StoreValue = <T>(value: T) => T

export function valueStore(
  step: string,
  state: string,
  freezes: boolean,
  rules?: StateSchema['rules'],
): StoreValue {
  if (!freezes) return flattenValue
  return (value) => {
    try {
      assertEncodable(value, `value of the state '${state}'`)
    } catch (error) {
      throw error instanceof SluiceError ? error.at({ step }) : error
    }
    if (rules !== undefined) checkFit(value, rules, step, state)
    freezeDeeply(value)
    const stored = flattenValue(value)
    freezeDeeply(stored)
    return stored
  }
}

/** A restore would read the value through the schema again, so it must take what is stored. */
function checkFit(
  value: unknown,
  rules: NonNullable<StateSchema['rules']>,
  step: string,
  state: string,
): void {
  const { issues } = rules.read(value)
  if (issues === undefined) return
  throw new SluiceError(
    'STATE_INVALID',
    `The state '${state}' was given a value that its schema does not take: ${issues.join('; ')}.`,
    {
      where: { step },
      hint: 'Store what the schema describes. A schema of state must take its own results.',
    },
  )
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
