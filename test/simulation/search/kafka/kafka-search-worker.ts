// Runs one search of the Kafka sink in a thread of its own, for the reason that the other one has
// its thread: there the sources run as they are.

import { parentPort, workerData } from 'node:worker_threads'
import { explore } from '../space/explore.ts'
import { KafkaModel } from './model/kafka-model.ts'
import { kafkaRulesWithout } from './kafka-rules.ts'
import type { KafkaRuleName } from './kafka-rules.ts'
import { kafkaSearchWithout, reducedKafkaSearches } from './kafka-searches.ts'
import { kafkaSpace } from './kafka-space.ts'

/** What a thread is asked for: a reduced search by its index, or the counterexample of a rule. */
export type KafkaSearchRequest =
  | { readonly kind: 'search'; readonly index: number }
  | { readonly kind: 'without'; readonly rule: KafkaRuleName }

const MAX_STATES = 5_000_000

function run(request: KafkaSearchRequest) {
  if (request.kind === 'without') {
    const { mode, bounds } = kafkaSearchWithout(request.rule)
    const model = new KafkaModel(mode, bounds, kafkaRulesWithout(request.rule))
    return explore(kafkaSpace(model), { maxStates: MAX_STATES, symmetry: false })
  }
  const search = reducedKafkaSearches[request.index]
  if (search === undefined) throw new RangeError(`There is no search ${request.index}.`)
  const model = new KafkaModel(search.mode, search.bounds, kafkaRulesWithout())
  return explore(kafkaSpace(model), { maxStates: MAX_STATES, symmetry: true, ends: true })
}

parentPort?.postMessage(run(workerData as KafkaSearchRequest))
