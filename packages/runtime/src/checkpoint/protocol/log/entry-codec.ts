// Entries as bytes: framed JSON, so that damage and a newer format are told apart. What is read is
// a fact, not an exception.

import { SluiceError } from '@sluice/core/internal'
import { isRank } from '../identifiers.ts'
import type { LogPosition } from '../identifiers.ts'
import type { LogEntry } from './entry.ts'
import { type FileForm, frameJson, unframeJson } from './framed-json.ts'

/** The form that this engine writes; it reads this format and older ones. */
export const entryForm: FileForm = { mark: 'sluice-log', format: 1 }

/** What the bytes at a position turned out to be. */
export type DecodedEntry =
  | { readonly kind: 'entry'; readonly entry: LogEntry }
  | { readonly kind: 'damaged'; readonly reason: string }
  | { readonly kind: 'newer'; readonly format: number }

export function encodeEntry(entry: LogEntry): Uint8Array {
  return frameJson(entryForm, entry)
}

/** Reads the bytes found at a position; an entry that says another position is damaged. */
export function decodeEntry(bytes: Uint8Array, position: LogPosition): DecodedEntry {
  const found = unframeJson(entryForm, bytes)
  if (found.kind !== 'value') return found
  const fault = faultOf(found.value, position)
  if (fault !== undefined) return { kind: 'damaged', reason: fault }
  return { kind: 'entry', entry: found.value as LogEntry }
}

/** The body matches its checksum, so this guards against a defective writer, not against damage. */
function faultOf(value: unknown, position: LogPosition): string | undefined {
  if (typeof value !== 'object' || value === null) return 'it is not an object'
  const entry = value as Partial<Record<string, unknown>>
  if (entry['position'] !== position) {
    return `it belongs at position ${String(entry['position'])}, not ${position}`
  }
  for (const field of ['job', 'logId', 'nonce'] as const) {
    if (typeof entry[field] !== 'string') return `its ${field} is missing`
  }
  if (!isRank(entry['generation'])) return 'its generation is missing'
  if (entry['generation'] > position) return 'its generation lies above it'
  if (entry['kind'] === 'fence') {
    if (entry['generation'] !== position) return 'its generation is not its position'
    const { restores } = entry
    if (restores !== null && !(isRank(restores) && restores < position)) {
      return 'it restores nothing below it'
    }
    return Array.isArray(entry['givenUp']) ? undefined : 'its list of given-up promises is missing'
  }
  if (entry['kind'] !== 'checkpoint') return `it is of unknown kind '${String(entry['kind'])}'`
  if (!isRank(entry['checkpoint'])) return 'its checkpoint id is missing'
  for (const field of ['steps', 'owes', 'retained', 'idempotentSinks'] as const) {
    if (!Array.isArray(entry[field])) return `its ${field} are missing`
  }
  return undefined
}

/** The error for bytes that are no entry of this format, for those who cannot go on without it. */
export function unreadableEntry(
  decoded: Exclude<DecodedEntry, { kind: 'entry' }>,
  position: LogPosition,
  location: string,
): SluiceError {
  if (decoded.kind === 'newer') {
    return new SluiceError(
      'CHECKPOINT_FORMAT_NEWER',
      `Entry ${position} of the checkpoint log in ${location} has format ${decoded.format}; ` +
        `this version of Sluice reads up to ${entryForm.format}.`,
      { hint: 'Run the job with the newer version of Sluice that wrote it.' },
    )
  }
  return new SluiceError(
    'CHECKPOINT_DAMAGED',
    `Entry ${position} of the checkpoint log in ${location} is damaged: ${decoded.reason}.`,
    { hint: 'Look at it with `sluice checkpoint verify`; restore it from a copy if there is one.' },
  )
}
