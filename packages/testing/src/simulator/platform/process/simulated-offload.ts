// I/O threads in the simulation: the generator runs in this thread while the world stands still,
// and its results arrive later, one ahead, as copies.

import {
  errorFromOffload,
  movableBuffers,
  offloadErrorOf,
  OffloadSession,
  type OffloadStep,
} from '@sluice/runtime/internal'
import type { Life } from '../life.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { Simulation } from '../simulation.ts'

export async function* simulatedOffload<Result>(
  simulation: Simulation,
  life: Life,
  random: SeededRandom,
  moduleUrl: string,
  exportName: string,
  argument: unknown,
): AsyncGenerator<Result, void, undefined> {
  const copy: unknown = structuredClone(argument)
  let session: OffloadSession | undefined
  const produce = (): Promise<OffloadStep> => {
    const step = new Promise<OffloadStep>((resolve, reject) => {
      const arrive = (label: string, settle: () => void): void => {
        const delayMs = random.between(0.05, 5)
        simulation.scheduler.schedule(life, delayMs, `offload ${exportName} ${label}`, settle)
      }
      const work = async (): Promise<OffloadStep> => {
        session ??= new OffloadSession(moduleUrl, exportName, copy)
        const made = await session.next()
        const transfer = made.type === 'value' ? movableBuffers(made.value) : []
        return structuredClone(made, { transfer })
      }
      simulation.standStill(work).then(
        (made) => arrive(made.type, () => resolve(made)),
        (thrown: unknown) =>
          arrive('error', () => reject(errorFromOffload(offloadErrorOf(thrown)))),
      )
    })
    // A result that was produced ahead may fail after the caller has left.
    step.catch(() => undefined)
    return step
  }
  let finished = false
  try {
    let ahead = produce()
    for (;;) {
      const step = await ahead
      if (step.type === 'done') {
        finished = true
        return
      }
      ahead = produce()
      yield step.value as Result
    }
  } finally {
    const left = session
    if (!finished && left !== undefined) await simulation.standStill(() => left.end())
  }
}
