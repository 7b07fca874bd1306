// How an attempt gets its generation: read the log, decide what the fence says, look whether the
// job can go on from there, append it. Until the fence stands nothing outside is touched; a
// position that was lost to another entry is read, and everything is decided anew above it.

import { type JobGraph, SluiceError } from '@sluice/core/internal'
import { isNotedCommitted } from '../checkpoint/commit-notes.ts'
import { giveUpSoon, type LogStore } from '../checkpoint/log-store.ts'
import { judgeDamagedSegments } from '../checkpoint/protocol/damage.ts'
import { checkpointId, type Generation } from '../checkpoint/protocol/identifiers.ts'
import type { StandingEntry } from '../checkpoint/protocol/log/append.ts'
import type {
  BegunFrom,
  CheckpointEntry,
  FenceEntry,
  GivenUp,
} from '../checkpoint/protocol/log/entry.ts'
import {
  checkpointAt,
  type LogView,
  newestCheckpointSlot,
} from '../checkpoint/protocol/log/log-view.ts'
import {
  chooseFence,
  type FenceChoice,
  fenceEntry,
  planRecovery,
  type RecoveryPlan,
  restorable,
  type StartRequest,
} from '../checkpoint/protocol/recovery-plan.ts'
import {
  judgeSavepoint,
  type SavepointDecision,
} from '../checkpoint/savepoint/savepoint-decision.ts'
import { entryOfSavepoint, type Savepoint } from '../checkpoint/savepoint/savepoint.ts'
import type { SegmentVerification } from '../checkpoint/segment-verification.ts'
import type { Platform } from '../platform/platform.ts'
import type { CheckpointStorage } from '../storage/checkpoint-storage.ts'
import { checkCompatible } from '../restore/compatibility.ts'
import { endIfFenced, fencedError, readAsRunning } from './fence-errors.ts'
import type { StartFrom } from './job-run.ts'
import { removedSinks, removedSinkText } from './start/removed-sinks.ts'
import { begunFromOf, type SavepointStart } from './start/savepoint-start.ts'

export interface FenceRequest {
  readonly from: Exclude<StartFrom, object>
  /** A savepoint to start from; then `from` is what it means for the log. */
  readonly start: SavepointStart | undefined
  readonly acceptDuplicates: boolean
  /** The operator agrees to lose state that has no place in the job. */
  readonly allowDroppedState: boolean
  /** What the operator lets go of, because it cannot be committed any more. */
  readonly givesUp: GivenUp | undefined
  /** The generation of the attempt before in this process; undefined for a run that starts. */
  readonly before: Generation | undefined
}

export interface FenceTools {
  readonly platform: Platform
  readonly storage: CheckpointStorage
  readonly log: LogStore
  readonly verification: SegmentVerification
  readonly graph: JobGraph
  /** By name, former ones included: the connector. */
  readonly committingSinks: ReadonlyMap<string, string>
  readonly warn: (message: string) => void
}

export type RaisedFence =
  | {
      readonly kind: 'stands'
      readonly fence: StandingEntry<FenceEntry>
      readonly below: LogView
      readonly recovery: RecoveryPlan
      /** The savepoint is to be brought into the log before anything is restored. */
      readonly imports: boolean
    }
  /** The job has read all its input, and its last commits are noted: nothing is left to do. */
  | { readonly kind: 'finished-before'; readonly last: CheckpointEntry }

