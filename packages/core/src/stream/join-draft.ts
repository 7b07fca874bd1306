// What `join`, `temporalJoin` and `deduplicate` add to the graph.

import { SluiceError } from '../errors.ts'
import type { StepInput } from '../graph/job-graph.ts'
import { joinInterval } from '../join/join-interval.ts'
import { IntervalJoinOperator } from '../join/interval-join-operator.ts'
import type {
  JoinOptions,
  JoinType,
  JoinWindow,
  TemporalJoinOptions,
} from '../join/join-options.ts'
import { joinTypes, type Select } from '../join/join-settings.ts'
import {
  TemporalJoinOperator,
  type TemporalJoinSettings,
  temporalJoinStates,
} from '../join/temporal-join-operator.ts'
import { WindowJoinOperator } from '../join/window-join-operator.ts'
import type { Key } from '../key/key.ts'
import type { Operator } from '../operator/host.ts'
import {
  createDeduplicateOperator,
  type DeduplicateSettings,
  deduplicateState,
} from '../process/deduplicate-operator.ts'
import type { StateDescriptor } from '../state/descriptor.ts'
import { type Duration, parseDuration } from '../time/duration.ts'
import {
  firesPlainly,
  isWindow,
  timeOf,
  windowDescription,
  windowShape,
} from '../window/definition/window-definition.ts'
import type { KeyedInput } from './connect-draft.ts'
import {
  checkName,
  type GraphBuilder,
  type NamedStepOptions,
  named,
  type StepDraft,
} from './graph-builder.ts'
import { checkFunction } from './user-function.ts'

/** Options of `deduplicate`. */
export interface DeduplicateOptions extends NamedStepOptions {
  /** For how long a key is known after its first record; for ever when absent. */
  readonly ttl?: Duration
  /**
   * `processing` (unless set): the clock on the wall. `event`: the event times of the records, so
   * that a replay finds the same duplicates.
   */
  readonly clock?: 'processing' | 'event'
}

type AnyJoinOptions = JoinOptions<unknown, unknown, unknown, JoinType>

interface JoinCode {
  create(): Operator & { readonly descriptors: readonly StateDescriptor[] }
  /** What stored state depends on. */
  readonly shape: Readonly<Record<string, unknown>>
  readonly description: Readonly<Record<string, unknown>>
}

export function joinDraft(
  builder: GraphBuilder,
  left: KeyedInput,
  right: KeyedInput,
  name: string,
  given: unknown,
): StepDraft {
  checkName(name, 'A join')
  const options = given as AnyJoinOptions
  const { select } = options
  const type = joinType(options.type, joinTypes, name)
  checkFunction(select, `select of '${name}'`)
  checkEventTime(builder, [left.input, right.input], `The join '${name}'`, name)
  const code = joinCode(options, { type, select: select as Select }, name)
  return {
    ...named(name, options),
    inputs: [left.input, right.input],
    outputs: ['main', 'late'],
    operator: {
      type: 'join',
      keyed: true,
      state: code.create().descriptors,
      operatorState: 'none',
      stateShape: { ...code.shape, type },
      description: { type, ...code.description },
    },
    code: { kind: 'operator', key: left.key, secondKey: right.key, create: code.create },
  }
}

function joinCode(
  options: AnyJoinOptions,
  shared: { readonly type: JoinType; readonly select: Select },
  step: string,
): JoinCode {
  const { within, between, window } = options
  if ([within, between, window].filter((each) => each !== undefined).length !== 1) {
    throw new SluiceError('JOB_INVALID', `'${step}' needs one thing that makes a pair.`, {
      where: { step },
      hint: "Give one of within: '15m', between: ['-5m', '15m'], window: tumbling('1m').",
    })
  }
  if (window !== undefined) {
    checkWindow(window, step)
    return {
      create: () => new WindowJoinOperator({ ...shared, window }),
      shape: windowShape(window),
      description: windowDescription(window),
    }
  }
  const interval = joinInterval(options, step)
  const { allowedLateness = '0ms' } = options
  const allowedLatenessMs = parseDuration(allowedLateness, `allowedLateness of '${step}'`)
  const { lowerMs, upperMs } = interval
  const bounds = within === undefined ? { between } : { within }
  const open = options.open === undefined ? {} : { open: options.open }
  return {
    create: () => new IntervalJoinOperator({ ...shared, interval, allowedLatenessMs }),
    shape: { lowerMs, upperMs },
    description: { ...bounds, ...open, allowedLatenessMs },
  }
}

