// A second job that begins with a savepoint of the first, in folders of its own, while the first
// one has long come to its end. What the first had committed up to the savepoint and what the fork
// commits are together the naive evaluation of the whole input.

import type { SimulatedDisk, SimulatedWorld } from '@sluice/testing/simulator'
import { committedRows, judgeManifests } from '../checks/committed-rows.ts'
import { filesBelow, readFile } from '../checks/disk-reading.ts'
import { DiskWatch } from '../checks/disk-watch.ts'
import { judgeLeftovers } from '../checks/leftovers.ts'
import { LogHistory } from '../checks/log-history.ts'
import type { KnownSavepoint, SavepointWatch } from '../checks/savepoint-watch.ts'
import { checkpointFolder, outputFolder, type SimulatedJob } from '../job/simulated-job.ts'
import type { JobShape } from '../job/shape.ts'
import { originalName } from '../scenario/renamed-job.ts'
import type { ForkShape } from '../scenario/scenario.ts'
import type { Starts } from './starts.ts'
import { SupervisedRun } from './supervised-run.ts'

/** The folder of the disk below which the folders of the fork are. */
export const forkRoot = '/fork'

/** Where the fork finds the folders of the first job. */
const firstJob = '/first'
const movedFolder = '/moved/savepoint'

const mounts = {
  [checkpointFolder]: `${forkRoot}${checkpointFolder}`,
  [outputFolder]: `${forkRoot}${outputFolder}`,
  [firstJob]: '',
}

export interface ForkOptions {
  readonly world: SimulatedWorld
  readonly shape: JobShape
  readonly job: SimulatedJob
  readonly starts: Starts
  readonly savepoints: SavepointWatch
  readonly fork: ForkShape
  readonly known: KnownSavepoint
  readonly report: (violation: string) => void
  readonly happened: (feature: string) => void
}

export class Fork {
  readonly run: SupervisedRun
  readonly watch: DiskWatch
  readonly #options: ForkOptions
  readonly #history: LogHistory

  constructor(options: ForkOptions) {
    const { world, shape, savepoints, fork, report, happened } = options
    this.#options = options
    this.#history = new LogHistory(world.disk, report, forkRoot)
    this.watch = new DiskWatch(world, this.#history, report)
    this.run = new SupervisedRun({
      world,
      name: 'f',
      mounts,
      shape,
      history: this.#history,
      savepoints,
      disasters: fork.disasters,
      orders: [],
      checkpoints: 1,
      start: (number) => this.#startOf(number),
      report,
      happened,
    })
  }

  async toItsEnd(): Promise<void> {
    const { world, fork, known, savepoints, report, happened } = this.#options
    const { disk } = world
    if (fork.moves) copyFolder(disk, known.folder, movedFolder)
    else if (fork.claims) savepoints.claim(known.folder)
    const before = this.#filesOfFirst().filter((path) => disk.isDurable(path))
    if (fork.disasters.length > 0) world.faults.goOn()
    await this.run.run()
    happened('a fork from a savepoint')
    if (fork.moves) happened('a fork from a savepoint that was moved')
    if (fork.claims) happened('a fork that takes the savepoint over')
    if (!this.run.finished) return
    const after = new Set(this.#filesOfFirst())
    for (const path of before) {
      if (!after.has(path)) report(`${path} of the first job was taken away`)
    }
    this.#judge()
  }

  #startOf(number: number) {
    const { starts, fork, known } = this.#options
    const isRenamed = fork.renames || known.savepoint.steps.some(({ step }) => wasRenamed(step))
    const savepoint = fork.moves ? movedFolder : `${firstJob}${known.folder}`
    const { laterBy, claims } = fork
    return starts.options({ number, from: { savepoint }, isRenamed, laterBy, claims })
  }

  #judge(): void {
    const { world, job, known, report } = this.#options
    const { disk } = world
    const untilCheckpoint = known.savepoint.origin?.checkpoint ?? 0
    const rows = (sink: string) => [
      ...committedRows(disk, sink, { untilCheckpoint }),
      ...committedRows(disk, sink, { root: forkRoot }),
    ]
    const wrong = [
      ...job.judge(rows, () => true),
      ...judgeManifests(disk, forkRoot),
      ...judgeLeftovers(disk, this.#history, this.watch, this.run.sweptAtMs),
    ]
    for (const violation of wrong) report(violation)
  }

  /** Of its output and checkpoints, without the savepoint that the fork may take over. */
  #filesOfFirst(): string[] {
    const { world, known } = this.#options
    return [checkpointFolder, outputFolder]
      .flatMap((folder) => filesBelow(world.disk, folder))
      .filter((path) => !path.startsWith(`${known.folder}/`))
  }
}

function wasRenamed(step: string): boolean {
  return originalName(step) !== step
}

/** As an operator does, to another disk say. */
function copyFolder(disk: SimulatedDisk, from: string, to: string): void {
  const folders = new Set<string>(['/'])
  const make = (folder: string): void => {
    const parts = folder.split('/').slice(1)
    parts.forEach((_, index) => {
      const path = `/${parts.slice(0, index + 1).join('/')}`
      disk.makeDirectory(path)
      folders.add(path)
    })
  }
  make(`${to}/segments`)
  for (const path of filesBelow(disk, from)) {
    const copy = `${to}${path.slice(from.length)}`
    const file = disk.create(copy)
    disk.append(file, readFile(disk, path), copy)
    file.sync()
  }
  for (const folder of folders) disk.syncDirectory(folder)
}
