// Servers that the test files of one run share: each is started when the first file asks for it.
// Tests that kill or pause a server start one of their own.

import { startKafka } from '../kafka/kafka.ts'
import type { RunningService } from '../service.ts'

export const sharedServices = {
  kafka: () => startKafka(),
  /** A broker whose transactions are those of Kafka before 4.0. */
  'kafka with transaction version 1': () => startKafka({ transactionVersion: 1 }),
} satisfies Readonly<Record<string, () => Promise<RunningService>>>

export type SharedServiceName = keyof typeof sharedServices
