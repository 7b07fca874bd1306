// The figures of one step in one subtask, as they cross threads: running totals since the attempt
// began, and the state of the moment. Rates are the reader's business.

export interface StepMetrics {
  readonly step: string
  readonly subtask: number
  readonly recordsIn: number
  readonly recordsOut: number
  /** Milliseconds in which the task worked, waited for room downstream, or had nothing to do. */
  readonly busyMs: number
  readonly backpressuredMs: number
  readonly idleMs: number
  /** Minus infinity: none yet. Plus infinity: the input has ended. */
  readonly watermark: number
  readonly lateRecords: number
  /** Named figures of connectors and operators. */
  readonly named: Readonly<Record<string, number>>
}
