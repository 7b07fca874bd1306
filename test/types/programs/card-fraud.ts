// Flags a card when a large charge follows a tiny one within a minute.
// Keyed state and timers; alerts land in MySQL exactly once.

import { type Emit, counter, defineJob, json, value } from 'sluice'
import { kafkaSource } from '@sluice/kafka'
import { mysqlSink } from '@sluice/mysql'
import { z } from 'zod'

const Charge = z.object({ id: z.string(), card: z.string(), cents: z.number(), at: z.number() })

interface Alert {
  card: string
  chargeId: string
  cents: number
  nth: number
}

export default defineJob({
  name: 'card-fraud',
  params: z.object({ KAFKA_BROKERS: z.string(), MYSQL_URL: z.string() }),
  checkpoint: { every: '5s', storage: 's3://checkpoints/card-fraud' },
  parallelism: 4,

  graph(job, { KAFKA_BROKERS: brokers, MYSQL_URL: url }) {
    job
      .from('charges', kafkaSource({ brokers, topic: 'charges', value: json(Charge) }), {
        eventTime: (charge) => charge.at,
        maxOutOfOrderness: '2s',
      })
      .keyBy((charge) => charge.card)
      .process('small-then-large', {
        state: {
          probe: value(Charge, { ttl: '1h' }), // the last tiny charge, if any
          alerts: counter(),
        },

        onRecord(charge, { state, timers }, emit: Emit<Alert>) {
          const probe = state.probe.get()
          const afterMs = probe === undefined ? -1 : charge.at - probe.at
          if (charge.cents > 500_00 && afterMs >= 0 && afterMs <= 60_000) {
            const nth = state.alerts.get() + 1
            state.alerts.set(nth)
            emit({ card: charge.card, chargeId: charge.id, cents: charge.cents, nth })
          }
          if (charge.cents < 1_00 && charge.at >= (probe?.at ?? 0)) {
            state.probe.set(charge)
            timers.atEventTime(charge.at + 60_000)
          }
        },

        // Only frees the state. It may come late: the watermark is behind while the job catches up.
        onTimer(timer, { state }) {
          if (state.probe.get()?.at === timer.at - 60_000) state.probe.clear()
        },
      })
      .to(
        'alerts',
        mysqlSink({ url, table: 'card_alert', key: ['chargeId'], row: (alert) => ({ ...alert }) }),
      )
  },
})
