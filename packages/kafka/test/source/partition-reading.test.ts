import type { OnMalformed, SubtaskContext } from '@sluice/core/connector'
import { SluiceError } from '@sluice/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { KafkaFormat } from '../../src/format/kafka-format.ts'
import type { KafkaDeadLetter } from '../../src/source/partition/kafka-dead-letter.ts'
import { MalformedMessages } from '../../src/source/partition/malformed-messages.ts'
import { MessageDecoder } from '../../src/source/partition/message-decoder.ts'
import { PartitionReading } from '../../src/source/partition/partition-reading.ts'
import { ScriptedLog } from './scripted-log.ts'

/** Texts; one that begins with `bad` cannot be decoded. */
const texts: KafkaFormat<string> = {
  name: 'text',
  decode(bytes) {
    const text = Buffer.from(bytes).toString()
    if (text.startsWith('bad')) throw new SluiceError('RECORD_MALFORMED', `'${text}' is bad.`)
    return text
  },
  encode: (value) => Buffer.from(value),
}

interface Setup {
  readonly committedOnly?: boolean
  readonly fetchBytes?: number
  readonly onMalformed?: OnMalformed
  readonly offset?: number
  readonly stopAt?: number
  readonly value?: KafkaFormat<unknown>
}

class Reading {
  readonly reading: PartitionReading<unknown>
  readonly seen: unknown[] = []
  readonly letters: KafkaDeadLetter[] = []
  malformed = 0
  wakes = 0
  readonly #log: ScriptedLog
  readonly #committedOnly: boolean

  constructor(log: ScriptedLog, setup: Setup = {}) {
    const { committedOnly = true, fetchBytes = 1 << 20, onMalformed = 'fail', offset = 0 } = setup
    this.#log = log
    this.#committedOnly = committedOnly
    const decoding = { value: setup.value ?? texts, key: undefined, select: undefined }
    const context = {
      job: 'shop',
      step: 'orders',
      metrics: { counter: () => ({ add: () => this.malformed++ }) },
    } as unknown as SubtaskContext
    this.reading = new PartitionReading(
      {
        id: 'topic-id/3',
        topic: 'orders',
        topicId: 'topic-id',
        partition: 3,
        offset,
        leaderEpoch: -1,
        ...(setup.stopAt === undefined ? {} : { stopAt: setup.stopAt }),
      },
      {
        decoder: new MessageDecoder(decoding, {} as never),
        malformed: new MalformedMessages(context, onMalformed),
        committedOnly,
        fetchBytes,
        decompressedBytes: 1 << 20,
        wake: () => this.wakes++,
      },
    )
  }

