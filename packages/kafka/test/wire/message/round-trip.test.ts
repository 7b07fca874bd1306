import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AnyApi, Message } from '../../../src/wire/codec/define-api.ts'
import { MalformedMessage } from '../../../src/wire/codec/malformed-message.ts'
import { knownApis } from '../../../src/wire/known-apis.ts'
import { GeneratingReader } from './generating-reader.ts'

const entropy = fc.array(fc.nat(2 ** 32 - 1), { minLength: 4, maxLength: 60 })
const runs = { numRuns: 60 }

interface Case {
  readonly name: string
  readonly version: number
  readonly message: Message<unknown, unknown>
}

function casesOf(api: AnyApi): Case[] {
  const versions = Array.from({ length: api.newest - api.oldest + 1 }, (_, n) => api.oldest + n)
  return versions.flatMap((version) =>
    (['request', 'response'] as const).map((kind) => ({
      name: `${api.name} ${kind} version ${version}`,
      version,
      message: api[kind] as Message<unknown, unknown>,
    })),
  )
}

const cases = knownApis.flatMap(casesOf)

function drawn({ message, version }: Case, numbers: readonly number[]): unknown {
  return message.codec(version).read(GeneratingReader.of(numbers))
}

describe.each(cases)('$name', (each) => {
  const { message, version } = each

  test('is read as it was written', () => {
    fc.assert(
      fc.property(entropy, (numbers) => {
        const value = drawn(each, numbers)
        expect(message.decode(version, message.encode(version, value))).toEqual(value)
      }),
      runs,
    )
  })

  test('is refused when it was cut anywhere, or when something follows', () => {
    fc.assert(
      fc.property(entropy, fc.nat(), (numbers, cut) => {
        const bytes = message.encode(version, drawn(each, numbers))
        const length = bytes.length === 0 ? 0 : cut % bytes.length
        if (length < bytes.length) {
          expect(() => message.decode(version, bytes.subarray(0, length))).toThrow(MalformedMessage)
        }
        const longer = Uint8Array.from([...bytes, 0])
        expect(() => message.decode(version, longer)).toThrow(MalformedMessage)
      }),
      runs,
    )
  })

  test('any bytes are read or refused, and nothing beyond them is looked at', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const framed = new Uint8Array(100 + bytes.length).fill(1)
        framed.set(bytes, 50)
        const read = (of: Uint8Array): unknown => {
          try {
            return message.decode(version, of)
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedMessage)
            return (error as MalformedMessage).message
          }
        }
        expect(read(framed.subarray(50, 50 + bytes.length))).toEqual(read(bytes))
      }),
      runs,
    )
  })
})
