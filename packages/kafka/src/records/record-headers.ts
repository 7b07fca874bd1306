// The headers of a record: names that may occur several times, each with bytes or none.

import type { SluiceError } from '@sluice/core'
import { varintSize, writeVarint } from './varint.ts'

/** A header of a record. */
export interface RecordHeader {
  readonly key: string
  /** Undefined for a header that has no value. */
  readonly value: Uint8Array | undefined
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Reads `count` headers, which must end exactly at `end`. */
export function readHeaders(
  bytes: Uint8Array,
  start: number,
  end: number,
  count: number,
  broken: (what: string) => SluiceError,
): RecordHeader[] {
  let at = start
  const part = () => {
    const length = varint()
    if (length < -1 || at + length > end) throw broken(`a part of a header is ${length} bytes long`)
    if (length === -1) return undefined
    at += length
    return bytes.subarray(at - length, at)
  }
  const varint = () => {
    let zigzag = 0
    for (let shift = 0; shift < 35; shift += 7) {
      if (at >= end) throw broken('its headers are cut off')
      const byte = bytes[at++] as number
      zigzag |= (byte & 0x7f) << shift
      if (byte < 0x80) return (zigzag >>> 1) ^ -(zigzag & 1)
    }
    throw broken('a number in its headers is longer than 32 bits')
  }
  const headers: RecordHeader[] = []
  for (let index = 0; index < count; index++) {
    const key = part()
    if (key === undefined) throw broken('a header has no name')
    headers.push({ key: decoder.decode(key), value: part() })
  }
  if (at !== end) throw broken('bytes follow its headers')
  return headers
}

/** The size of headers as `writeHeaders` writes them, their number included. */
export function headersSize(headers: readonly RecordHeader[] | undefined): number {
  if (headers === undefined) return 1
  let size = varintSize(headers.length)
  for (const { key, value } of headers) {
    const keyLength = Buffer.byteLength(key)
    size += varintSize(keyLength) + keyLength
    size += value === undefined ? 1 : varintSize(value.length) + value.length
  }
  return size
}

/** Writes headers; returns where they end. */
export function writeHeaders(
  bytes: Buffer,
  start: number,
  headers: readonly RecordHeader[] | undefined,
): number {
  if (headers === undefined) return writeVarint(bytes, start, 0)
  let at = writeVarint(bytes, start, headers.length)
  for (const { key, value } of headers) {
    at = writeVarint(bytes, at, Buffer.byteLength(key))
    at += bytes.write(key, at, 'utf8')
    at = writeVarint(bytes, at, value === undefined ? -1 : value.length)
    if (value === undefined) continue
    bytes.set(value, at)
    at += value.length
  }
  return at
}
