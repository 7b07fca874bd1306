// What the outside sees of one run of a job: options in, a handle with status, events and the
// result out. Plain data only, so that the command line, the simulator and pages read the same
// things.

import type {
  CheckpointSettings,
  RestartSettings,
  SluiceError,
  StateSettings,
} from '@sluice/core/internal'
import type { SavepointProgress } from '../checkpoint/savepoint/savepoint-writer.ts'
import type { StepTotals } from '../metrics/step-metrics-table.ts'
import type { JobOrigin } from '../worker/messages.ts'
import type { JobOutcome, JobState } from './lifecycle.ts'

/** Settings of the command line; each wins over what the job's module says. */
export interface SettingsOverride {
  readonly checkpoint?: Partial<CheckpointSettings> | 'off'
  readonly restart?: RestartSettings
  readonly parallelism?: number
  readonly memoryPerWorkerBytes?: number
  readonly state?: Partial<StateSettings>
}

/**
 * Where a run starts from: the newest checkpoint, empty state, a checkpoint by its id, or a
 * savepoint, by its name or by the path of its folder (with a slash in it).
 */
export type StartFrom = 'latest' | 'none' | number | { readonly savepoint: string }

/**
 * What becomes of the files of a savepoint from which a run starts: `copy` leaves it as it is;
 * `claim` takes its files over and removes it.
 */
export type RestoreMode = 'copy' | 'claim'

/** A savepoint that is wanted. */
export interface SavepointRequest {
  /** `savepoint-<checkpoint>` unless given. */
  readonly name?: string
  /** The folder that it becomes; `savepoints/<name>` beside the checkpoints unless given. */
  readonly folder?: string
}

/** A savepoint that stands. */
export interface SavepointSummary {
  readonly name: string
  readonly folder: string
  /** The checkpoint of which it was made. */
  readonly checkpoint: number
  readonly segments: number
  readonly sizeBytes: number
  readonly durationMs: number
}

/** How a run is to be stopped. */
export interface StopOptions {
  /** Makes the last checkpoint a savepoint as well. */
  readonly savepoint?: SavepointRequest
  /** The sources end here: windows fire to the end, and event time goes to its end. */
  readonly drain?: boolean
}

/** How a run was stopped. */
export interface StopSummary {
  readonly checkpoint: CheckpointSummary | undefined
  readonly savepoint: SavepointSummary | undefined
}

/** The points of the protocol at which a test or the demonstration may strike. */
export type Phase =
  | 'recovering'
  | 'reading'
  | 'triggered'
  | 'aligning'
  | 'acknowledged'
  | 'before-manifest'
  | 'after-manifest'
  | 'before-commit'
  | 'in-commit'
  | 'after-commit'
  | 'noted'

/** Whose phase it is. */
export interface PhaseDetail {
  readonly generation: number
  /** Absent before the first checkpoint. */
  readonly checkpoint?: number
}

/** What to run, and how. */
export interface JobOptions {
  readonly origin: JobOrigin
  /** As the user gave them; coordinator and workers validate them, each for itself. */
  readonly parameters?: Readonly<Record<string, string>>
  readonly settings?: SettingsOverride
  /** `latest` unless said. */
  readonly from?: StartFrom
  /** Of a savepoint from which it starts; `copy` unless said. */
  readonly restoreMode?: RestoreMode
  /** Agrees that output after an older checkpoint is repeated. */
  readonly acceptDuplicates?: boolean
  /** Agrees to lose what the checkpoint holds and the job has no place for. */
  readonly allowDroppedState?: boolean
  /** Adopts places that hold results of another history of this job. */
  readonly startOver?: boolean
  /** Freezes and checks records and state (development, tests). */
  readonly freezes?: boolean
  /** How often workers report their figures; a second unless said. */
  readonly metricsEveryMs?: number
  /** Called synchronously at each phase. Anything that it throws fails the attempt. */
  readonly onPhase?: (phase: Phase, detail: PhaseDetail) => void
}

