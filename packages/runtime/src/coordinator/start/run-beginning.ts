// What a run begins from where that is a savepoint: opened once, and brought into the log or
// claimed by the attempts until it is done.

import type { Platform } from '../../platform/platform.ts'
import type { AttemptLife } from '../attempt-life.ts'
import type { RaisedFence } from '../fence-raising.ts'
import type { JobOptions } from '../job-run.ts'
import type { PreparedJob } from '../prepared-job.ts'
import type { ProtectedJob } from './protected-job.ts'
import {
  claimSavepoint,
  importSavepoint,
  openSavepoint,
  type SavepointStart,
} from './savepoint-start.ts'

type StandingFence = Extract<RaisedFence, { kind: 'stands' }>

export class RunBeginning {
  readonly #claims: boolean
  /** Until it stands in the log, or the log turns out to know it. */
  #savepoint: SavepointStart | undefined

  private constructor(savepoint: SavepointStart | undefined, claims: boolean) {
    this.#savepoint = savepoint
    this.#claims = claims
  }

  /** Throws where the savepoint cannot be read. */
  static async open(
    platform: Platform,
    job: PreparedJob,
    options: JobOptions,
  ): Promise<RunBeginning> {
    const savepoint = await openSavepoint(platform, job, options)
    return new RunBeginning(savepoint, options.restoreMode === 'claim')
  }

  /** What the next fence is to begin from. */
  get savepoint(): SavepointStart | undefined {
    return this.#savepoint
  }

  /** True where the savepoint was brought into the log; the next fence restores it. */
  async imported(base: ProtectedJob, raised: StandingFence, life: AttemptLife): Promise<boolean> {
    const start = this.#savepoint
    if (start === undefined) return false
    const claims = this.#claims
    const { savepoint } = start
    if (raised.imports && savepoint !== undefined) {
      await importSavepoint({ base, raised, life, start: { ...start, savepoint }, claims })
    } else {
      if (claims) await claimSavepoint(base, raised, start)
      this.#savepoint = undefined
    }
    return raised.imports
  }
}
