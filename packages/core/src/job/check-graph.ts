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
  const names = new Set(steps.map((step) => step.id))
  const former = new Set<string>()
  for (const { id, renamedFrom } of steps) {
    if (renamedFrom === undefined) continue
    if (names.has(renamedFrom)) {
      throw invalid(`'${id}' says renamedFrom '${renamedFrom}', which is another step of the job.`)
    }
    if (former.has(renamedFrom)) throw invalid(`Two steps say renamedFrom '${renamedFrom}'.`)
    former.add(renamedFrom)
  }
}

function invalid(message: string, hint?: string): SluiceError {
  return new SluiceError('JOB_INVALID', message, hint === undefined ? {} : { hint })
}
