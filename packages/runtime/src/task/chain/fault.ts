// What a user's function threw becomes an error that says which step and which record, with the
// user's own stack first.

import { type ErrorCode, type ErrorPlace, isSecretName, SluiceError } from '@sluice/core/internal'

const SHOWN_CHARACTERS = 200

/** Errors of the engine that are about what a function made of the record at hand. */
const aboutRecord: ReadonlySet<ErrorCode> = new Set(['KEY_INVALID', 'TIMESTAMP_INVALID'])

/** An error of the engine that already names its step stays as it is. */
export function userFault(error: unknown, record: unknown, where: ErrorPlace): SluiceError {
  if (error instanceof SluiceError) {
    if (error.where.step !== undefined) return error
    return (aboutRecord.has(error.code) ? withRecord(error, record) : error).at(where)
  }
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

function withRecord(error: SluiceError, record: unknown): SluiceError {
  const { code, message, where, hint } = error
  return new SluiceError(code, `${message} The record: ${describe(record)}`, {
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

/** A record in one short line, for people; fields whose names say that they are secret are hidden. */
function describe(record: unknown): string {
  let text: string
  try {
    text = JSON.stringify(record, shown) ?? String(record)
  } catch {
    text = Object.prototype.toString.call(record)
  }
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
}

function shown(name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  const isText = typeof value === 'string' || typeof value === 'number'
  return isText && isSecretName(name) ? '***' : value
}