  /** One fetch; false where there was nothing to ask for. */
  fetch(): boolean {
    const { reading } = this
    if (!reading.wantsFetch) return false
    const before = reading.fetchOffset
    const bytes = reading.fetchBytes
    reading.arrived(this.#log.fetch(reading.fetchOffset, bytes, this.#committedOnly))
    return reading.fetchOffset !== before || reading.fetchBytes !== bytes
  }

  /** Hands over as much as a batch of this capacity takes. */
  fill(capacity = 1000): void {
    const batch = {
      values: [] as unknown[],
      timestamps: new Float64Array(capacity),
      capacity,
      length: 0,
      split: '',
      splitFinished: false,
      reject: (letter: KafkaDeadLetter) => this.letters.push(letter),
    }
    this.reading.fill(batch)
    this.seen.push(...batch.values.slice(0, batch.length))
  }

  /** Until nothing comes any more. */
  drain(capacity = 1000): this {
    for (let idle = 0; idle < 2; idle++) {
      if (this.fetch()) idle = 0
      while (this.reading.hasInput && !this.reading.finished) this.fill(capacity)
    }
    return this
  }
}

describe('reading a partition', () => {
  test('hands over all records in order, and stands behind the last one', () => {
    const log = new ScriptedLog().append(['a', 'b']).append(['c'])
    const all = new Reading(log).drain()
    expect(all.seen).toEqual(['a', 'b', 'c'])
    expect(all.reading.snapshot()).toMatchObject({ offset: 3, leaderEpoch: 0 })
    expect(all.reading.caughtUp).toBe(true)
  })

  test('stands behind records that are not shown with the leader epoch of those', () => {
    const log = new ScriptedLog().append(['a'])
    log.leaderEpoch = 4
    log.append(['b'], 7).end(7, 'abort')
    const all = new Reading(log).drain()
    expect(all.seen).toEqual(['a'])
    // With the epoch of `a` the log would seem to end below the position.
    expect(all.reading.snapshot()).toMatchObject({ offset: 3, leaderEpoch: 4 })
  })

  test('stands exactly behind what was handed over, in the middle of a batch', () => {
    const log = new ScriptedLog().append(['a', 'b', 'c', 'd'])
    const part = new Reading(log)
    part.fetch()
    part.fill(2)
    expect(part.reading.snapshot().offset).toBe(2)
    expect(part.reading.caughtUp).toBe(false)
    const rest = new Reading(log, { offset: part.reading.snapshot().offset }).drain()
    expect(rest.seen).toEqual(['c', 'd'])
  })

  test('ends before the offset where it stops, also within a batch', () => {
    const log = new ScriptedLog().append(['a', 'b', 'c', 'd'])
    const part = new Reading(log, { stopAt: 3 }).drain()
    expect(part.seen).toEqual(['a', 'b', 'c'])
    expect(part.reading.finished).toBe(true)
    expect(part.reading.snapshot().offset).toBe(3)
  })

  test('ends where what it stops at is a marker or an aborted record', () => {
    const log = new ScriptedLog().append(['a'], 7).end(7, 'commit').append(['b'], 8)
    log.end(8, 'abort')
    const whole = new Reading(log, { stopAt: log.highWatermark }).drain()
    expect(whole.seen).toEqual(['a'])
    expect(whole.reading.finished).toBe(true)
    expect(whole.reading.snapshot().offset).toBe(4)
  })

  test('passes over aborted records, and stands behind them', () => {
    const log = new ScriptedLog().append(['a'], 7).append(['x'], 8).end(8, 'abort')
    log.end(7, 'commit')
    const all = new Reading(log).drain()
    expect(all.seen).toEqual(['a'])
    expect(all.reading.snapshot().offset).toBe(4)
    expect(new Reading(log, { committedOnly: false }).drain().seen).toEqual(['a', 'x'])
  })

  test('is not at the end while records of an open transaction lie behind it', () => {
    const log = new ScriptedLog().append(['a']).append(['later'], 7)
    const all = new Reading(log).drain()
    expect(all.seen).toEqual(['a'])
    expect(all.reading.caughtUp).toBe(false)
    log.end(7, 'commit')
    expect(all.drain().seen).toEqual(['a', 'later'])
    expect(all.reading.caughtUp).toBe(true)
  })

  test('asks for more where a batch is larger than a fetch', () => {
    const log = new ScriptedLog().append(['x'.repeat(5000)]).append(['y'])
    const small = new Reading(log, { fetchBytes: 100 })
    const answer = log.fetch(0, 100, true)
    small.reading.arrived({ ...answer, bytes: answer.bytes.subarray(0, 100) })
    expect(small.reading.fetchBytes).toBeGreaterThan(5000)
    expect(small.drain().seen).toEqual(['x'.repeat(5000), 'y'])
    expect(small.reading.fetchBytes).toBe(100)
  })

  test('leaves what a broker sends beyond the last stable offset, and reads it later', () => {
    const log = new ScriptedLog().append(['a']).append(['open'], 7).append(['b'])
    const reading = new Reading(log)
    const whole = log.fetch(0, 1 << 20, false)
    reading.reading.arrived({ ...whole, lastStableOffset: 1 })
    reading.fill()
    expect(reading.seen).toEqual(['a'])
    expect(reading.reading.fetchOffset).toBe(1)
    log.end(7, 'commit')
    expect(reading.drain().seen).toEqual(['a', 'open', 'b'])
  })

  test('fetches no more than may wait', () => {
    const log = new ScriptedLog()
    for (let index = 0; index < 100; index++) log.append([`${index}`.padEnd(1000)])
    const full = new Reading(log, { fetchBytes: 2000 })
    let fetches = 0
    while (full.fetch()) fetches++
    expect(fetches).toBeLessThan(4)
    expect(full.drain(10).seen).toHaveLength(100)
  })
})

describe('a record that cannot be decoded', () => {
  const log = new ScriptedLog().append(['a', 'bad one', 'b'])

  test('ends the job, and says where it stands', () => {
    expect(() => new Reading(log).drain()).toThrow("Partition orders-3, offset 1: 'bad one' is bad")
  })

  test('is passed over', () => {
    const reading = new Reading(log, { onMalformed: 'skip' }).drain()
    expect(reading.seen).toEqual(['a', 'b'])
    expect(reading.malformed).toBe(1)
    expect(reading.reading.snapshot().offset).toBe(3)
  })

  test('goes to the dead letters as it was', () => {
    const headers = [
      { key: 'trace', value: Buffer.from('1') },
      { key: 'trace', value: undefined },
    ]
    const withHeaders = new ScriptedLog().append(['a']).append(['bad one'], -1, headers)
    const reading = new Reading(withHeaders, { onMalformed: 'dead-letter' }).drain(1)
    expect(reading.seen).toEqual(['a'])
    expect(reading.letters).toEqual([
      {
        job: 'shop',
        source: 'orders',
        split: 'orders-3',
        position: 'offset 1',
        code: 'RECORD_MALFORMED',
        reason: "'bad one' is bad.",
        raw: new Uint8Array(Buffer.from('bad one')),
        isTombstone: false,
        key: new Uint8Array(Buffer.from('key of bad one')),
        headers: [
          { key: 'trace', value: new Uint8Array(Buffer.from('1')) },
          { key: 'trace', value: undefined },
        ],
        timestamp: 1_001,
        topic: 'orders',
        partition: 3,
        offset: 1,
      },
    ])
  })

  test('is one of as many as a batch has room for, also where none can be decoded', () => {
    const poisoned = new ScriptedLog().append(Array.from({ length: 10 }, (_, at) => `bad ${at}`))
    const reading = new Reading(poisoned, { onMalformed: 'dead-letter' })
    reading.fetch()
    reading.fill(4)
    expect(reading.letters).toHaveLength(4)
    expect(reading.reading.snapshot().offset).toBe(4)
    expect(reading.reading.hasInput).toBe(true)
    reading.drain(4)
    expect(reading.letters.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  test('is one that names its schema in a header, whatever its bytes begin with', () => {
    const headers = [{ key: '__value_schema_id', value: Buffer.alloc(17, 1) }]
    const named = new ScriptedLog().append(['a']).append(['b'], -1, headers)
    const value = { createDecoder: () => ({ ...texts, isFramed: true }) }
    const framed = { ...value, name: 'framed', createEncoder: () => Promise.reject(new Error()) }
    const reading = new Reading(named, { value: framed as never, onMalformed: 'dead-letter' })
    reading.drain()
    expect(reading.seen).toEqual(['a'])
    expect(reading.letters).toMatchObject([
      { offset: 1, reason: expect.stringContaining('stands in the header __value_schema_id') },
    ])
    // Who wants the bytes has nothing to do with it.
    expect(new Reading(named).drain().seen).toEqual(['a', 'b'])
  })

  test('is not one at which a function of the job throws, and that is said with its place', () => {
    const value: KafkaFormat<unknown> = {
      ...(texts as KafkaFormat<unknown>),
      createDecoder: () => ({
        decode: () => {
          throw new TypeError('cents is undefined')
        },
      }),
    } as KafkaFormat<unknown>
    const reading = new Reading(log, { value, onMalformed: 'skip' })
    expect(() => reading.drain()).toThrow(
      'Partition orders-3, offset 0: decoding it threw TypeError: cents is undefined',
    )
  })
})

test('nothing is handed over behind a record that waits for its schema', async () => {
  let come = (): void => {}
  const schema = new Promise<void>((resolve) => {
    come = resolve
  })
  let asked = 0
  let known = false
  const value: KafkaFormat<unknown> = {
    name: 'waiting',
    createDecoder: () => ({
      prepare(bytes) {
        if (known || Buffer.from(bytes as Uint8Array).toString() !== 'b') return undefined
        asked++
        return schema
      },
      decode: (bytes) => Buffer.from(bytes as Uint8Array).toString(),
    }),
    createEncoder: () => Promise.reject(new Error('nothing is written')),
  }
  const log = new ScriptedLog().append(['a', 'b', 'c'])
  const reading = new Reading(log, { value })
  reading.fetch()
  reading.fill()
  expect(reading.seen).toEqual(['a'])
  expect(reading.reading.hasInput).toBe(false)
  expect(reading.reading.snapshot().offset).toBe(1)
  expect(reading.reading.caughtUp).toBe(false)
  known = true
  come()
  await schema
  await Promise.resolve()
  expect(reading.wakes).toBe(1)
  reading.fill()
  expect(reading.seen).toEqual(['a', 'b', 'c'])
  expect(asked).toBe(1)
})

test('committed records come once, in order, whatever is cut and wherever reading resumes', () => {
  const action = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('append' as const),
        producer: fc.integer({ min: -1, max: 3 }),
        count: fc.integer({ min: 1, max: 4 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('commit' as const, 'abort' as const),
        producer: fc.integer({ min: 0, max: 3 }),
        count: fc.constant(0),
      }),
    },
  )
  fc.assert(
    fc.property(
      fc.array(action, { maxLength: 40 }),
      fc.integer({ min: 1, max: 900 }),
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 20 }),
      (actions, fetchBytes, capacities) => {
        const log = new ScriptedLog()
        const open = new Map<number, { offset: number; text: string }[]>()
        const committed: { offset: number; text: string }[] = []
        let next = 0
        for (const { kind, producer, count } of actions) {
          if (kind === 'append') {
            const batch = Array.from({ length: count }, () => `${next++}`)
            const records = batch.map((text, index) => ({
              offset: log.highWatermark + index,
              text,
            }))
            log.append(batch, producer)
            if (producer < 0) committed.push(...records)
            else open.set(producer, [...(open.get(producer) ?? []), ...records])
          } else if (open.has(producer)) {
            log.end(producer, kind)
            if (kind === 'commit') committed.push(...(open.get(producer) ?? []))
            open.delete(producer)
          }
        }
        const expected = committed
          .filter(({ offset }) => offset < log.lastStableOffset)
          .sort((a, b) => a.offset - b.offset)
          .map(({ text }) => text)
        const seen: unknown[] = []
        let offset = 0
        // Each capacity is a life: it reads so many records, and the next one goes on from there.
        for (const capacity of [...capacities, 10_000]) {
          const life = new Reading(log, { fetchBytes, offset })
          while (life.seen.length < capacity) {
            const more = life.fetch()
            if (life.reading.hasInput) life.fill(capacity - life.seen.length)
            else if (!more) break
          }
          seen.push(...life.seen)
          offset = life.reading.snapshot().offset
        }
        expect(seen).toEqual(expected)
        expect(offset).toBe(Math.max(log.lastStableOffset, 0))
      },
    ),
    { numRuns: 300 },
  )
})
