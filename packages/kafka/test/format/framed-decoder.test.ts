import { SluiceError } from '@sluice/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { avro } from '../../src/format/avro/avro.ts'
import type { RecordDecoder } from '../../src/format/kafka-format.ts'
import { OpenFormats } from '../../src/format/open-formats.ts'
import { schemaRegistry } from '../../src/format/registry/schema-registry.ts'
import { formatContext } from './registry/opened-formats.ts'
import { registerByHand } from './registry/registry-cases.ts'
import { TestRegistry } from './registry/test-registry.ts'

let server: TestRegistry
let formats: OpenFormats
let decoder: RecordDecoder<unknown>
let nowMs: number

beforeEach(async () => {
  server = await TestRegistry.start()
  nowMs = 0
  const clock = { now: () => nowMs, monotonic: () => nowMs }
  formats = new OpenFormats(formatContext({ clock }))
  decoder = formats.decoder(
    avro<unknown>({ registry: schemaRegistry({ url: server.url, retryFor: '0ms' }) }),
  )
})

afterEach(async () => {
  formats.close()
  await server.stop()
})

function framed(id: number, ...rest: number[]): Uint8Array {
  return Uint8Array.from([0, 0, 0, 0, id, ...rest])
}

function reasonOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    expect((error as SluiceError).code).toBe('RECORD_MALFORMED')
    return (error as SluiceError).message
  }
  throw new Error('nothing was thrown')
}

describe('a record that names its schema', () => {
  it('waits for it once, and never again', async () => {
    await registerByHand(server.url, 'a', '"long"')
    const waiting = decoder.prepare?.(framed(1, 4))
    expect(waiting).toBeInstanceOf(Promise)
    // Another partition wants the same one meanwhile.
    expect(decoder.prepare?.(framed(1, 6))).toBe(waiting)
    await waiting
    expect(decoder.prepare?.(framed(1, 4))).toBeUndefined()
    expect(decoder.decode(framed(1, 4))).toBe(2)
    expect(decoder.prepare?.(framed(1, 6))).toBeUndefined()
    expect(server.asked.filter((asked) => asked.startsWith('GET'))).toEqual(['GET /schemas/ids/1'])
  })

  it('is read with its own schema, whatever the one before was', async () => {
    await registerByHand(server.url, 'a', '"long"')
    await registerByHand(server.url, 'b', '"string"')
    const records = [framed(1, 4), framed(2, 2, 97), framed(1, 6), framed(2, 0)]
    const values: unknown[] = []
    for (const record of records) {
      await decoder.prepare?.(record)
      values.push(decoder.decode(record))
    }
    expect(values).toEqual([2, 'a', 3, ''])
  })

  it('is malformed without the frame, and never waits then', () => {
    const cases: [Uint8Array, string][] = [
      [new Uint8Array(0), 'too short for the id of a schema'],
      [new Uint8Array(4), 'too short for the id of a schema'],
      [Buffer.from('{"id":1}'), 'begins with 0x7b and not with 0'],
    ]
    for (const [record, reason] of cases) {
      expect(decoder.prepare?.(record)).toBeUndefined()
      expect(reasonOf(() => decoder.decode(record))).toContain(reason)
    }
    expect(decoder.prepare?.(null)).toBeUndefined()
    expect(reasonOf(() => decoder.decode(null))).toContain('its value is a tombstone')
  })

  it('is malformed with the id where its bytes do not fit its schema', async () => {
    await registerByHand(server.url, 'a', '"string"')
    await decoder.prepare?.(framed(1))
    expect(reasonOf(() => decoder.decode(framed(1)))).toBe(
      'The record ends in the middle of a value. It was written with schema 1.',
    )
    expect(reasonOf(() => decoder.decode(framed(1, 2, 97, 0)))).toContain('1 bytes are left')
  })

  it('is malformed while the registry has no such schema, and asked for again', async () => {
    await decoder.prepare?.(framed(1, 4))
    expect(reasonOf(() => decoder.decode(framed(1, 4)))).toContain(
      'schema 1: the registry does not have it',
    )
    await registerByHand(server.url, 'a', '"long"')
    expect(decoder.prepare?.(framed(1, 4))).toBeUndefined()
    nowMs = 10_000
    await decoder.prepare?.(framed(1, 4))
    expect(decoder.decode(framed(1, 4))).toBe(2)
  })

  it('is malformed where its schema cannot be that of the program, and says why', async () => {
    await registerByHand(server.url, 'a', '"string"')
    const url = server.url
    const strict = formats.decoder(avro({ registry: schemaRegistry({ url }), schema: 'long' }))
    await strict.prepare?.(framed(1, 0))
    expect(reasonOf(() => strict.decode(framed(1, 0)))).toBe(
      'A record was written with schema 1: string cannot be read as long',
    )
    expect(strict.prepare?.(framed(1, 0))).toBeUndefined()
  })

  it('is not judged while the registry cannot be asked', async () => {
    server.faults.push((_, response) => void response.writeHead(500).end())
    await expect(decoder.prepare?.(framed(1, 4))).rejects.toThrow('does not answer')
    await registerByHand(server.url, 'a', '"long"')
    await decoder.prepare?.(framed(1, 4))
    expect(decoder.decode(framed(1, 4))).toBe(2)
  })
})
