// Counts orders by shop in a keyed process with a timer; parameters change it as an upgrade would.

import {
  consoleSink,
  counter,
  type CounterState,
  defineJob,
  type Emit,
  generatorSource,
  list,
  type ListState,
  value,
  type ValueState,
} from 'sluice'
import { z } from 'zod'

const shops = ['rome', 'oslo', 'lima', 'cairo']

/** Whatever the counter is called. */
interface States {
  readonly [counter: string]: CounterState | ValueState<number> | ListState<string>
  readonly last: ValueState<number>
  readonly names: ListState<string>
}

export default defineJob({
  name: 'totals',
  params: z.object({
    STEP: z.string().default('total'),
    FORMER: z.string().optional(),
    STATE: z.string().default('orders'),
    LAST: z.enum(['number', 'text']).default('number'),
    COUNT: z.coerce.number().int().optional(),
  }),
  checkpoint: { every: '1s' },
  parallelism: 2,

  graph(job, { STEP, FORMER, STATE, LAST, COUNT }) {
    const orders = generatorSource({
      generate: (index) => ({ shop: shops[index % 4] as string, cents: index, at: index }),
      ratePerSecond: 2_000,
      ...(COUNT === undefined ? {} : { count: COUNT }),
    })
    const schema = (LAST === 'number' ? z.number() : z.string()) as z.ZodNumber
    job
      .from('orders', orders, { eventTime: (order) => order.at })
      .keyBy((order) => order.shop)
      .process(
        STEP,
        {
          state: { [STATE]: counter(), last: value(schema), names: list<string>() },
          onRecord(order, { state, timers }, emit: Emit<string>) {
            const { [STATE]: count, last, names } = state as unknown as States
            const total = (count as CounterState).get() + 1
            ;(count as CounterState).set(total)
            last.set(order.cents)
            if (names.length === 0) names.push(order.shop)
            timers.atEventTime(1e12)
            if (total === 1) emit(`${order.shop} begins`)
          },
          onTimer() {},
        },
        FORMER === undefined ? {} : { renamedFrom: FORMER },
      )
      .to('screen', consoleSink())
  },
})
