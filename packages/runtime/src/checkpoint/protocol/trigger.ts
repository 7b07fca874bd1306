// When to take a checkpoint: a pure decision over what is observed, with a closed list of reasons
// to wait. Requests and the last checkpoint of a bounded job do not wait for the interval; nothing
// is triggered while the tasks are not all running, or after the checkpoint that ends the run.

import type { CheckpointSettings } from '@sluice/core/internal'

export interface TriggerFacts {
  readonly nowMs: number
  readonly settings: Pick<CheckpointSettings, 'everyMs' | 'minPauseMs' | 'maxConcurrent'>
  /** `finished`: all input of all tasks is processed. */
  readonly tasks: 'starting' | 'running' | 'finished' | 'ended'
  /** The sources were told to end: only the last checkpoint comes. */
  readonly draining: boolean
  /** Checkpoints that are triggered and neither completed nor failed. */
  readonly inFlight: number
  /** One of those in flight, or a completed one, ends the run. */
  readonly endUnderWay: boolean
  /** When the tasks of this attempt began to run. */
  readonly runningSinceMs: number
  /** Undefined before the first of this attempt. */
  readonly lastTriggeredAtMs: number | undefined
  /** When the newest one completed or failed, commits included. */
  readonly lastEndedAtMs: number | undefined
  readonly request: 'none' | 'checkpoint' | 'stop'
}

/** `final`: the last of a bounded job; `stop`: the last of a job that is being stopped. */
export type TriggerPurpose = 'periodic' | 'requested' | 'stop' | 'final'

export type WaitReason =
  | 'tasks-starting'
  | 'tasks-ended'
  | 'end-under-way'
  | 'draining'
  | 'too-many-in-flight'
  | 'minimum-pause'
  | 'interval'

export type TriggerDecision =
  | { readonly kind: 'trigger'; readonly purpose: TriggerPurpose }
  /** `untilMs` undefined: until a fact changes, not until a time. */
  | { readonly kind: 'wait'; readonly reason: WaitReason; readonly untilMs: number | undefined }

export function decideTrigger(facts: TriggerFacts): TriggerDecision {
  if (facts.tasks === 'starting') return waitFor('tasks-starting')
  if (facts.tasks === 'ended') return waitFor('tasks-ended')
  if (facts.endUnderWay) return waitFor('end-under-way')
  if (facts.inFlight >= facts.settings.maxConcurrent) return waitFor('too-many-in-flight')
  if (facts.tasks === 'finished') return { kind: 'trigger', purpose: 'final' }
  if (facts.draining) return waitFor('draining')
  if (facts.request === 'stop') return { kind: 'trigger', purpose: 'stop' }
  if (facts.request === 'checkpoint') return { kind: 'trigger', purpose: 'requested' }

  const { everyMs, minPauseMs } = facts.settings
  const due = (facts.lastTriggeredAtMs ?? facts.runningSinceMs) + everyMs
  const rested = facts.lastEndedAtMs === undefined ? due : facts.lastEndedAtMs + minPauseMs
  if (facts.nowMs < due && due >= rested) return waitFor('interval', due)
  if (facts.nowMs < rested) return waitFor('minimum-pause', rested)
  return { kind: 'trigger', purpose: 'periodic' }
}

function waitFor(reason: WaitReason, untilMs?: number): TriggerDecision {
  return { kind: 'wait', reason, untilMs }
}
