// Tells a consumer group how far complete checkpoints have come, for the tools that show lag.
// Nothing is ever decided by these offsets, so failing to tell them is said once and no more.

import type { SubtaskContext } from '@sluice/core/connector'
import type { KafkaSplit } from './partition/kafka-split.ts'

/** Sends offsets to the coordinator of the group. */
export interface GroupClient {
  commit(splits: readonly KafkaSplit[]): Promise<void>
  close(): void
}

export class GroupOffsets {
  readonly #context: SubtaskContext
  readonly #group: string
  readonly #client: GroupClient
  #telling = false
  /** The newest that was not told; older ones are of no interest any more. */
  #next: readonly KafkaSplit[] | undefined
  #warned = false
  #closed = false

  constructor(context: SubtaskContext, group: string, client: GroupClient) {
    this.#context = context
    this.#group = group
    this.#client = client
  }

  /** The checkpoint with these positions is complete. */
  commit(splits: readonly KafkaSplit[]): void {
    if (splits.length === 0 || this.#closed) return
    this.#next = splits
    if (!this.#telling) void this.#tell()
  }

  close(): void {
    this.#closed = true
    this.#client.close()
  }

  async #tell(): Promise<void> {
    this.#telling = true
    for (let splits = this.#taken(); splits !== undefined; splits = this.#taken()) {
      try {
        await this.#client.commit(splits)
        this.#warned = false
      } catch (error) {
        this.#warn(error)
      }
    }
    this.#telling = false
  }

  #taken(): readonly KafkaSplit[] | undefined {
    const splits = this.#closed ? undefined : this.#next
    this.#next = undefined
    return splits
  }

  #warn(error: unknown): void {
    if (this.#warned || this.#closed) return
    this.#warned = true
    const reason = error instanceof Error ? error.message : String(error)
    this.#context.log.warn(
      `Group '${this.#group}' cannot be told how far the job is; tools show a wrong lag: ${reason}`,
      { step: this.#context.step },
    )
  }
}
