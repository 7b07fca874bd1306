// What the Kafka source and sink infer, and what they refuse. Checked by the compiler; never run.

import {
  avro,
  type KafkaDeadLetter,
  kafkaDeadLetterSink,
  kafkaSink,
  kafkaSource,
  type KafkaSplit,
  nullable,
} from '@sluice/kafka'
import { bytes, count, type DeadLetter, json, type Stream, sum, text, tumbling } from 'sluice'
import type { Source } from 'sluice/connector'
import { z } from 'zod'
import { holds, job, type Order, type Same } from './orders.ts'

const brokers = 'localhost:9092'
const OrderSchema = z.object({
  id: z.string(),
  shop: z.string(),
  cents: z.number(),
  at: z.number(),
})

/** The type of the records of a stream. */
type RecordOf<S> = S extends Stream<infer T> ? T : never

// A source has the type of its format, or of what `select` makes.
const orders = job.from(
  'orders',
  kafkaSource({ brokers, topic: 'orders', value: json(OrderSchema) }),
  { eventTime: (order) => order.at },
)
holds<Same<RecordOf<typeof orders>, z.output<typeof OrderSchema>>>()
const lines = job.from('lines', kafkaSource({ brokers, topic: /^log-/, value: text() }))
holds<Same<RecordOf<typeof lines>, string>>()
const changes = job.from(
  'changes',
  kafkaSource({
    brokers,
    topic: ['a', 'b'],
    key: text(),
    value: nullable(json(OrderSchema)),
    select: (order, { key, offset, headers }) => {
      holds<Same<typeof key, string>>()
      return { id: key, gone: order === null, offset, headers: headers.length }
    },
  }),
)
holds<Same<RecordOf<typeof changes>['gone'], boolean>>()
holds<Same<RecordOf<typeof changes>['id'], string>>()
const keyed = kafkaSource({
  brokers,
  topic: 'keyed',
  value: text(),
  // Without a format a key is its bytes.
  select: (line, { key }) => ({ line, bytes: key?.length ?? 0 }),
})
type Keyed = { line: string; bytes: number }
holds<Same<typeof keyed, Source<Keyed, KafkaSplit, KafkaDeadLetter>>>()
const resolved = job.from(
  'resolved',
  kafkaSource({
    brokers,
    topic: 'resolved',
    value: avro({ type: 'record', name: 'Click', fields: [{ name: 'page', type: 'string' }] }),
  }),
)
holds<Same<RecordOf<typeof resolved>['page'], string>>()

// A sink takes the type of its place: `row` and what `json()` writes are never unknown.
orders
  .keyBy((order) => order.shop)
  .window(tumbling('1m'))
  .aggregate('revenue', { orders: count(), cents: sum((order) => order.cents) })
  .map(({ key, window, value }) => ({ shop: key, minute: window.start, ...value }))
  .to(
    'revenue',
    kafkaSink({
      brokers,
      topic: (row) => `revenue-${row.shop}`,
      key: (row) => {
        holds<Same<typeof row.minute, number>>()
        holds<Same<typeof row.orders, number>>()
        return row.shop
      },
      value: json(),
    }),
  )
orders.to(
  'tombstones',
  kafkaSink({
    brokers,
    topic: 'tombstones',
    value: nullable(json<Order>()),
    select: (order) => (order.cents > 0 ? order : null),
  }),
)
// What `select` makes is what the format writes, and both know the record of their place.
orders.to(
  'prices',
  kafkaSink({
    brokers,
    topic: (order) => order.shop,
    key: (order) => order.id,
    value: json(),
    select: ({ cents, at }) => {
      holds<Same<typeof cents, number>>()
      return { cents, at }
    },
  }),
)

// Dead letters of Kafka say more than others, and its sink for them takes both.
const dead = orders.deadLetters.filter((letter) => letter.topic === 'orders')
holds<Same<RecordOf<typeof dead>, KafkaDeadLetter>>()
const poison = kafkaDeadLetterSink({ brokers, topic: ({ source }) => `${source}.dead` })
orders.deadLetters.to('poison', poison)
declare const others: Stream<DeadLetter>
others.to('others', poison)

// @ts-expect-error A broker has to be named.
kafkaSource({ topic: 'orders', value: json(OrderSchema) })
// @ts-expect-error A value has a format.
kafkaSource({ brokers, topic: 'orders' })
// @ts-expect-error There is no such start.
kafkaSource({ brokers, topic: 'orders', value: json(OrderSchema), startFrom: 'newest' })
// @ts-expect-error A misspelt option.
kafkaSource({ brokers, topics: 'orders', value: json(OrderSchema) })
// @ts-expect-error SASL has a mechanism.
kafkaSource({ brokers, topic: 'o', value: text(), sasl: { username: 'a', password: 'b' } })
const byPrice = { eventTime: (order: z.output<typeof OrderSchema>) => order.at }
// @ts-expect-error An event time is asked of what the format says.
job.from('lengths', kafkaSource({ brokers, topic: 'lines', value: text() }), byPrice)
// @ts-expect-error A format of another type than the stream.
orders.to('numbers', kafkaSink({ brokers, topic: 'numbers', value: json<number>() }))
// @ts-expect-error Bytes are no orders.
orders.to('raw', kafkaSink({ brokers, topic: 'raw', value: bytes() }))
// @ts-expect-error A field that orders do not have.
orders.to('keyed', kafkaSink({ brokers, topic: 'k', key: (order) => order.price, value: json() }))
// @ts-expect-error Orders are no dead letters.
orders.to('alive', kafkaDeadLetterSink({ brokers, topic: 'orders.dead' }))
// @ts-expect-error What `select` makes does not fit the format.
orders.to('n', kafkaSink({ brokers, topic: 'n', value: json<number>(), select: (o) => o.shop }))
// @ts-expect-error There is no such way to commit.
orders.to('once', kafkaSink({ brokers, topic: 'k', value: json(), commit: 'two-phase' }))
// @ts-expect-error A duration has a unit.
orders.to('slow', kafkaSink({ brokers, topic: 'k', value: json(), transactionTimeout: 60_000 }))
