// What a verification found, for people: the good news in one line, each problem with what it
// means.

import { harmless, type Paint } from '../text/paint.ts'
import { counted, size } from '../text/quantity.ts'
import type { Verification } from './verification.ts'

const mostNamed = 10

export function verificationLines(verification: Verification, paint: Paint): string[] {
  const { location, job, entries, segments, bytesRead, problems, checkpoints } = verification
  const { savepoints, foreign } = verification
  const of = job === undefined ? '' : ` of '${harmless(job)}'`
  const read = [
    ...(entries === 0 ? [] : [counted(entries, 'entry', 'entries')]),
    ...(savepoints.length === 0 ? [] : [counted(savepoints.length, 'savepoint')]),
    counted(segments, 'segment'),
    `${size(bytesRead)} read`,
  ].join(', ')
  const lost = new Set(problems.flatMap((problem) => problem.checkpoints))
  const whole = checkpoints.filter((checkpoint) => !lost.has(checkpoint))
  return [
    problems.length === 0
      ? `${paint.green('intact')} ${location}${of}: ${read}`
      : `${paint.red(counted(problems.length, 'problem'))} in ${location}${of}: ${read}`,
    ...problems.map(
      ({ kind, what, detail }) => `  ${paint.red(kind)} ${harmless(what)}: ${harmless(detail)}`,
    ),
    ...(entries > 0 && problems.length + checkpoints.length > 0 ? [restorableText(whole)] : []),
    ...unreferencedLines(verification, paint),
    ...(foreign.length === 0
      ? []
      : [`${counted(foreign.length, 'file')} among the segments that are not of this log.`]),
  ]
}

function restorableText(whole: readonly number[]): string {
  if (whole.length === 0) return 'No checkpoint can be restored.'
  const list = whole.join(', ')
  return `${whole.length === 1 ? 'Checkpoint' : 'Checkpoints'} ${list} can be restored.`
}

function unreferencedLines({ unreferenced }: Verification, paint: Paint): string[] {
  if (unreferenced.length === 0) return []
  const more = unreferenced.length - mostNamed
  return [
    `${counted(unreferenced.length, 'segment')} that no checkpoint names: of one under way, or ` +
      'left by a run that was killed (removed by the next checkpoint, or `sluice checkpoint gc`):',
    ...unreferenced.slice(0, mostNamed).map((name) => `  ${paint.dim(harmless(name))}`),
    ...(more > 0 ? [`  ${paint.dim(`and ${more} more`)}`] : []),
  ]
}