export async function raiseFence(tools: FenceTools, request: FenceRequest): Promise<RaisedFence> {
  const { log, platform } = tools
  await log.settled()
  const read = (): Promise<LogView> => readAsRunning(request.before, () => log.read())
  let view = await read()
  for (;;) {
    // A run that lives on ends at the fence of another; a starting one goes above it.
    if (request.before !== undefined) endIfFenced(view, request.before)
    const begin = await beginning(tools, view, request)
    if (begin === undefined) {
      view = await read()
      continue
    }
    const { choice, imports } = begin
    const finished = imports ? undefined : await finishedBefore(tools, view, choice, begin.from)
    if (finished !== undefined) return { kind: 'finished-before', last: finished }
    const entry = fenceEntry(view, choice, {
      nonce: log.drawNonce(),
      logId: log.drawLogId(),
      writtenAtMs: platform.clock.now(),
    })
    const result = await log.append(entry, request.before === undefined ? giveUpSoon : undefined)
    if (result.kind === 'stands') {
      if (request.before === undefined) {
        const removed = removedSinks(view, tools.committingSinks)
        for (const sink of removed) tools.warn(removedSinkText(sink))
      }
      const recovery = planRecovery(result.standing, view)
      return { kind: 'stands', fence: result.standing, below: view, recovery, imports }
    }
    if (result.kind === 'void' && request.before !== undefined) {
      throw fencedError(request.before, result.floor)
    }
    const below = view
    view = await readAsRunning(request.before, () => log.readOn(below))
  }
}

interface Beginning {
  readonly choice: FenceChoice
  readonly from: FenceRequest['from']
  readonly imports: boolean
}

/** Undefined where the log went on meanwhile. */
async function beginning(
  tools: FenceTools,
  view: LogView,
  request: FenceRequest,
): Promise<Beginning | undefined> {
  if (request.start !== undefined && request.start.savepoint === undefined) {
    return await claimedBefore(tools, view, request, request.start)
  }
  const savepoint = request.start?.savepoint
  const decision = savepoint && (await judged(tools, view, savepoint, request))
  if (decision?.kind === 'begun' && request.before === undefined) {
    tools.warn(`The job began from savepoint '${savepoint?.name}' before: it goes on where it was.`)
  }
  if (savepoint !== undefined && decision?.kind === 'import') {
    if (decision.leavesTimeline && !request.acceptDuplicates) {
      throw mustAccept(`savepoint '${savepoint.name}'`)
    }
    // Until the savepoint stands in the log, later runs stay on its timeline, if it can be read.
    const from = newestCheckpointSlot(view)?.kind === 'damaged' ? 'none' : 'latest'
    const choice = decide(view, from, request)
    const restored = entryOfSavepoint(savepoint)
    await checked(tools, view, choice, restored, request)
    await request.start?.folder.check(savepoint)
    return { choice, from, imports: true }
  }
  const from =
    decision?.kind === 'kept'
      ? decision.checkpoint
      : decision === undefined
        ? request.from
        : 'latest'
  const choice = await choose(tools, view, { ...request, from }, begunFromOf(request.start))
  return choice && { choice, from, imports: false }
}

/**
 * What the log keeps of the savepoint is not restored where it is damaged: the savepoint is whole
 * by itself.
 */
async function judged(
  { verification }: FenceTools,
  view: LogView,
  savepoint: Savepoint,
  request: FenceRequest,
): Promise<SavepointDecision> {
  const goesOn = goesOnFrom(view, request)
  const decision = judgeSavepoint(view, savepoint, goesOn)
  if (decision.kind !== 'kept') return decision
  const { checkpoint } = decision
  const kept = restorable(view).find((entry) => entry.checkpoint === checkpoint)
  const damaged = await verification.damaged(kept?.steps.flatMap((step) => step.segments) ?? [])
  if (damaged.length === 0) return decision
  return { kind: 'import', leavesTimeline: kept !== goesOn }
}

/** The savepoint is gone: this timeline has begun from it, or there never was one. */
async function claimedBefore(
  tools: FenceTools,
  view: LogView,
  request: FenceRequest,
  { place, folder }: SavepointStart,
): Promise<Beginning | undefined> {
  if (goesOnFrom(view, request)?.begunFrom?.place !== place) throw await folder.missing()
  const choice = await choose(tools, view, { ...request, from: 'latest' })
  return choice && { choice, from: 'latest', imports: false }
}

function goesOnFrom(view: LogView, request: FenceRequest): CheckpointEntry | undefined {
  if (newestCheckpointSlot(view)?.kind === 'damaged') return undefined
  return restoredBy(view, decide(view, 'latest', request))
}

/**
 * Undefined where the log went on meanwhile, and what it said then holds no more. `begunFrom`: the
 * savepoint whose timeline this is; without it the log says.
 */
