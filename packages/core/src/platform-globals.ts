// The few globals that every engine has and the language's own library does not declare: UTF-8
// coders and abort signals. They are deterministic, so they need no seam.

declare global {
  /** Completed by whatever declares it in full (Node's types, the DOM's). */
  interface AbortSignal {}
}

interface Globals {
  readonly TextEncoder: new () => { encode(text: string): Uint8Array }
  readonly TextDecoder: new (
    label: 'utf-8',
    options: { readonly fatal: boolean; readonly ignoreBOM: boolean },
  ) => { decode(bytes: Uint8Array): string }
  readonly AbortController: new () => AbortControl
  /** Node's; other engines do without. */
  readonly Buffer?: { readonly prototype: { readonly latin1Slice: Latin1Slice } }
}

/** The text of some of the bytes, one letter each. */
type Latin1Slice = (this: Uint8Array, from: number, until: number) => string

/** Ends a call that listens to its signal. */
export interface AbortControl {
  readonly signal: AbortSignal
  abort(reason: unknown): void
}

const globals = globalThis as unknown as Globals

export const { TextEncoder, TextDecoder, AbortController } = globals

/** A few times faster than a TextDecoder, and for any Uint8Array. */
export const latin1Slice = globals.Buffer?.prototype.latin1Slice
