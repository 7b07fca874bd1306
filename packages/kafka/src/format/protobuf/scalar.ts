// The scalar types of Protobuf: how each is read and written, and its wire type.

import type { ByteBuilder } from '../byte-builder.ts'
import { beyondSafe, type ByteCursor, safeNumber } from '../byte-cursor.ts'
import { kindOf, Unwritable } from '../unwritable.ts'

/** How the bytes of a field are laid out. */
export const wireType = {
  varint: 0,
  eight: 1,
  measured: 2,
  groupStart: 3,
  groupEnd: 4,
  four: 5,
} as const

/** One scalar type. */
export interface Scalar {
  readonly wire: number
  readonly read: (cursor: ByteCursor) => unknown
  /** Throws Unwritable for what the type cannot say. */
  readonly write: (builder: ByteBuilder, value: unknown) => void
  /** What a field without presence is where nothing was written. */
  readonly zero: () => unknown
  readonly isZero: (value: unknown) => boolean
}

const writeLength = (builder: ByteBuilder, sizeBytes: number) => builder.varint(sizeBytes)

/** The scalar of a name in a schema; undefined for messages and enums. */
export function scalarOf(type: string, int64: 'number' | 'bigint'): Scalar | undefined {
  return scalars[type] ?? longOf(type, int64)
}

function integer(
  wire: number,
  isSigned: boolean,
  read: (cursor: ByteCursor) => number,
  write: (builder: ByteBuilder, value: number) => void,
): Scalar {
  return {
    wire,
    read,
    write(builder, value) {
      const fits = typeof value === 'number' && value === (isSigned ? value | 0 : value >>> 0)
      if (fits) return write(builder, value)
      const kind = isSigned ? 'integer' : 'unsigned integer'
      throw new Unwritable(`${kindOf(value)} is no ${kind} of 32 bits`)
    },
    zero: () => 0,
    isZero: (value) => value === 0,
  }
}

/** Negative numbers are written as if they had 64 bits. */
function writeInt32(builder: ByteBuilder, value: number): void {
  if (value >= 0) builder.varint(value)
  else builder.varint64(BigInt.asUintN(64, BigInt(value)))
}

function floating(
  wire: number,
  read: (cursor: ByteCursor) => number,
  write: (builder: ByteBuilder, value: number) => void,
): Scalar {
  return {
    wire,
    read,
    write(builder, value) {
      if (typeof value !== 'number') throw new Unwritable(`${kindOf(value)} is no number`)
      write(builder, value)
    },
    zero: () => 0,
    // Minus zero is another value.
    isZero: (value) => Object.is(value, 0),
  }
}

const scalars: Readonly<Record<string, Scalar>> = {
  int32: integer(wireType.varint, true, (cursor) => cursor.int32(), writeInt32),
  uint32: integer(
    wireType.varint,
    false,
    (cursor) => cursor.int32() >>> 0,
    (builder, value) => builder.varint(value),
  ),
  sint32: integer(
    wireType.varint,
    true,
    (cursor) => {
      const value = cursor.int32() >>> 0
      return (value >>> 1) ^ -(value & 1)
    },
    (builder, value) => builder.varint(((value << 1) ^ (value >> 31)) >>> 0),
  ),
  fixed32: integer(
    wireType.four,
    false,
    (cursor) => cursor.uint32(),
    (builder, value) => builder.uint32(value),
  ),
  sfixed32: integer(
    wireType.four,
    true,
    (cursor) => cursor.uint32() | 0,
    (builder, value) => builder.uint32(value >>> 0),
  ),
  float: floating(
    wireType.four,
    (cursor) => cursor.float(),
    (builder, value) => builder.float(value),
  ),
  double: floating(
    wireType.eight,
    (cursor) => cursor.double(),
    (builder, value) => builder.double(value),
  ),
  bool: {
    wire: wireType.varint,
    read: (cursor) => cursor.varint64() !== 0n,
    write(builder, value) {
      if (typeof value !== 'boolean') throw new Unwritable(`${kindOf(value)} is no boolean`)
      builder.byte(value ? 1 : 0)
    },
    zero: () => false,
    isZero: (value) => value === false,
  },
  string: {
    wire: wireType.measured,
    read: (cursor) => cursor.text(cursor.varint()),
    write(builder, value) {
      if (typeof value !== 'string') throw new Unwritable(`${kindOf(value)} is no text`)
      if (!value.isWellFormed()) throw new Unwritable('a text with half a character is not UTF-8')
      builder.text(value, writeLength)
    },
    zero: () => '',
    isZero: (value) => value === '',
  },
  bytes: {
    wire: wireType.measured,
    read: (cursor) => cursor.raw(cursor.varint()),
    write(builder, value) {
      if (!(value instanceof Uint8Array)) throw new Unwritable(`${kindOf(value)} is no Uint8Array`)
      builder.varint(value.length)
      builder.raw(value)
    },
    zero: () => new Uint8Array(0),
    isZero: (value) => value instanceof Uint8Array && value.length === 0,
  },
}

