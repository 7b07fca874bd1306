// How far the search goes: numbers of runs, checkpoints and faults, and how finely steps are cut.

export interface Bounds {
  /** Processes of the job; one of them stays alive. At most 3. */
  readonly runs: number
  /** Records per subtask, 1 to 3. */
  readonly records: number
  /** Highest checkpoint id; at least `records`, at most 3. */
  readonly checkpoints: number
  /** Checkpoints in flight at once. */
  readonly concurrent: number
  /** Restarts of the tasks inside a living process. */
  readonly taskFailures: number
  /** Checkpoints that are declined or time out. */
  readonly failedCheckpoints: number
  /** Whether a request may take effect long after its answer was given up; one at a time. */
  readonly lateRequests: boolean
  /**
   * Messages and the two halves of a collection are steps of their own. Without it an
   * acknowledgement arrives when it is sent, and the coordinator acts on it as late as it likes,
   * which is the same to everybody else.
   */
  readonly fine: boolean
}

export const fullBounds: Bounds = {
  runs: 3,
  records: 3,
  checkpoints: 3,
  concurrent: 2,
  taskFailures: 1,
  failedCheckpoints: 1,
  lateRequests: true,
  fine: false,
}
