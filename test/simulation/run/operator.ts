// The operator of a run: gives its orders through the handle of the job, hears the answers, and
// remembers what later starts are to be told.

import { SluiceError } from '@sluice/core'
import type { JobRun, SavepointRequest, StartFrom } from '@sluice/runtime'
import type { SimulatedProcess, SimulatedWorld } from '@sluice/testing/simulator'
import { deleteGarbage, findGarbage } from '../../../packages/cli/src/checkpoint/garbage.ts'
import { createStorage } from '../../../packages/runtime/src/storage/create-storage.ts'
import type { SavepointWatch } from '../checks/savepoint-watch.ts'
import { checkpointFolder } from '../job/simulated-job.ts'
import { makesSavepoint, type Order } from '../scenario/order.ts'
import { mayRefuse } from './permitted-failures.ts'

/** The run to which orders are given. */
export interface Ordered {
  readonly process: SimulatedProcess
  readonly job: JobRun | undefined
  /** The savepoint of its stop, once the operator was told of it. */
  stoppedWith?: { readonly folder: string; readonly order: Order }
}

export interface OperatorOptions {
  readonly world: SimulatedWorld
  readonly savepoints: SavepointWatch
  readonly report: (violation: string) => void
  /** Something that a campaign counts has happened. */
  readonly happened: (feature: string) => void
  /** Whether nobody has been started since. */
  readonly isNewest: (ordered: Ordered) => boolean
}

export class Operator {
  readonly #options: OperatorOptions
  #collectors = 0
  #drains = false

  constructor(options: OperatorOptions) {
    this.#options = options
  }

  /** The job may end before it has read all its input. */
  get drains(): boolean {
    return this.#drains
  }

  give(order: Order, ordered: Ordered): void {
    const { job } = ordered
    const { savepoints, happened } = this.#options
    if (order.kind === 'garbage-collected') {
      this.collectGarbage()
      happened('garbage collected beside a run')
      return
    }
    if (job === undefined) return
    const savepoint = makesSavepoint(order) ? requestOf(order) : undefined
    switch (order.kind) {
      case 'checkpoint-ordered':
        this.#hear(order, ordered, job.checkpoint(), () => {})
        break
      case 'savepoint-ordered':
        this.#hear(order, ordered, job.savepoint(savepoint), ({ folder }) => {
          savepoints.told(folder)
        })
        break
      case 'stop-with-savepoint':
      case 'drain-ordered': {
        const drain = order.kind === 'drain-ordered'
        this.#drains ||= drain
        const asked = { drain, ...(savepoint === undefined ? {} : { savepoint }) }
        this.#hear(order, ordered, job.stopWith(asked), (stopped) => {
          if (stopped.savepoint === undefined) return
          const { folder } = stopped.savepoint
          savepoints.told(folder)
          happened(drain ? 'a savepoint of a drained job' : 'a savepoint of a stop')
          if (!drain) ordered.stoppedWith = { folder, order }
        })
      }
    }
  }

  /** `sluice checkpoint gc`, beside whatever runs. */
  collectGarbage(): SimulatedProcess {
    const { world, report, happened } = this.#options
    const process = world.startProcess(`gc-${++this.#collectors}`)
    process.run(async (platform) => {
      try {
        const storage = createStorage(platform, checkpointFolder)
        const garbage = await findGarbage(storage, `${checkpointFolder}/savepoints`, platform)
        await deleteGarbage(storage, garbage, () => {}, platform)
        if (garbage.segments.length > 0) happened('segments collected by a tool')
        if (garbage.unfinished.length > 0) happened('unfinished savepoints collected by a tool')
      } catch (error) {
        // Before the first checkpoint there is nothing that says what is needed.
        const isRefusal = error instanceof SluiceError && error.code === 'CHECKPOINT_NOT_FOUND'
        if (isRefusal || mayFail(error, world)) return
        report(`collecting garbage failed: ${textOf(error)}`)
      }
    })
    return process
  }

  #hear<Answer>(
    order: Order,
    ordered: Ordered,
    asked: Promise<Answer>,
    answered: (answer: Answer) => void,
  ): void {
    const { world, report, happened, isNewest } = this.#options
    asked.then(
      (answer) => {
        world.note(`${order.id} is answered`)
        happened(`${order.kind} answered`)
        answered(answer)
      },
      (error: unknown) => {
        world.note(`${order.id} is refused: ${textOf(error)}`)
        if (mayFail(error, world)) return
        // A newer run collects what an older one still reads.
        const isGone = error instanceof SluiceError && error.code === 'CHECKPOINT_DAMAGED'
        if (isGone && !isNewest(ordered)) return
        report(`${order.id} failed: ${textOf(error)}`)
      },
    )
  }
}

/** What a run is told that follows one which stopped with a savepoint. */
export function startFrom({ folder, order }: NonNullable<Ordered['stoppedWith']>): StartFrom {
  return { savepoint: order.apart ? folder : order.name }
}

function requestOf({ name, apart }: Order): SavepointRequest {
  return apart ? { name, folder: `/backup/${name}` } : { name }
}

function mayFail(error: unknown, { faults }: SimulatedWorld): boolean {
  return error instanceof SluiceError && mayRefuse(error, faults)
}

function textOf(error: unknown): string {
  return error instanceof SluiceError ? `${error.code} ${error.message}` : String(error)
}