interface Long {
  readonly wire: number
  readonly isSigned: boolean
  readonly read: (cursor: ByteCursor) => bigint
  readonly write: (builder: ByteBuilder, value: bigint) => void
}

const longs: Readonly<Record<string, Long>> = {
  int64: {
    wire: wireType.varint,
    isSigned: true,
    read: (cursor) => BigInt.asIntN(64, cursor.varint64()),
    write: (builder, value) => builder.varint64(BigInt.asUintN(64, value)),
  },
  uint64: {
    wire: wireType.varint,
    isSigned: false,
    read: (cursor) => cursor.varint64(),
    write: (builder, value) => builder.varint64(value),
  },
  sint64: {
    wire: wireType.varint,
    isSigned: true,
    read: (cursor) => cursor.zigzag64(),
    write: (builder, value) => builder.zigzag64(value),
  },
  fixed64: {
    wire: wireType.eight,
    isSigned: false,
    read: (cursor) => BigInt.asUintN(64, cursor.int64()),
    write: (builder, value) => builder.int64(BigInt.asIntN(64, value)),
  },
  sfixed64: {
    wire: wireType.eight,
    isSigned: true,
    read: (cursor) => cursor.int64(),
    write: (builder, value) => builder.int64(value),
  },
}

function longOf(type: string, int64: 'number' | 'bigint'): Scalar | undefined {
  const long = longs[type]
  if (long === undefined) return undefined
  const { wire, isSigned, read, write } = long
  const clip = isSigned ? BigInt.asIntN : BigInt.asUintN
  const isVarint = type === 'int64' || type === 'uint64'
  const readNumber = (cursor: ByteCursor): number => {
    const small = isVarint ? cursor.smallVarint() : undefined
    if (small !== undefined) return small
    const number = safeNumber(read(cursor))
    if (number === undefined) throw beyondSafe()
    return number
  }
  return {
    wire,
    read: int64 === 'bigint' ? read : readNumber,
    write(builder, value) {
      if (isVarint && Number.isSafeInteger(value) && (value as number) >= 0) {
        builder.varint(value as number)
        return
      }
      const exact = typeof value === 'bigint' ? value : exactOf(value)
      if (exact === undefined || clip(64, exact) !== exact) {
        const kind = isSigned ? 'integer' : 'unsigned integer'
        throw new Unwritable(`${kindOf(value)} is no exact ${kind} of 64 bits`)
      }
      write(builder, exact)
    },
    zero: () => (int64 === 'bigint' ? 0n : 0),
    isZero: (value) => value === 0 || value === 0n,
  }
}

function exactOf(value: unknown): bigint | undefined {
  return Number.isSafeInteger(value) ? BigInt(value as number) : undefined
}