function checkWindow(window: unknown, step: string): void {
  const joins = isWindow(window) && ['tumbling', 'sliding', 'cumulative'].includes(window.kind)
  if (joins && timeOf(window) === 'event' && firesPlainly(window as JoinWindow)) return
  throw new SluiceError('JOB_INVALID', `Records cannot be joined in the window of '${step}'.`, {
    where: { step },
    hint: 'Join in tumbling, sliding or cumulative windows of event time, without a trigger.',
  })
}

export function temporalJoinDraft(
  builder: GraphBuilder,
  left: KeyedInput,
  versions: KeyedInput,
  name: string,
  given: unknown,
): StepDraft {
  checkName(name, 'A temporal join')
  const options = given as TemporalJoinOptions<unknown, unknown, unknown, 'inner' | 'left'>
  const type = joinType(options.type, ['inner', 'left'] as const, name)
  checkFunction(options.select, `select of '${name}'`)
  checkEventTime(builder, [left.input, versions.input], `The temporal join '${name}'`, name)
  const settings: TemporalJoinSettings = { type, select: options.select as Select }
  return {
    ...named(name, options),
    inputs: [left.input, versions.input],
    outputs: ['main', 'late'],
    operator: {
      type: 'temporal-join',
      keyed: true,
      state: temporalJoinStates,
      operatorState: 'none',
      description: { type },
    },
    code: {
      kind: 'operator',
      key: left.key,
      secondKey: versions.key,
      create: () => new TemporalJoinOperator(settings),
    },
  }
}

export function deduplicateDraft(
  builder: GraphBuilder,
  { input, key }: { readonly input: StepInput; readonly key: (value: unknown) => Key },
  name: string,
  options: DeduplicateOptions,
): StepDraft {
  checkName(name, 'A deduplication')
  const settings = deduplicateSettings(options, name)
  const { ttlMs, clock } = settings
  if (clock === 'event') checkEventTime(builder, [input], `The deduplication '${name}'`, name)
  return {
    ...named(name, options),
    inputs: [input],
    outputs: ['main', 'late'],
    operator: {
      type: 'deduplicate',
      keyed: true,
      state: [deduplicateState(settings)],
      operatorState: 'none',
      stateShape: { clock },
      description: ttlMs === undefined ? {} : { ttlMs, clock },
    },
    code: { kind: 'operator', key, create: () => createDeduplicateOperator(settings) },
  }
}

function deduplicateSettings(
  { ttl, clock = 'processing' }: DeduplicateOptions,
  step: string,
): DeduplicateSettings {
  if (clock !== 'processing' && clock !== 'event') {
    throw new SluiceError('SETTING_INVALID', `'${String(clock)}' is no clock of '${step}'.`, {
      where: { step },
      hint: "Write 'processing' or 'event'.",
    })
  }
  const ttlMs = ttl === undefined ? undefined : parseDuration(ttl, `ttl of '${step}'`)
  if (ttlMs === 0 || (ttlMs === undefined && clock === 'event')) {
    const what = ttlMs === 0 ? 'is nothing' : 'is missing, and a clock is named'
    throw new SluiceError('SETTING_INVALID', `The ttl of '${step}' ${what}.`, {
      where: { step },
      hint: "Say for how long a key is known: ttl: '1h'; without both it is for ever.",
    })
  }
  return { ttlMs, clock }
}

function joinType<Type extends string>(
  given: Type | 'inner' | undefined,
  types: readonly (Type | 'inner')[],
  step: string,
): Type | 'inner' {
  if (given === undefined) return 'inner'
  if (types.includes(given)) return given
  throw new SluiceError('SETTING_INVALID', `'${String(given)}' is no type of the join '${step}'.`, {
    where: { step },
    hint: `Its types are ${types.map((each) => `'${each}'`).join(', ')}.`,
  })
}

/** JOB_INVALID where a source above gives its records no event time. */
function checkEventTime(
  builder: GraphBuilder,
  inputs: readonly StepInput[],
  what: string,
  step: string,
): void {
  const sources = inputs.flatMap((input) => builder.sourcesAbove(input))
  const timeless = sources.find(({ source }) => source?.watermarks === undefined)
  if (timeless === undefined) return
  throw new SluiceError(
    'JOB_INVALID',
    `${what} needs event time, and the source '${timeless.id}' has none.`,
    { where: { step }, hint: 'Give it as third argument of job.from: { eventTime: … }.' },
  )
}
