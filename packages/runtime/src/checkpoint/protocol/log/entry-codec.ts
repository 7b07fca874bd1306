// Entries as bytes: one header line (format, length and digest of the body), then JSON. The
// header's form never changes, so damage and a newer format are told apart before the body is read,
// and every damaged byte, in header or body, is recognised. What is read is a fact, not an
// exception.

import { SluiceError } from '@sluice/core/internal'
import { isRank } from '../identifiers.ts'
import type { LogPosition } from '../identifiers.ts'
import type { LogEntry } from './entry.ts'
import { fromJson, toJson } from './plain-data.ts'
import { sha256 } from './sha256.ts'

/** The format that this engine writes; it reads this one and older ones. */
export const ENTRY_FORMAT = 1

const HEADER = /^sluice-log ([1-9][0-9]{0,8}) (0|[1-9][0-9]{0,14}) ([0-9a-f]{64})$/
const LONGEST_HEADER_BYTES = 128

/** What the bytes at a position turned out to be. */
export type DecodedEntry =
  | { readonly kind: 'entry'; readonly entry: LogEntry }
  | { readonly kind: 'damaged'; readonly reason: string }
  | { readonly kind: 'newer'; readonly format: number }

export function encodeEntry(entry: LogEntry): Uint8Array {
  return frame(ENTRY_FORMAT, new TextEncoder().encode(`${JSON.stringify(toJson(entry))}\n`))
}

/** Header and body of any format; apart from `encodeEntry` for tests of newer formats. */
export function frame(format: number, body: Uint8Array): Uint8Array {
  const head = `sluice-log ${format} ${body.length} ${digestOf(format, body)}\n`
  const header = new TextEncoder().encode(head)
  const bytes = new Uint8Array(header.length + body.length)
  bytes.set(header)
  bytes.set(body, header.length)
  return bytes
}

/** Reads the bytes found at a position; an entry that says another position is damaged. */
export function decodeEntry(bytes: Uint8Array, position: LogPosition): DecodedEntry {
  const headerEnd = bytes.subarray(0, LONGEST_HEADER_BYTES).indexOf(0x0a)
  const header = HEADER.exec(latin1(bytes.subarray(0, Math.max(0, headerEnd))))
  if (header === null) return { kind: 'damaged', reason: 'its header cannot be read' }
  const format = Number(header[1])
  const body = bytes.subarray(headerEnd + 1)
  if (body.length !== Number(header[2])) {
    return { kind: 'damaged', reason: `it has ${body.length} bytes instead of ${header[2]}` }
  }
  if (digestOf(format, body) !== header[3]) {
    return { kind: 'damaged', reason: 'its checksum does not match' }
  }
  if (format > ENTRY_FORMAT) return { kind: 'newer', format }
  return parseBody(body, position)
}

function parseBody(body: Uint8Array, position: LogPosition): DecodedEntry {
  let parsed: unknown
  try {
    parsed = fromJson(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)))
  } catch (error) {
    return { kind: 'damaged', reason: `its body cannot be parsed (${String(error)})` }
  }
  const fault = faultOf(parsed, position)
  if (fault !== undefined) return { kind: 'damaged', reason: fault }
  return { kind: 'entry', entry: parsed as LogEntry }
}

/** The checksum covers the format number and the length too. */
function digestOf(format: number, body: Uint8Array): string {
  const prefix = new TextEncoder().encode(`${format} ${body.length}\n`)
  const covered = new Uint8Array(prefix.length + body.length)
  covered.set(prefix)
  covered.set(body, prefix.length)
  return sha256(covered)
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
        `this version of Sluice reads up to ${ENTRY_FORMAT}.`,
      { hint: 'Run the job with the newer version of Sluice that wrote it.' },
    )
  }
  return new SluiceError(
    'CHECKPOINT_DAMAGED',
    `Entry ${position} of the checkpoint log in ${location} is damaged: ${decoded.reason}.`,
    { hint: 'Look at it with `sluice checkpoint verify`; restore it from a copy if there is one.' },
  )
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
