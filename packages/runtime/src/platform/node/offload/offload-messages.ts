// What an engine thread and its I/O thread say to each other: sessions, each one generator. `open`
// asks for the first result; each `next` for one more; the thread answers each with one reply.

import { SluiceError, type WireError } from '@sluice/core/internal'

export type ToOffload =
  | {
      readonly type: 'open'
      readonly session: number
      readonly moduleUrl: string
      readonly exportName: string
      readonly argument: unknown
    }
  | { readonly type: 'next'; readonly session: number }
  /** The iteration was left early: end the generator. There is no reply. */
  | { readonly type: 'end'; readonly session: number }

export type OffloadReply =
  | { readonly type: 'value'; readonly session: number; readonly value: unknown }
  | { readonly type: 'done'; readonly session: number }
  | { readonly type: 'error'; readonly session: number; readonly error: OffloadError }

/** Structured clone drops class, code and fields of an error, so they cross as data. */
export type OffloadError =
  | { readonly kind: 'sluice'; readonly wire: WireError }
  | {
      readonly kind: 'other'
      readonly name: string
      readonly message: string
      readonly stack: string | undefined
    }

export function offloadErrorOf(thrown: unknown): OffloadError {
  if (thrown instanceof SluiceError) return { kind: 'sluice', wire: thrown.toWire() }
  if (!(thrown instanceof Error)) {
    return { kind: 'other', name: 'Error', message: String(thrown), stack: undefined }
  }
  const { name, message, stack } = thrown
  return { kind: 'other', name, message, stack }
}

export function errorFromOffload(error: OffloadError): Error {
  if (error.kind === 'sluice') return SluiceError.fromWire(error.wire)
  const restored = new Error(error.message)
  restored.name = error.name
  if (error.stack !== undefined) restored.stack = error.stack
  return restored
}
