// Headers of requests and answers, in front of their bodies. From its flexible versions on an API
// has tagged fields in them, too; none is known to us. The answer to ApiVersions never has them.

import { MalformedMessage } from '../codec/malformed-message.ts'
import { WireReader } from '../codec/wire-reader.ts'
import { encodeText, WireWriter } from '../codec/wire-writer.ts'
import { apiOf } from '../known-apis.ts'
import { apiVersions } from '../message/api-versions.ts'

export interface RequestHeader {
  readonly apiKey: number
  readonly version: number
  readonly correlationId: number
  readonly clientId: string
}

/** The size of everything behind it, and the header. */
export function encodeRequestHeader(header: RequestHeader, bodyBytes: number): Uint8Array {
  const clientId = encodeText(header.clientId)
  const content = new WireWriter()
  content.int16(header.apiKey)
  content.int16(header.version)
  content.int32(header.correlationId)
  // A length of 16 bits in every version.
  content.length('int16', clientId.length)
  content.bytes(clientId)
  if (isFlexible(header.apiKey, header.version)) content.unsignedVarint(0)
  const framed = new WireWriter()
  framed.int32(content.sizeBytes + bodyBytes)
  framed.bytes(content.finish())
  return framed.finish()
}

/** Reads a request without its size, as a broker does. */
export function decodeRequest(frame: Uint8Array): {
  readonly header: RequestHeader
  readonly body: Uint8Array
} {
  const reader = new WireReader(frame)
  const apiKey = reader.int16()
  const version = reader.int16()
  const correlationId = reader.int32()
  const clientId = reader.text(reader.lengthOrNull('int16') ?? 0)
  if (isFlexible(apiKey, version)) skipTags(reader)
  return { header: { apiKey, version, correlationId, clientId }, body: reader.bytes(reader.left) }
}

/** An answer as a broker sends it. */
export function encodeResponse(request: RequestHeader, body: Uint8Array): Uint8Array {
  const writer = new WireWriter()
  const hasTags = responseHasTags(request.apiKey, request.version)
  writer.int32(4 + (hasTags ? 1 : 0) + body.length)
  writer.int32(request.correlationId)
  if (hasTags) writer.unsignedVarint(0)
  writer.bytes(body)
  return writer.finish()
}

/** The body of an answer without its size, a view; refused where it answers another request. */
export function decodeResponse(
  request: Pick<RequestHeader, 'apiKey' | 'version' | 'correlationId'>,
  frame: Uint8Array,
): Uint8Array {
  const reader = new WireReader(frame)
  const correlationId = reader.int32()
  if (correlationId !== request.correlationId) {
    const reason = `it answers request ${correlationId}, not ${request.correlationId}`
    throw new MalformedMessage(reason, 0, 'The header of an answer')
  }
  if (responseHasTags(request.apiKey, request.version)) skipTags(reader)
  return reader.bytes(reader.left)
}

function skipTags(reader: WireReader): void {
  const count = reader.unsignedVarint()
  for (let index = 0; index < count; index++) {
    reader.unsignedVarint()
    reader.bytes(reader.unsignedVarint())
  }
}

function isFlexible(apiKey: number, version: number): boolean {
  return apiOf(apiKey)?.isFlexible(version) ?? false
}

function responseHasTags(apiKey: number, version: number): boolean {
  return apiKey !== apiVersions.key && isFlexible(apiKey, version)
}
