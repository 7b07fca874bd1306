// How the values of logical types are shown: decimals as exact texts, dates as Dates where that was
// asked for, everything else as the number, text or bytes that it is made of.

import { malformed } from '../byte-cursor.ts'
import { kindOf, Unwritable } from '../unwritable.ts'
import type { Logical } from './avro-type.ts'

/** How values are shown that JavaScript has more than one type for. */
export interface ValueOptions {
  readonly int64: 'number' | 'bigint'
  readonly dates: 'number' | 'date'
}

const dayMs = 86_400_000

/** From what was read to what is shown, and back. */
interface Showing {
  readonly show: (read: unknown) => unknown
  readonly unshow: (shown: unknown) => unknown
}

/** How a logical type is shown; undefined where it is shown as what it is made of. */
export function showingOf(
  logical: Logical | undefined,
  options: ValueOptions,
  sizeBytes?: number,
): Showing | undefined {
  switch (logical?.name) {
    case 'decimal':
      return {
        show: (bytes) => decimalText(bytes as Uint8Array, logical.scale),
        unshow: (text) => decimalBytes(text, logical, sizeBytes),
      }
    case 'date':
      return options.dates === 'date' ? inMilliseconds(dayMs) : undefined
    case 'timestamp-millis':
      return options.dates === 'date' ? inMilliseconds(1) : undefined
    default:
      return undefined
  }
}

function inMilliseconds(unitMs: number): Showing {
  return {
    show(count) {
      const date = new Date((count as number) * unitMs)
      if (Number.isNaN(date.getTime())) throw malformed('The record holds a date beyond all dates.')
      return date
    },
    unshow(date) {
      if (!(date instanceof Date)) throw new Unwritable(`${kindOf(date)} is no Date`)
      const count = date.getTime() / unitMs
      if (Number.isInteger(count)) return count
      const reason = 'the Date is invalid or not midnight in UTC'
      throw new Unwritable(reason)
    },
  }
}

function decimalText(bytes: Uint8Array, scale: number): string {
  if (bytes.length === 0) throw malformed('The record holds a decimal without digits.')
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
  const unscaled = BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`))
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const point = digits.length - scale
  const text = scale === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`
  return unscaled < 0n ? `-${text}` : text
}

const decimalForm = /^(-?)(\d+)(?:\.(\d+))?$/

function decimalBytes(value: unknown, logical: Logical, sizeBytes?: number): Uint8Array {
  const parts = typeof value === 'string' ? decimalForm.exec(value) : null
  if (parts === null) throw new Unwritable(`${kindOf(value)} is no decimal text such as '12.50'`)
  const [, sign, whole, fraction = ''] = parts as unknown as [string, string, string, string?]
  const digits = whole + fraction.padEnd(logical.scale, '0')
  const beyond = fraction.slice(logical.scale)
  if (/[1-9]/.test(beyond)) {
    throw new Unwritable(`the decimal has more than ${logical.scale} digits behind the point`)
  }
  const unsigned = BigInt(digits.slice(0, whole.length + logical.scale))
  if (unsigned >= 10n ** BigInt(logical.precision)) {
    throw new Unwritable(`the decimal has more than ${logical.precision} digits`)
  }
  return twosComplement(sign === '-' ? -unsigned : unsigned, sizeBytes)
}

function twosComplement(value: bigint, sizeBytes: number | undefined): Uint8Array {
  let size = sizeBytes ?? 1
  if (sizeBytes === undefined) while (BigInt.asIntN(size * 8, value) !== value) size++
  else if (BigInt.asIntN(size * 8, value) !== value) {
    throw new Unwritable(`the decimal does not fit into ${size} bytes`)
  }
  const hex = BigInt.asUintN(size * 8, value)
    .toString(16)
    .padStart(size * 2, '0')
  return new Uint8Array(Buffer.from(hex, 'hex'))
}
