// Plain data as a file that says whether it is whole: one header line (mark, format, length and
// digest of the body), then JSON. The header's form never changes, so damage and a newer format are
// told apart before the body is read, and every damaged byte, in header or body, is recognised.
// What is read is a fact, not an exception.

import { fromJson, toJson } from './plain-data.ts'
import { sha256 } from './sha256.ts'

const LONGEST_HEADER_BYTES = 128

/** What kind of file it is, in one word, and the format that this engine writes. */
export interface FileForm {
  readonly mark: string
  /** Older ones are read too. */
  readonly format: number
}

/** What the bytes of a file turned out to be. */
export type UnframedJson =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'damaged'; readonly reason: string }
  | { readonly kind: 'newer'; readonly format: number }

export function frameJson(form: FileForm, value: unknown): Uint8Array {
  return frame(form, new TextEncoder().encode(`${JSON.stringify(toJson(value))}\n`))
}

/** Header and body of any format; apart from `frameJson` for tests of newer formats. */
export function frame({ mark, format }: FileForm, body: Uint8Array): Uint8Array {
  const head = `${mark} ${format} ${body.length} ${digestOf(format, body)}\n`
  const header = new TextEncoder().encode(head)
  const bytes = new Uint8Array(header.length + body.length)
  bytes.set(header)
  bytes.set(body, header.length)
  return bytes
}

export function unframeJson(form: FileForm, bytes: Uint8Array): UnframedJson {
  const headerEnd = bytes.subarray(0, LONGEST_HEADER_BYTES).indexOf(0x0a)
  const header = headerOf(form.mark, latin1(bytes.subarray(0, Math.max(0, headerEnd))))
  if (header === undefined) return { kind: 'damaged', reason: 'its header cannot be read' }
  const [format, lengthBytes, digest] = header
  const body = bytes.subarray(headerEnd + 1)
  if (body.length !== lengthBytes) {
    return { kind: 'damaged', reason: `it has ${body.length} bytes instead of ${lengthBytes}` }
  }
  if (digestOf(format, body) !== digest) {
    return { kind: 'damaged', reason: 'its checksum does not match' }
  }
  if (format > form.format) return { kind: 'newer', format }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body)
    return { kind: 'value', value: fromJson(JSON.parse(text)) }
  } catch (error) {
    return { kind: 'damaged', reason: `its body cannot be parsed (${String(error)})` }
  }
}

function headerOf(mark: string, text: string): readonly [number, number, string] | undefined {
  const [found, format = '', lengthBytes = '', digest = '', ...more] = text.split(' ')
  const isWhole =
    found === mark &&
    more.length === 0 &&
    /^[1-9][0-9]{0,8}$/.test(format) &&
    /^(0|[1-9][0-9]{0,14})$/.test(lengthBytes) &&
    /^[0-9a-f]{64}$/.test(digest)
  return isWhole ? [Number(format), Number(lengthBytes), digest] : undefined
}

/** The checksum covers the format number and the length too. */
function digestOf(format: number, body: Uint8Array): string {
  const prefix = new TextEncoder().encode(`${format} ${body.length}\n`)
  const covered = new Uint8Array(prefix.length + body.length)
  covered.set(prefix)
  covered.set(body, prefix.length)
  return sha256(covered)
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
