// What the supervisor of `sluice dev` and the process that runs the job say to each other. One
// process holds one version of the code: it loads the job, says what became of that, waits for
// `start`, runs, ends.

import { SluiceError, type WireError } from '@sluice/core/internal'
import type { JobEvents, JobResult, JobStatus, RestoreMode, StartFrom } from '@sluice/runtime'
import type { LogLevel, LogLine } from '@sluice/runtime/internal'
import type { SourceDescription } from '../run/progress.ts'
import type { SettingOptions } from '../settings/given-settings.ts'
import type { Parameters } from '../settings/parameters.ts'

export type ToChild =
  /**
   * Load and build the job, and compare it with the newest checkpoint if it is to go on from it.
   */
  | {
      readonly type: 'prepare'
      readonly file: string
      readonly parameters: Parameters
      readonly settings: SettingOptions
      readonly logLevel: LogLevel
      readonly compare: boolean
    }
  | { readonly type: 'start'; readonly start: StartOptions }
  /** Stop with a last checkpoint. */
  | { readonly type: 'stop' }
  /** End at once. */
  | { readonly type: 'cancel' }

export interface StartOptions {
  readonly from: StartFrom
  readonly acceptDuplicates: boolean
  readonly allowDroppedState: boolean
  readonly startOver: boolean
  readonly restoreMode?: RestoreMode
}

export interface PreparedFacts {
  readonly job: string
  readonly sources: readonly SourceDescription[]
  /** In order of the graph. */
  readonly steps: readonly string[]
  readonly storage: string | undefined
  readonly warnings: readonly string[]
}

/** A status as it crosses processes. */
export type WireStatus = Omit<JobStatus, 'lastError'>

export interface WireResult extends Omit<JobResult, 'error'> {
  readonly error: WireError | undefined
}

export type FromChild =
  /** Files of the project that belong to the job, as far as it was loaded. */
  | { readonly type: 'files'; readonly files: readonly string[] }
  | { readonly type: 'prepared'; readonly facts: PreparedFacts }
  /** `incompatible`: it can be started all the same, from the beginning. */
  | {
      readonly type: 'refused'
      readonly error: WireError
      readonly incompatible: PreparedFacts | undefined
    }
  | { readonly type: 'status'; readonly status: WireStatus }
  | { readonly type: 'event'; readonly name: keyof JobEvents; readonly event: WireEvent }
  | { readonly type: 'log'; readonly line: LogLine }
  | { readonly type: 'ended'; readonly result: WireResult }

/** An event whose error, if it has one, is in its wire form. */
type WireEvent = Readonly<Record<string, unknown>>

export function wireEvent(event: JobEvents[keyof JobEvents]): WireEvent {
  const { error, ...rest } = event as { readonly error?: unknown }
  return error instanceof SluiceError ? { ...rest, error: error.toWire() } : { ...event }
}

export function eventFromWire<Name extends keyof JobEvents>(event: WireEvent): JobEvents[Name] {
  const { error } = event
  const restored = error === undefined ? {} : { error: SluiceError.fromWire(error as WireError) }
  return { ...event, ...restored } as unknown as JobEvents[Name]
}

export function wireStatus({ lastError: _lastError, ...status }: JobStatus): WireStatus {
  return status
}

export function wireResult({ error, ...result }: JobResult): WireResult {
  return { ...result, error: error?.toWire() }
}
