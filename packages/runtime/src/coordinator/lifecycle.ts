// The life of one run of a job as a transition table; the coordinator is in exactly one state.
//
//   starting ──► recovering ──► running ──► finishing ──► finished
//                 ▲      │        │  └────► stopping ───► stopped
//                 │      ▼        ▼             │
//               restarting ◄──────┴─────────────┘     from everywhere: failed, fenced, cancelled
//
// `starting` ends as `finished-before` where the log says that nothing is left to do.

import { assert } from '@sluice/core/internal'

const endings = ['failed', 'fenced', 'cancelled'] as const

/** From each state, the states that may follow. Those without a successor are final. */
const jobTransitions = {
  /** The job is built, storage is opened, the log is read. */
  starting: ['recovering', 'finished-before', 'stopped', ...endings],
  /** Fence, commit what is owed, sweep, restore, start workers. */
  recovering: ['running', 'restarting', 'finished', 'finished-before', 'stopped', ...endings],
  running: ['finishing', 'stopping', 'restarting', ...endings],
  /** All input is processed; the last checkpoint and its commits are under way. */
  finishing: ['finished', 'restarting', 'stopped', ...endings],
  /** A checkpoint marked `stop` and its commits are under way. */
  stopping: ['stopped', 'finished', 'restarting', ...endings],
  /** The tasks were ended; the delay of the restart strategy passes. */
  restarting: ['recovering', 'stopped', ...endings],
  finished: [],
  'finished-before': [],
  stopped: [],
  failed: [],
  fenced: [],
  cancelled: [],
} as const satisfies Record<string, readonly string[]>

/** Where a run is; `jobTransitions` says what may follow. */
export type JobState = keyof typeof jobTransitions

/** How a run can end. */
export type JobOutcome = Extract<
  JobState,
  'finished' | 'finished-before' | 'stopped' | 'failed' | 'fenced' | 'cancelled'
>

/** Holds the state; refuses what the table does not allow. */
export class Lifecycle {
  #state: JobState = 'starting'
  readonly #entered: (state: JobState) => void

  constructor(entered: (state: JobState) => void) {
    this.#entered = entered
  }

  get state(): JobState {
    return this.#state
  }

  /** Moves on; being asked for the present state again changes nothing. */
  enter(next: JobState): void {
    if (next === this.#state) return
    const allowed: readonly JobState[] = jobTransitions[this.#state]
    assert(allowed.includes(next), `a job goes from ${this.#state} to ${next}`)
    this.#state = next
    this.#entered(next)
  }
}
