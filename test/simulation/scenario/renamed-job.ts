// The same job under other names: steps are renamed and say `renamedFrom`, as after an upgrade.

import type { LoadedJob } from '@sluice/runtime/internal'

const suffix = '-anew'

/** What a planted bug takes away: that an operator with another name finds its state. */
export const renaming = { keepsState: true }

/** The name that a step has in the job as it was drawn. */
export function originalName(step: string): string {
  return step.endsWith(suffix) ? step.slice(0, -suffix.length) : step
}

/** What `registerJob` does with the job that was built; `isRenamed` is asked of named steps. */
export function renamedJob(isRenamed: (step: string) => boolean): (job: LoadedJob) => LoadedJob {
  return (job) => {
    const { steps } = job.graph
    const renamed = new Set(steps.flatMap(({ id, named }) => (named && isRenamed(id) ? [id] : [])))
    const hasFormer = ({ id, kind }: (typeof steps)[number]): boolean =>
      renamed.has(id) && (renaming.keepsState || kind !== 'operator')
    const nameOf = (id: string): string => (renamed.has(id) ? `${id}${suffix}` : id)
    const graph = {
      ...job.graph,
      steps: steps.map((step) => ({
        ...step,
        id: nameOf(step.id),
        inputs: step.inputs.map((input) => ({ ...input, step: nameOf(input.step) })),
        ...(hasFormer(step) ? { renamedFrom: step.id } : {}),
      })),
    }
    const code = new Map([...job.code].map(([id, each]) => [nameOf(id), each]))
    return { ...job, graph, code }
  }
}
