// What sending batches asks of the cluster.

import type { RequestInput, ResponseOf } from '../../wire/codec/define-api.ts'
import type { produce } from '../../wire/message/produce.ts'

export interface ProduceTransport {
  /** As far as it is known; undefined where nobody leads it, or that is not known yet. */
  leaderOf(topic: string, partition: number): number | undefined
  /** Asks who leads what; rejects where nobody answers. */
  refreshLeaders(): Promise<void>
  /** Requests to one broker go out in the order of the calls. */
  produce(node: number, request: RequestInput<typeof produce>): Promise<ResponseOf<typeof produce>>
}
