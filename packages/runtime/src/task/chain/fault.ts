// What a user's function threw becomes an error that says which step and which record, with the
// user's own stack first.

import {
  describedRecord,
  type ErrorCode,
  type ErrorPlace,
  SluiceError,
} from '@sluice/core/internal'

/** Errors of the engine that are about what a function made of the record at hand. */
const aboutRecord: ReadonlySet<ErrorCode> = new Set(['KEY_INVALID', 'TIMESTAMP_INVALID'])

/** An error of the engine that already names its step stays as it is. */
export function userFault(error: unknown, record: unknown, where: ErrorPlace): SluiceError {
  if (error instanceof SluiceError) {
    if (error.where.step !== undefined) return error
    return (aboutRecord.has(error.code) ? withRecord(error, record) : error).at(where)
  }
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const what = `The function of step '${where.step}' threw on the record ${describedRecord(record)}`
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

function withRecord(error: SluiceError, record: unknown): SluiceError {
  const { code, message, where, hint } = error
  return new SluiceError(code, `${message} The record: ${describedRecord(record)}`, {
    where,
    ...(hint === undefined ? {} : { hint }),
  })
}

/** What V8 says when a frozen object is changed. */
const frozenMessages =
  /read only property|object is not extensible|Cannot delete property|Cannot redefine property/

function changesInPlace(error: unknown): boolean {
  return error instanceof TypeError && frozenMessages.test(error.message)
}
