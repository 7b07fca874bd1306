// The list of cases that every broker under test passes: what the connector rests on.

import type { BrokerCase } from './broker-under-test.ts'
import { endCases } from './cases/end-cases.ts'
import { producerCases } from './cases/producer-cases.ts'
import { recordCases } from './cases/record-cases.ts'
import { topicCases } from './cases/topic-cases.ts'

export const brokerCases: readonly BrokerCase[] = [
  ...endCases,
  ...producerCases,
  ...recordCases,
  ...topicCases,
]
