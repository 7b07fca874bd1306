// From the options of a source's event time to facts of the graph: how watermarks come about, when
// a split counts as silent, and who waits for whom.

import { SluiceError } from '../errors.ts'
import type { AlignmentFacts, WatermarkFacts } from '../graph/job-graph.ts'
import { checkName } from '../stream/graph-builder.ts'
import { type Duration, parseDuration } from '../time/duration.ts'
import type { AlignmentOptions, EventTimeOptions } from './job-options.ts'

/**
 * Undefined when nothing was said about time: `renamedFrom` alone gives a stream no event time.
 * Throws DURATION_INVALID and SETTING_INVALID.
 */
export function watermarkFacts(
  options: EventTimeOptions<never>,
  step: string,
): WatermarkFacts | undefined {
  const { eventTime, maxOutOfOrderness, watermark, idleAfter = '30s', alignment } = options
  if (watermark !== undefined && maxOutOfOrderness !== undefined) {
    throw new SluiceError(
      'SETTING_INVALID',
      `'${step}' has both maxOutOfOrderness and a watermark function.`,
      { where: { step }, hint: 'Leave one of them out: each says alone what watermarks are.' },
    )
  }
  const hasEventTime = [eventTime, maxOutOfOrderness, watermark].some((each) => each !== undefined)
  if (!hasEventTime) {
    if (alignment === undefined) return undefined
    throw new SluiceError('SETTING_INVALID', `'${step}' is aligned and has no event time.`, {
      where: { step },
      hint: "Say eventTime, or maxOutOfOrderness where the source's own time stamps count.",
    })
  }
  return {
    ...(watermark === undefined
      ? {
          maxOutOfOrdernessMs: parseDuration(
            maxOutOfOrderness ?? '0ms',
            `maxOutOfOrderness of '${step}'`,
          ),
        }
      : {}),
    ...(idleAfter === 'never' ? {} : { idleAfterMs: idleAfterMs(idleAfter, step) }),
    ...(alignment === undefined ? {} : { alignment: alignmentFacts(alignment, step) }),
  }
}

/** Not zero: every split would be silent at once, and no watermark would come before the end. */
function idleAfterMs(idleAfter: Duration, step: string): number {
  const ms = parseDuration(idleAfter, `idleAfter of '${step}'`)
  if (ms > 0) return ms
  throw new SluiceError('SETTING_INVALID', `idleAfter of '${step}' must be longer than nothing.`, {
    where: { step },
    hint: "For example '30s'; or 'never', where a silent split is waited for.",
  })
}

function alignmentFacts({ maxDrift, group }: AlignmentOptions, step: string): AlignmentFacts {
  if (group !== undefined) checkName(group, `The alignment group of '${step}'`)
  return {
    maxDriftMs: parseDuration(maxDrift, `alignment.maxDrift of '${step}'`),
    ...(group === undefined ? {} : { group }),
  }
}
