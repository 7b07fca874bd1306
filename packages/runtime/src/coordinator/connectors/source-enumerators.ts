// The enumerators of one attempt of the tasks: created with what was restored, snapshotted
// together, asked for splits. Order is the point here: a split that is assigned after the snapshot
// is posted after the trigger, `pending` is raised before and lowered after the splits of the same
// turn. Once closed, late calls of a connector change nothing.

import type { EnumeratorContext, SourceSplit, SplitEnumerator } from '@sluice/core/connector'
import { assert, SluiceError, type SourceCode } from '@sluice/core/internal'
import type { Platform } from '../../platform/platform.ts'
import type { ToWorker } from '../../worker/messages.ts'
import type { MetricRegistry } from '../../metrics/metric-registry.ts'
import { connectorContext } from './connector-context.ts'

/** A source of the plan. */
export interface SourceStep {
  readonly step: string
  readonly parallelism: number
  readonly code: SourceCode
}

export interface EnumeratorEnds {
  /** Posts to the worker that runs this subtask. */
  toSubtask(subtask: number, message: ToWorker): void
  toAll(message: ToWorker): void
  total(step: string, total: number): void
  failed(error: SluiceError): void
}

interface OpenEnumerator {
  readonly enumerator: SplitEnumerator
  readonly pending: PendingSplits
  readonly parallelism: number
}

export class SourceEnumerators {
  readonly #platform: Platform
  readonly #job: string
  readonly #metrics: MetricRegistry
  readonly #ends: EnumeratorEnds
  readonly #open = new Map<string, OpenEnumerator>()
  #closed = false

  constructor(platform: Platform, job: string, metrics: MetricRegistry, ends: EnumeratorEnds) {
    this.#platform = platform
    this.#job = job
    this.#metrics = metrics
    this.#ends = ends
  }

  /** Creates all of them and waits until each has discovered what it starts with. */
  async start(
    sources: readonly SourceStep[],
    restored: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    for (const source of sources) {
      const { step, parallelism } = source
      const pending = new PendingSplits((value) => {
        if (!this.#closed) this.#ends.toAll({ type: 'pending', step, pending: value })
      })
      const enumerator = guarded(step, () =>
        source.code.source.createEnumerator(this.#context(source, pending), restored[step]),
      )
      this.#open.set(step, { enumerator, pending, parallelism })
    }
    const starts = [...this.#open].map(async ([step, { enumerator, pending }]) => {
      try {
        await enumerator.start()
      } catch (error) {
        throw readError(error, step)
      }
      pending.tell()
    })
    await Promise.all(starts)
  }

  request(step: string, subtask: number): void {
    if (this.#closed) return
    const open = this.#open.get(step)
    assert(open !== undefined, `splits are requested of a source of the plan, not of '${step}'`)
    assert(subtask >= 0 && subtask < open.parallelism, `subtask ${subtask} of '${step}' exists`)
    guarded(step, () => open.enumerator.request(subtask))
  }

  /** Synchronous: the caller posts the triggers in the same turn. */
  snapshot(): Record<string, unknown> {
    const states: Record<string, unknown> = {}
    for (const [step, { enumerator }] of this.#open) {
      states[step] = guarded(step, () => enumerator.snapshot())
    }
    return states
  }

  /** Errors of closing are told to the log alone: nothing depends on an enumerator any more. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await Promise.all(
      [...this.#open].map(async ([step, { enumerator }]) => {
        try {
          await enumerator.close()
        } catch (error) {
          this.#platform.log.warn(`The enumerator of '${step}' did not close well.`, {
            error: String(error),
          })
        }
      }),
    )
  }

  #context(source: SourceStep, pending: PendingSplits): EnumeratorContext<SourceSplit> {
    const { step, parallelism } = source
    const checked = (subtask: number): void => {
      assert(
        Number.isInteger(subtask) && subtask >= 0 && subtask < parallelism,
        `source '${step}' assigns to one of its ${parallelism} subtasks, not to ${subtask}`,
      )
    }
    return {
      ...connectorContext(this.#platform, this.#job, step, this.#metrics.of(step, 0)),
      parallelism,
      assign: (subtask, splits) => {
        if (this.#closed || splits.length === 0) return
        checked(subtask)
        this.#ends.toSubtask(subtask, { type: 'assign', step, subtask, splits })
      },
      noMoreSplits: (subtask) => {
        if (this.#closed) return
        checked(subtask)
        this.#ends.toSubtask(subtask, { type: 'no-more-splits', step, subtask })
      },
      setPending: (value) => pending.set(value),
      setTotal: (total) => {
        if (!this.#closed) this.#ends.total(step, total)
      },
      fail: (error) => {
        if (!this.#closed) this.#ends.failed(readError(error, step))
      },
    }
  }
}

/**
 * Tells `pending` so that it never lets go too early: raised at once, lowered after the calls of
 * the same turn, behind the last split that these assign.
 */
class PendingSplits {
  readonly #tell: (pending: boolean) => void
  /** Readers hold their watermarks back until they are told. */
  #told: boolean | undefined
  #wanted = false

  constructor(tell: (pending: boolean) => void) {
    this.#tell = tell
  }

  set(pending: boolean): void {
    this.#wanted = pending
    if (pending) this.tell()
    else queueMicrotask(() => this.tell())
  }

  /** What holds now, unless that was said last. */
  tell(): void {
    if (this.#wanted === this.#told) return
    this.#told = this.#wanted
    this.#tell(this.#told)
  }
}

function guarded<Result>(step: string, call: () => Result): Result {
  try {
    return call()
  } catch (error) {
    throw readError(error, step)
  }
}

function readError(error: unknown, step: string): SluiceError {
  return SluiceError.from(error, 'SOURCE_UNREADABLE', `Source '${step}' failed`, { step })
}
