// What a user's function threw becomes an error that says which step and which record, with the
// user's own stack first.

import { type ErrorPlace, SluiceError } from '@sluice/core/internal'

const SHOWN_CHARACTERS = 200

/** An error of the engine that already names its step stays as it is. */
export function userFault(error: unknown, record: unknown, where: ErrorPlace): SluiceError {
  if (error instanceof SluiceError) return error.where.step === undefined ? error.at(where) : error
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const what = `The function of step '${where.step}' threw on the record ${describe(record)}`
  const fault = changesInPlace(error)
    ? new SluiceError('STATE_FROZEN', `${what}, which it tried to change in place: ${reason}`, {
        where,
        cause: error,
        hint: 'Records and state are never changed in place: make a new object, and `set` state.',
      })
    : new SluiceError('USER_FUNCTION_FAILED', `${what}: ${reason}`, {
        where,
        cause: error,
        hint: 'Mend the function, or filter such records out before this step.',
      })
  if (error instanceof Error && error.stack !== undefined) {
    fault.stack = `${error.stack}\n  as ${fault.code}: ${fault.message}`
  }
  return fault
}

/** What V8 says when a frozen object is changed. */
const frozenMessages =
  /read only property|object is not extensible|Cannot delete property|Cannot redefine property/

function changesInPlace(error: unknown): boolean {
  return error instanceof TypeError && frozenMessages.test(error.message)
}

/** A record in one short line, for people. Never throws. */
export function describe(record: unknown): string {
  let text: string
  try {
    text =
      JSON.stringify(record, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)) ??
      String(record)
  } catch {
    text = Object.prototype.toString.call(record)
  }
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
}
