// Counts orders by identifiers of 36 characters, each of which comes once, in a batch of its own.

import { counter, defineJob, type Emit } from 'sluice'
import { textParameters } from './parameters.ts'
import { probeSink } from './probe-sink.ts'
import { singleBatches } from './single-batches.ts'

interface Order {
  readonly id: string
  readonly note: string
}

const note = 'to be left with the neighbours, second floor, the bell does not work; '.repeat(3)

function orderAt(index: number): Order {
  return { id: `0f8fad5b-d9cb-469f-a165-${String(index).padStart(12, '0')}`, note: note + index }
}

export default defineJob({
  name: 'string-keys',
  params: textParameters,
  checkpoint: { every: '1s' },
  parallelism: 2,

  graph(job, { KEYS = '1000000' }) {
    job
      .from('orders', singleBatches(Number(KEYS), orderAt))
      .keyBy((order) => order.id)
      .process('count', {
        state: { orders: counter() },
        onRecord(_order, { state }, emit: Emit<number>) {
          state.orders.set(state.orders.get() + 1)
          emit(state.orders.get())
        },
      })
      .to('counts', probeSink())
  },
})
