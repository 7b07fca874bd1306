// One API of the protocol: its number, the versions that we speak, and the fields of request and
// response. Both directions of both are there: a client encodes requests and decodes responses, a
// simulated broker does the reverse.

import type { Codec, FieldType, Layout } from './field-type.ts'
import { MalformedMessage } from './malformed-message.ts'
import { type Fields, structure, type StructureInput, type StructureOutput } from './structure.ts'
import { WireReader } from './wire-reader.ts'
import { WireWriter } from './wire-writer.ts'

/** Request or response of an API. */
export interface Message<in In, out Out> {
  /** Throws `MalformedMessage`, as `decode` does. */
  /** `sizeBytes`: what it has at most, where that is known and large. */
  encode(version: number, value: In, sizeBytes?: number): Uint8Array
  /** Bytes and records of the result are views of `bytes`. */
  decode(version: number, bytes: Uint8Array): Out
  codec(version: number): Codec<In, Out>
}

/** An API of the protocol. Versions outside of `oldest` … `newest` are a mistake of the caller. */
export interface Api<in RequestIn, out Request, in ResponseIn, out Response> {
  readonly name: string
  readonly key: number
  readonly oldest: number
  readonly newest: number
  /** Whether header and body of a version have tagged fields. */
  isFlexible(version: number): boolean
  readonly request: Message<RequestIn, Request>
  readonly response: Message<ResponseIn, Response>
}

/** Any API, where it matters only which one it is. */
export type AnyApi = Api<never, unknown, never, unknown>

/** What is given to be sent by this API. */
export type RequestInput<Of extends AnyApi> =
  Of extends Api<infer In, unknown, never, unknown> ? In : never

/** A request as a broker reads it: defaults filled in. */
export type RequestOf<Of extends AnyApi> =
  Of extends Api<never, infer Out, never, unknown> ? Out : never

/** What a broker gives to be answered. */
export type ResponseInput<Of extends AnyApi> =
  Of extends Api<never, unknown, infer In, unknown> ? In : never

/** An answer as it is read: defaults filled in. */
export type ResponseOf<Of extends AnyApi> =
  Of extends Api<never, unknown, never, infer Out> ? Out : never

interface Declaration<Request extends Fields, Response extends Fields> {
  readonly name: string
  readonly key: number
  /** The oldest and the newest version that we speak. */
  readonly versions: readonly [number, number]
  readonly flexibleSince: number
  readonly request: Request
  readonly response: Response
}

/**
 * Declares an API.
 *
 * @example
 * export const endTxn = defineApi({
 *   name: 'EndTxn', key: 26, versions: [3, 5], flexibleSince: 3,
 *   request: { transactionalId: string, producerId: int64, … },
 *   response: { throttleTimeMs: int32, errorCode: int16, … },
 * })
 */
export function defineApi<const Request extends Fields, const Response extends Fields>(
  declaration: Declaration<Request, Response>,
): Api<
  StructureInput<Request>,
  StructureOutput<Request>,
  StructureInput<Response>,
  StructureOutput<Response>
> {
  const { name, key, flexibleSince } = declaration
  const [oldest, newest] = declaration.versions
  const isFlexible = (version: number): boolean => version >= flexibleSince
  const checked = (version: number): Layout => {
    if (version < oldest || version > newest) {
      throw new RangeError(`${name} is spoken in versions ${oldest} to ${newest}, not ${version}`)
    }
    return { version, flexible: isFlexible(version) }
  }
  return {
    name,
    key,
    oldest,
    newest,
    isFlexible,
    request: new StructuredMessage(`${name} request`, structure(declaration.request), checked),
    response: new StructuredMessage(`${name} response`, structure(declaration.response), checked),
  }
}

class StructuredMessage<In, Out> implements Message<In, Out> {
  readonly #name: string
  readonly #type: FieldType<In, Out>
  readonly #layoutOf: (version: number) => Layout
  readonly #codecs = new Map<number, Codec<In, Out>>()

  constructor(name: string, type: FieldType<In, Out>, layoutOf: (version: number) => Layout) {
    this.#name = name
    this.#type = type
    this.#layoutOf = layoutOf
  }

  encode(version: number, value: In, sizeBytes?: number): Uint8Array {
    const codec = this.codec(version)
    const writer = new WireWriter(sizeBytes)
    try {
      codec.write(writer, value)
    } catch (error) {
      throw MalformedMessage.of(`${this.#name} version ${version}`, error)
    }
    return writer.finish()
  }

  decode(version: number, bytes: Uint8Array): Out {
    const codec = this.codec(version)
    const reader = new WireReader(bytes)
    try {
      return reader.part(bytes.length, () => codec.read(reader))
    } catch (error) {
      throw MalformedMessage.of(`${this.#name} version ${version}`, error)
    }
  }

  codec(version: number): Codec<In, Out> {
    let codec = this.#codecs.get(version)
    if (codec === undefined) {
      codec = this.#type.codec(this.#layoutOf(version))
      this.#codecs.set(version, codec)
    }
    return codec
  }
}
