// What both ways of committing have in common: what nobody will commit is found and ended by the
// sweeper, which also knows other histories of the job.

import type { CommitterContext, CommittableName } from '@sluice/core/connector'
import type { TransactionSweeper } from './transaction-sweeper.ts'

export class SweepingCommitter {
  protected readonly context: CommitterContext
  protected readonly sweeper: TransactionSweeper

  constructor(context: CommitterContext, sweeper: TransactionSweeper) {
    this.context = context
    this.sweeper = sweeper
  }

  findOrphans(logId: string): Promise<readonly CommittableName[]> {
    return this.sweeper.findOrphans(logId)
  }

  abort(name: CommittableName): Promise<void> {
    return this.sweeper.abort(name)
  }

  findForeignHistory(logId: string): Promise<string | undefined> {
    return this.sweeper.findForeignHistory(logId)
  }

  startOver(logId: string): Promise<void> {
    return this.sweeper.startOver(logId)
  }

  close(): Promise<void> {
    return this.sweeper.close()
  }
}
