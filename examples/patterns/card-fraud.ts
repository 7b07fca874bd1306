// Flags a card when a large charge follows a tiny one within a minute: whoever has stolen a card
// tries it first. Keyed state remembers the tiny charge, and a timer forgets it.

import { consoleSink, counter, defineJob, type Emit, generatorSource, value } from 'sluice'

interface Charge {
  readonly card: string
  readonly cents: number
  readonly at: number
}

interface Alert extends Charge {
  readonly nth: number
}

const start = Date.UTC(2026, 0, 1)

/** Charges of five hundred cards, ten a second; hardly any is tiny. */
const charges = generatorSource({
  count: 50_000,
  generate: (index, random): Charge => ({
    card: `card-${random.integer(500)}`,
    cents: random.integer(50) === 0 ? 99 : random.integer(600_00),
    at: start + index * 100 - random.integer(2000),
  }),
})

export default defineJob({
  name: 'card-fraud',
  graph(job) {
    job
      .from('charges', charges, { eventTime: (charge) => charge.at, maxOutOfOrderness: '2s' })
      .keyBy((charge) => charge.card)
      .process('small-then-large', {
        state: { probe: value<Charge>(), alerts: counter() },

        onRecord(charge, { state, timers }, emit: Emit<Alert>) {
          const probe = state.probe.get()
          const afterMs = probe === undefined ? -1 : charge.at - probe.at
          if (charge.cents > 500_00 && afterMs >= 0 && afterMs <= 60_000) {
            const nth = state.alerts.get() + 1
            state.alerts.set(nth)
            emit({ ...charge, nth })
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
      .to('alerts', consoleSink())
  },
})
