// Whether a graph can be run: it begins in sources, and every step leads to a sink. (It has no
// cycle by construction: a step can only read from steps that exist already.)

import { SluiceError } from '../errors.ts'
import type { Step } from '../graph/job-graph.ts'

/** Throws JOB_INVALID with all that is wrong. */
export function checkGraph(steps: readonly Step[], maxParallelism: number): void {
  if (!steps.some((step) => step.kind === 'source')) {
    throw invalid('The job has no source.', "Begin with job.from('name', source).")
  }
  if (!steps.some((step) => step.kind === 'sink')) {
    throw invalid('The job has no sink.', "End each stream with .to('name', sink).")
  }
  checkConnected(steps)
  checkRenames(steps)
  const wide = steps.find((step) => (step.parallelism ?? 1) > maxParallelism)
  if (wide !== undefined) {
    throw new SluiceError(
      'SETTING_INVALID',
      `'${wide.id}' has parallelism ${wide.parallelism}, above maxParallelism ${maxParallelism}.`,
      { where: { step: wide.id } },
    )
  }
}

function checkConnected(steps: readonly Step[]): void {
  const useful = new Set<string>()
  for (const step of steps.toReversed()) {
    if (step.kind !== 'sink' && !useful.has(step.id)) continue
    for (const input of step.inputs) useful.add(input.step)
  }
  const idle = steps.filter((step) => step.kind !== 'sink' && !useful.has(step.id))
  if (idle.length === 0) return
  const names = idle.map((step) => `'${step.id}'`).join(', ')
  throw invalid(`No sink is reached from ${names}.`, "End each stream with .to('name', sink).")
}

function checkRenames(steps: readonly Step[]): void {
  const former = new Set<string>()
  for (const { id, renamedFrom } of steps) {
    if (renamedFrom === undefined) continue
    const other = steps.find((step) => step.id === renamedFrom)
    if (other !== undefined) throw takenName(id, other)
    if (former.has(renamedFrom)) {
      throw invalid(
        `Two steps say renamedFrom '${renamedFrom}'.`,
        'What it held goes to one of them: take the other renamedFrom away.',
      )
    }
    former.add(renamedFrom)
  }
}

function takenName(id: string, other: Step): SluiceError {
  if (other.id === id) {
    return invalid(`'${id}' says renamedFrom '${id}', its own name.`, 'Take it away.')
  }
  return invalid(
    `'${id}' says renamedFrom '${other.id}', which is another step of the job.`,
    other.renamedFrom === id
      ? 'Names cannot be swapped at once: the next start would swap them back. Give one of the ' +
          'two a third name, run and stop the job, then go on.'
      : 'Take renamedFrom away once the job has run with the new name, or name that step anew.',
  )
}

function invalid(message: string, hint?: string): SluiceError {
  return new SluiceError('JOB_INVALID', message, hint === undefined ? {} : { hint })
}
