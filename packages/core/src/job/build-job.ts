// Calls a job's graph function and makes data of what it built. Every process of a run does this by
// itself, with the same parameters, and must come to the same graph.

import type { DeadLetter, Source, SourceSplit } from '../connector/source.ts'
import { SluiceError } from '../errors.ts'
import type { BuiltJob, SourceCode } from '../graph/step-code.ts'
import { checkName, GraphBuilder, type StepDraft } from '../stream/graph-builder.ts'
import { SourceStream } from '../stream/streams.ts'
import { checkFunction } from '../stream/user-function.ts'
import { checkGraph } from './check-graph.ts'
import type { JobDefinition } from './define-job.ts'
import type { EventTimeOptions, Job } from './job-options.ts'
import { parseSettings } from './parse-settings.ts'
import type { JobSettings } from './settings.ts'
import { watermarkFacts } from './watermark-facts.ts'

type WatermarkFunction = NonNullable<SourceCode['watermark']>

/**
 * Builds the graph with validated parameters. Throws JOB_BUILD_FAILED for what the graph function
 * throws, and JOB_INVALID, STEP_NAME_…, SETTING_INVALID, DURATION_INVALID for what cannot be run.
 */
export function buildJob<Parameters>(
  definition: JobDefinition<Parameters>,
  parameters: Parameters,
): BuiltJob & { readonly settings: JobSettings } {
  const { options } = definition
  checkName(options.name, 'The job')
  const settings = parseSettings(options)
  checkFunction(options.graph, `graph of the job '${options.name}'`)
  const builder = new GraphBuilder()
  const job: Job = {
    from<T, Letter extends DeadLetter>(
      name: string,
      source: Source<T, SourceSplit, Letter>,
      timing?: EventTimeOptions<T>,
    ) {
      return new SourceStream<T, Letter>(builder, builder.add(sourceDraft(name, source, timing)))
    },
  }
  let returned: unknown
  try {
    returned = options.graph(job, parameters)
  } catch (error) {
    if (error instanceof SluiceError) throw error
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    throw new SluiceError('JOB_BUILD_FAILED', `The graph function threw ${reason}`, {
      cause: error,
      hint: 'Mend the graph function. What it depends on is best a parameter, which is checked.',
    })
  }
  if (typeof (returned as { then?: unknown } | undefined)?.then === 'function') {
    // What it would reject with is of no interest any more.
    ;(returned as Promise<unknown>).then(undefined, () => {})
    throw new SluiceError('JOB_INVALID', 'The graph function returned a promise.', {
      hint: 'Build the graph synchronously; what must be awaited belongs in mapAsync.',
    })
  }
  const { steps, code } = builder.finish()
  checkGraph(steps, settings.maxParallelism)
  const graph = { job: options.name, maxParallelism: settings.maxParallelism, steps }
  return { graph, code, settings }
}

function sourceDraft<T, Letter extends DeadLetter>(
  name: string,
  source: Source<T, SourceSplit, Letter>,
  timing: EventTimeOptions<T> | undefined,
): StepDraft {
  checkName(name, 'A source')
  if (typeof source?.createReader !== 'function') {
    throw new SluiceError('JOB_INVALID', `What '${name}' reads from is not a source.`, {
      where: { step: name },
    })
  }
  const eventTime = timing?.eventTime as ((value: unknown) => number) | undefined
  if (eventTime !== undefined) checkFunction(eventTime, `eventTime of '${name}'`)
  const watermark = timing?.watermark as WatermarkFunction | undefined
  if (watermark !== undefined) checkFunction(watermark, `watermark of '${name}'`)
  const watermarks = timing && watermarkFacts(timing, name)
  const { kind: connector, bounded, ordered, description } = source
  return {
    name,
    ...(timing?.renamedFrom === undefined ? {} : { renamedFrom: timing.renamedFrom }),
    inputs: [],
    outputs: ['main', 'dead-letters'],
    source: {
      connector,
      bounded,
      ordered,
      description,
      ...(watermarks === undefined ? {} : { watermarks }),
    },
    code: {
      kind: 'source',
      source,
      ...(eventTime === undefined ? {} : { eventTime }),
      ...(watermark === undefined ? {} : { watermark }),
    },
  }
}
