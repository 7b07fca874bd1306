// What the command line does with a cluster, over one client: plain values in, plain values out.

import { ClusterClient, type ClusterContext } from '../cluster/cluster-client.ts'
import type { ClusterOptions } from '../cluster/cluster-options.ts'
import { clusterOptionsOf, type KafkaConnectionOptions } from '../options/kafka-connection.ts'
import type { EndOperation } from '../transaction/answers.ts'
import {
  type Examination,
  type ExaminationOptions,
  examineCluster,
} from './doctor/examine-cluster.ts'
import { carryOut, type EndPlan, type EndResult, planEnd } from './end-transaction.ts'
import { explainHold, type HoldReport } from './held-readers.ts'
import type { JobCheckpoints } from './job-checkpoints.ts'
import {
  type ListingOptions,
  listOpenTransactions,
  type TransactionListing,
} from './open-transactions.ts'

/** Tools over one cluster, until they are closed. All reject with a `SluiceError`. */
export class KafkaTools {
  readonly #context: ClusterContext
  readonly #options: ClusterOptions
  readonly #client: ClusterClient

  /** Throws SETTING_INVALID for addresses that are none. */
  constructor(context: ClusterContext, options: ClusterOptions) {
    this.#context = context
    this.#options = options
    this.#client = new ClusterClient(context, options)
  }

  /** What a job needs of the cluster: looked at, and nothing changed. */
  examine(wanted: ExaminationOptions): Promise<Examination> {
    return examineCluster(this.#context, this.#options, wanted)
  }

  /** Which transactions are open, oldest first. */
  listTransactions(options: ListingOptions = {}): Promise<TransactionListing> {
    return listOpenTransactions(this.#client, () => this.#context.clock.now(), options)
  }

  /** What holds up the readers of committed records of `orders`, or of `orders-3`. */
  explainHold(target: string, checkpoints: readonly JobCheckpoints[] = []): Promise<HoldReport> {
    return explainHold(this.#client, () => this.#context.clock.now(), target, checkpoints)
  }

  /** What is known of a transaction and may be done with it; changes nothing. */
  planEnd(
    transactionalId: string,
    operation: EndOperation,
    checkpoints: readonly JobCheckpoints[] = [],
  ): Promise<EndPlan> {
    return planEnd(this.#client, transactionalId, operation, checkpoints)
  }

  /** Does what a plan allows; `words` are what the operator said where it needs force. */
  carryOut(plan: EndPlan, words?: string): Promise<EndResult> {
    return carryOut(this.#client, plan, words)
  }

  close(): void {
    this.#client.close()
  }
}

/** Connects when something is asked; `deadlineMs` is the longest that one question is tried. */
export function openKafkaTools(
  context: ClusterContext,
  options: KafkaConnectionOptions,
  deadlineMs: number,
): KafkaTools {
  const times = { deadlineMs, connectTimeoutMs: deadlineMs, requestTimeoutMs: deadlineMs }
  const cluster = { ...clusterOptionsOf('sluice kafka', options), ...times }
  return new KafkaTools(context, cluster)
}
