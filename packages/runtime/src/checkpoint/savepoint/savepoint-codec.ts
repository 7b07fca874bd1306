// The manifest of a savepoint as bytes, in the form of the log's entries: damage and a newer format
// are told apart, and what is read says of itself what is wrong with it.

import { isRank } from '../protocol/identifiers.ts'
import { type FileForm, frameJson, unframeJson } from '../protocol/log/framed-json.ts'
import type { Savepoint } from './savepoint.ts'

const form: FileForm = { mark: 'sluice-savepoint', format: 1 }

/** A name in a savepoint's folder: never a path. */
const plainName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

/** What the bytes of a manifest turned out to be. */
export type DecodedSavepoint =
  | { readonly kind: 'savepoint'; readonly savepoint: Savepoint }
  | { readonly kind: 'damaged'; readonly reason: string }
  | { readonly kind: 'newer'; readonly format: number }

export function encodeSavepoint(savepoint: Savepoint): Uint8Array {
  return frameJson(form, savepoint)
}

export function decodeSavepoint(bytes: Uint8Array): DecodedSavepoint {
  const found = unframeJson(form, bytes)
  if (found.kind !== 'value') return found
  const reason = faultOf(found.value)
  if (reason !== undefined) return { kind: 'damaged', reason }
  return { kind: 'savepoint', savepoint: found.value as Savepoint }
}

/** The body matches its checksum, so this guards against a defective writer, not against damage. */
function faultOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'it is not an object'
  const savepoint = value as Partial<Record<keyof Savepoint, unknown>>
  for (const field of ['id', 'name', 'job'] as const) {
    if (typeof savepoint[field] !== 'string') return `its ${field} is missing`
  }
  const plan = savepoint.plan as Partial<Savepoint['plan']> | undefined
  if (!isRank(plan?.maxParallelism)) return 'its plan is missing'
  if (!Array.isArray(savepoint.steps)) return 'its steps are missing'
  for (const step of savepoint.steps as Savepoint['steps']) {
    if (typeof step?.step !== 'string' || !Array.isArray(step.segments)) return 'a step is broken'
    const odd = step.segments.find(({ name }) => !plainName.test(name))
    if (odd !== undefined) return `the name of a segment is no plain name: ${odd.name}`
  }
  return undefined
}