async function choose(
  tools: FenceTools,
  view: LogView,
  request: FenceRequest,
  begunFrom?: BegunFrom,
): Promise<FenceChoice | undefined> {
  const choice = decide(view, fromOf(request), request, begunFrom)
  if (choice.repeatsOutput && !request.acceptDuplicates) throw mustAccept(placeText(request.from))
  const restored = restoredBy(view, choice)
  if (restored === undefined) return checked(tools, view, choice, restored, request)
  const segments = restored.steps.flatMap((step) => step.segments)
  const damaged = await tools.verification.damaged(segments)
  if (damaged.length === 0) return checked(tools, view, choice, restored, request)
  // A run that is still alive may have collected what was looked for.
  if ((await tools.log.readOn(view)).next !== view.next) return undefined
  const judged = judgeDamagedSegments(view, restored, damaged)
  if (judged.kind === 'stop') throw judged.error
  const earlier = judged.entry.checkpoint
  tools.warn(
    `Checkpoint ${restored.checkpoint} is damaged (${damaged.join(', ')}). It owes nothing, so ` +
      `the job goes on from checkpoint ${earlier}.`,
  )
  const instead = { ...request, from: earlier, acceptDuplicates: true }
  return await choose(tools, view, instead, choice.begunFrom)
}

function fromOf({ from }: FenceRequest): StartRequest['from'] {
  if (typeof from !== 'number') return from
  if (Number.isSafeInteger(from) && from > 0) return checkpointId(from)
  throw new SluiceError('USAGE', `${from} is not the id of a checkpoint.`, {
    hint: 'See `sluice checkpoint list`.',
  })
}

function decide(
  view: LogView,
  from: StartRequest['from'],
  request: FenceRequest,
  begunFrom?: BegunFrom,
): FenceChoice {
  const { acceptDuplicates, givesUp } = request
  const decision = chooseFence(view, { from, acceptDuplicates, givesUp, begunFrom })
  if (decision.kind === 'fence') return decision.choice
  throw decision.error
}

async function checked(
  { storage, graph, committingSinks, platform }: FenceTools,
  view: LogView,
  choice: FenceChoice,
  restored: CheckpointEntry | undefined,
  { allowDroppedState }: FenceRequest,
): Promise<FenceChoice> {
  const slot = newestCheckpointSlot(view)
  const newest = slot?.kind === 'entry' ? (slot.entry as CheckpointEntry) : undefined
  // A note spares the commits of a sink that the job no longer has.
  const noted = newest === undefined || (await isNotedCommitted(storage, newest, platform.log))
  checkCompatible({
    graph,
    restored,
    owing: newest,
    owedSinks: noted ? new Set() : owedSinks(newest, choice),
    committingSinks,
    allowDroppedState,
  })
  return choice
}

async function finishedBefore(
  { storage, platform }: FenceTools,
  view: LogView,
  choice: FenceChoice,
  from: FenceRequest['from'],
): Promise<CheckpointEntry | undefined> {
  if (from !== 'latest') return undefined
  const restored = restoredBy(view, choice)
  if (restored?.end !== 'finished') return undefined
  return (await isNotedCommitted(storage, restored, platform.log)) ? restored : undefined
}

function restoredBy(view: LogView, choice: FenceChoice): CheckpointEntry | undefined {
  return choice.restores === null ? undefined : checkpointAt(view, choice.restores)
}

/** Sinks that are still promised something, without those that the operator gave up. */
function owedSinks(newest: CheckpointEntry, choice: FenceChoice): Set<string> {
  const givenUp = choice.givenUp.filter(({ position }) => position === newest.position)
  const sinks = newest.owes.map(({ name }) => name.sink)
  return new Set(
    sinks.filter(
      (sink) => !givenUp.some((item) => item.sinks === 'all' || item.sinks.includes(sink)),
    ),
  )
}

function placeText(from: FenceRequest['from']): string {
  return from === 'none' ? 'the beginning' : `checkpoint ${from}`
}

function mustAccept(where: string): SluiceError {
  return new SluiceError(
    'USAGE',
    `Going on from ${where} writes again what was written after it; nothing was done yet.`,
    { hint: 'Say --accept-duplicates if that is what you want.' },
  )
}