/** A completed checkpoint, as status and events show it. */
export interface CheckpointSummary {
  readonly id: number
  readonly generation: number
  readonly position: number
  /** From the trigger until the manifest was read back. */
  readonly durationMs: number
  /** The longest that one task spent aligning, in its synchronous and in its asynchronous part. */
  readonly alignmentMs: number
  readonly syncMs: number
  readonly asyncMs: number
  /** All segments that the checkpoint names; of these, written for this one. */
  readonly stateBytes: number
  readonly newBytes: number
  readonly committables: number
  readonly completedAtMs: number
}

/** A run at a moment: plain data. */
export interface JobStatus {
  readonly job: string
  readonly state: JobState
  /** Attempts of the tasks in this process, from 1; 0 before the first. */
  readonly attempt: number
  /** 0 before the fence, and where checkpoints are off. */
  readonly generation: number
  readonly restarts: number
  /** What the present attempt restored. */
  readonly restoredFrom: number | undefined
  readonly lastCheckpoint: CheckpointSummary | undefined
  readonly completedCheckpoints: number
  readonly failedCheckpoints: number
  /** Checkpoints whose commits are not proven yet: 0 or 1. */
  readonly commitsOwed: number
  readonly steps: readonly StepTotals[]
  /** By source: its total size, where it is known. */
  readonly totals: Readonly<Record<string, number>>
  readonly lastError: SluiceError | undefined
}

/** Everything that a run reports while it goes on. */
export interface JobEvents {
  state: { readonly state: JobState }
  /** A fence of this run stands. `storage`: where its checkpoints are, as it was given. */
  generation: { readonly logId: string; readonly generation: number; readonly storage: string }
  /** Tasks run: after each start and restart. */
  running: {
    readonly attempt: number
    readonly generation: number
    readonly restoredFrom: number | undefined
    /** From the end of the attempt before, or from the start of the run. */
    readonly recoveryMs: number
  }
  'checkpoint-triggered': { readonly checkpoint: number; readonly stop: boolean }
  'checkpoint-completed': { readonly checkpoint: CheckpointSummary }
  'checkpoint-failed': {
    readonly checkpoint: number
    readonly reason: string
    readonly error: SluiceError | undefined
  }
  /** A savepoint that was asked for stands. */
  savepoint: { readonly savepoint: SavepointSummary }
  committed: {
    readonly checkpoint: number
    readonly committables: number
    readonly durationMs: number
    /** True where a start or restart did it. */
    readonly recovered: boolean
  }
  /** A commit did not work and is tried again. */
  'commit-retried': {
    readonly sink: string
    readonly checkpoint: number
    readonly error: SluiceError
  }
  aborted: { readonly sink: string; readonly count: number }
  restarting: { readonly error: SluiceError; readonly delayMs: number; readonly restarts: number }
  /** A newer run has taken over; `generation` is the one that ended. */
  fenced: { readonly generation: number }
  warning: { readonly message: string }
  metrics: { readonly steps: readonly StepTotals[] }
  /** A line for standard output (console sink). */
  output: { readonly line: string }
}

/** How a run ended. */
export interface JobResult {
  readonly outcome: JobOutcome
  /** Why it failed or was fenced. */
  readonly error: SluiceError | undefined
  readonly restarts: number
  readonly lastCheckpoint: number | undefined
}

/** A job that runs. */
export interface JobRun {
  /** Resolves when the run has ended, however it ended; never rejects. */
  readonly done: Promise<JobResult>
  /** Stops with a last checkpoint; a second call ends it at once, as `cancel`. */
  stop(): void
  /** Takes a checkpoint now; resolves when its commits are proven. */
  checkpoint(): Promise<CheckpointSummary>
  /** Takes a checkpoint and copies it to a folder of its own; resolves when that stands. */
  savepoint(
    request?: SavepointRequest,
    progress?: (progress: SavepointProgress) => void,
  ): Promise<SavepointSummary>
  /**
   * Stops, and resolves when the last checkpoint is committed and what was asked for stands. If a
   * savepoint fails, the job has stopped none the less.
   */
  stopWith(
    options: StopOptions,
    progress?: (progress: SavepointProgress) => void,
  ): Promise<StopSummary>
  /** Ends at once; what was not in a checkpoint is read again by the next run. */
  cancel(): void
  status(): JobStatus
  /** Listens to one kind of event; the returned function ends that. */
  on<Name extends keyof JobEvents>(
    name: Name,
    listener: (event: JobEvents[Name]) => void,
  ): () => void
}
