// What `.window(…).aggregate(…)` adds to the graph.

import { type Aggregates, aggregationOf } from '../aggregate/aggregation.ts'
import { SluiceError } from '../errors.ts'
import type { StepInput } from '../graph/job-graph.ts'
import type { Key } from '../key/key.ts'
import type { TumblingWindow } from '../window/tumbling.ts'
import { createWindowOperator, windowState } from '../window/window-operator.ts'
import {
  checkName,
  type GraphBuilder,
  type NamedStepOptions,
  named,
  type StepDraft,
} from './graph-builder.ts'

export function windowDraft(
  builder: GraphBuilder,
  input: StepInput,
  name: string,
  key: (value: unknown) => Key,
  window: TumblingWindow,
  aggregates: Aggregates<never>,
  options: NamedStepOptions,
): StepDraft {
  checkName(name, 'A window')
  if (window?.kind !== 'tumbling') {
    throw new SluiceError('JOB_INVALID', `'${name}' has no window that is known.`, {
      where: { step: name },
      hint: "Write .window(tumbling('1m')).",
    })
  }
  const timeless = builder.sourcesAbove(input).find((step) => step.source?.watermarks === undefined)
  if (timeless !== undefined) {
    throw new SluiceError(
      'JOB_INVALID',
      `The window '${name}' needs event time, and the source '${timeless.id}' has none.`,
      { where: { step: name }, hint: 'Give it as third argument of job.from: { eventTime: … }.' },
    )
  }
  const aggregation = aggregationOf(aggregates, name)
  const { kind, sizeMs, offsetMs, allowedLatenessMs } = window
  return {
    ...named(name, options),
    inputs: [input],
    outputs: ['main', 'late'],
    operator: {
      type: 'window',
      keyed: true,
      state: [windowState],
      operatorState: 'none',
      stateShape: { window: kind, sizeMs, offsetMs, aggregates: aggregation.shape },
      description: {
        window: kind,
        sizeMs,
        offsetMs,
        allowedLatenessMs,
        aggregates: aggregation.shape,
      },
    },
    code: { kind: 'operator', key, create: () => createWindowOperator(window, aggregation, key) },
  }
}
