// One seed from its start to its verdict: a history of the job under supervision, then all checks;
// where the seed says so, a second job that begins with a savepoint of the first.

import { type JobOptions, registerJob, type StartFrom } from '@sluice/runtime'
import type { Port } from '@sluice/runtime/internal'
import { SimulatedWorld, type RunWorker } from '@sluice/testing/simulator'
import type { WorkerStart } from '../../../packages/runtime/src/worker/messages.ts'
import { runWorker } from '../../../packages/runtime/src/worker/worker.ts'
import { committedRows, judgeManifests } from '../checks/committed-rows.ts'
import { DiskWatch } from '../checks/disk-watch.ts'
import { judgeLeftovers } from '../checks/leftovers.ts'
import { LogHistory } from '../checks/log-history.ts'
import { unreadRecords } from '../checks/unread-records.ts'
import { SavepointWatch } from '../checks/savepoint-watch.ts'
import { judgeSnapshot, keepSnapshot, type KeptSnapshot } from '../checks/snapshot-round-trip.ts'
import { drawRates } from '../faults/draw-rates.ts'
import { drawShape } from '../job/draw-shape.ts'
import { featuresOf } from '../job/features.ts'
import type { JobShape } from '../job/shape.ts'
import { createSimulatedJob, type SimulatedJob } from '../job/simulated-job.ts'
import { renamedJob } from '../scenario/renamed-job.ts'
import { drawScenario, type Scenario } from '../scenario/scenario.ts'
import { Fork, forkRoot } from './fork.ts'
import { startFrom } from './operator.ts'
import { rotNewest } from './rot.ts'
import { SmallRings } from './small-rings.ts'
import type { FaultInPhase, SeedResult } from './seed-result.ts'
import { Starts } from './starts.ts'
import { type Before, SupervisedRun } from './supervised-run.ts'

/** Less proves too little. */
const fewestCheckpoints = 5
const shownEvents = 60
const longestCollectionMs = 60_000
/** What a worker logs. */
const localCopyIsUsed = 'State goes on from its local copy.'
const abandonedAfterMs = 2 * 3_600_000

export interface SeedOptions {
  /** Ids of faults that stay away. */
  readonly suppressed?: ReadonlySet<string>
  /** How many lines of the event log a failing result carries. */
  readonly lastEvents?: number
}

export class SimulationRun {
  readonly world: SimulatedWorld
  readonly #seed: number
  readonly #lastEvents: number
  readonly #shape: JobShape
  readonly #scenario: Scenario
  /** Checkpoints that must be complete before the faults end. */
  readonly #checkpoints: number
  readonly #rings: SmallRings
  readonly #job: SimulatedJob
  readonly #history: LogHistory
  readonly #savepoints: SavepointWatch
  readonly #snapshots: KeptSnapshot[] = []
  readonly #violations = new Set<string>()
  readonly #features = new Set<string>()
  readonly #faults: FaultInPhase[] = []
  readonly #generations = new WeakMap<object, number>()
  readonly #starts: Starts
  readonly #main: SupervisedRun
  /** Of what happens now: the job, or its fork. */
  #run: SupervisedRun
  #watch: DiskWatch
  #watches: readonly DiskWatch[]
  /** When the last checkpoint was complete. */
  #checkpointAtMs = 0
  #from: StartFrom | undefined
  #hadSavepoint = false

  constructor(seed: number, options: SeedOptions = {}) {
    this.#seed = seed
    this.#lastEvents = options.lastEvents ?? shownEvents
    const draw = new SimulatedWorld({ seed }).random.fork('scenario')
    this.#shape = drawShape(draw.fork('shape'))
    this.#scenario = drawScenario(draw.fork('from outside'))
    this.#rings = new SmallRings(this.#shape.ringBytes)
    this.#checkpoints = fewestCheckpoints + draw.fork('safety').below(4)
    this.world = new SimulatedWorld({
      seed,
      runWorker: this.#runWorker,
      faultRates: drawRates(draw.fork('rates')),
      suppressedFaults: options.suppressed ?? new Set(),
      isStale,
    })
    const { disk, events } = this.world
    const report = (violation: string) => this.#report(violation)
    this.#history = new LogHistory(disk, report)
    this.#history.onCheckpoint = (entry) => {
      const { completed } = this.#history
      this.#checkpointAtMs = this.world.nowMs
      if (completed === 3 || completed === 7) this.#snapshots.push(keepSnapshot(disk, entry))
    }
    this.#watch = new DiskWatch(this.world, this.#history, report)
    this.#watches = [this.#watch]
    this.#savepoints = new SavepointWatch(disk, report)
    this.#job = createSimulatedJob(this.#shape, draw.fork('records'), disk, {
      faults: this.world.faults,
      random: this.world.random.fork('calls'),
      after: (delayMs, call) => this.world.schedule(delayMs, 'an answer comes', call),
      violation: report,
      mayRead: () => this.#mayRead(),
      reads: (clock) => this.#watch.reads(this.#generations.get(clock) ?? 0),
    })
    disk.onChange = (change) => {
      for (const watch of this.#watches) watch.changed(change)
      this.#savepoints.changed(change)
    }
    this.#starts = new Starts(`simulated-${seed}`, this.#shape, this.#scenario)
    this.#main = this.#createMain()
    this.#run = this.#main
    events.listen((line) => this.#heard(line))
  }

  async run(): Promise<SeedResult> {
    const startedMs = performance.now()
    const { definition } = this.#job
    const { isRenamed, key, renamedKey } = this.#starts
    const unregister = [
      registerJob(key, definition),
      registerJob(renamedKey, definition, renamedJob(isRenamed)),
    ]
    try {
      await this.#main.run()
      if (this.#main.finished) await this.#judge()
      if (this.#main.finished && this.#violations.size === 0) await this.#fork()
    } catch (error) {
      this.#report(`the simulation threw ${error instanceof Error ? error.stack : String(error)}`)
    } finally {
      for (const call of unregister) call()
    }
    return this.#result(performance.now() - startedMs)
  }

  #createMain(): SupervisedRun {
    return new SupervisedRun({
      world: this.world,
      name: 'p',
      shape: this.#shape,
      history: this.#history,
      savepoints: this.#savepoints,
      disasters: this.#scenario.disasters,
      orders: this.#scenario.orders,
      checkpoints: this.#checkpoints,
      start: (number, before) => this.#startOf(number, before),
      report: (violation) => this.#report(violation),
      happened: (feature) => this.#features.add(feature),
    })
  }

  #startOf(number: number, before: Before): JobOptions {
    if (before === 'overtaken') this.#from = undefined
    else if (before !== undefined) {
      this.#hadSavepoint = true
      this.#from = startFrom(before)
      this.#features.add('a start from the savepoint of a stop')
      if (before.order.rots && rotNewest(this.world, this.#history)) {
        this.#features.add('a savepoint in place of a damaged checkpoint')
      }
    }
    const isRenamed = this.#starts.isRenamedAt(number, this.#hadSavepoint)
    if (isRenamed && number > 0) this.#features.add('a start with renamed steps')
    return this.#starts.options({ number, from: this.#from, isRenamed })
  }

  /** As long as too few checkpoints are complete, nothing is read while none gets ready. */
  #mayRead(): boolean {
    if (this.#history.completed >= fewestCheckpoints) return true
    const { nowMs } = this.world
    return nowMs - this.#checkpointAtMs < 2 * this.#shape.checkpoint.everyMs
  }

  async #judge(): Promise<void> {
    const { disk } = this.world
    for (const snapshot of this.#snapshots) {
      const wrong = await judgeSnapshot(snapshot, 1 + (this.#seed % 5))
      for (const violation of wrong) this.#report(violation)
    }
    this.#judgeRows()
    const wrong = [
      ...judgeManifests(disk),
      ...judgeLeftovers(disk, this.#history, this.#watch, this.#main.sweptAtMs),
    ]
    for (const violation of wrong) this.#report(violation)
    await this.#judgeSavepoints()
  }

  #judgeRows(): void {
    const { disk } = this.world
    const unread = unreadRecords(disk, this.#shape, this.#history.newestCheckpoint)
    if (unread.size > 0) {
      if (this.#main.operator.drains) this.#features.add('a job that was drained early')
      else this.#report(`the job has finished, and ${unread.size} records were not read`)
    }
    const rows = (sink: string) => committedRows(disk, sink)
    const isRead = ({ id }: { readonly id: number }) => !unread.has(id)
    for (const violation of this.#job.judge(rows, isRead)) this.#report(violation)
  }

  /** Hours later a tool clears up, and finds everything that nobody will finish. */
  async #judgeSavepoints(): Promise<void> {
    const { world } = this
    const collector = this.#main.operator.collectGarbage()
    collector.jumpClock(abandonedAfterMs)
    const until = () => collector.exit !== undefined
    await world.run({ until, untilMs: world.nowMs + longestCollectionMs })
    this.#savepoints.judge()
    for (const folder of this.#savepoints.unfinished) {
      this.#report(`${folder} was begun and is nobody's`)
    }
  }

  async #fork(): Promise<void> {
    const { fork: drawn } = this.#scenario
    const known = this.#savepoints.known.filter(({ savepoint }) => savepoint.end !== 'finished')
    const chosen = drawn && known[Math.floor(drawn.which * known.length)]
    if (drawn === undefined || chosen === undefined || this.#main.operator.drains) return
    const fork = new Fork({
      world: this.world,
      shape: this.#shape,
      job: this.#job,
      starts: this.#starts,
      savepoints: this.#savepoints,
      fork: drawn,
      known: chosen,
      report: (violation) => this.#report(`fork: ${violation}`),
      happened: (feature) => this.#features.add(feature),
    })
    this.#run = fork.run
    this.#watch = fork.watch
    this.#watches = [...this.#watches, fork.watch]
    await fork.toItsEnd()
  }

  #heard(line: string): void {
    const fault = /world: fault (([^#]+)#\d+) ?(.*)$/.exec(line)
    if (fault === null) {
      if (line.endsWith(localCopyIsUsed)) this.#features.add('state goes on from a local copy')
      this.#run.heard(line.replaceAll(`${forkRoot}/`, '/'))
      return
    }
    const [, id = '', kind = '', detail = ''] = fault
    this.#faults.push({ id, kind, detail, phase: this.#run.phase, during: this.#run.during })
  }

  #report(violation: string): void {
    this.world.note(`VIOLATION ${violation}`)
    this.#violations.add(violation)
  }

  readonly #runWorker: RunWorker = (platform, port: Port, data) => {
    const start = data as WorkerStart
    this.#generations.set(platform.clock, start.generation)
    return runWorker(platform, port, this.#rings.exchanged(start))
  }

  #result(realMs: number): SeedResult {
    const { events, nowMs, processes } = this.world
    const failedProcesses = processes.flatMap(({ name, exit }) =>
      exit?.kind === 'failed' ? [`process ${name} crashed: ${stackOf(exit.error)}`] : [],
    )
    const violations = [...failedProcesses, ...this.#violations]
    return {
      seed: this.#seed,
      shape: this.#shape,
      scenario: this.#scenario,
      violations,
      features: [...featuresOf(this.#shape), ...this.#features, ...this.#starts.features],
      faults: this.#faults,
      records: this.#job.records,
      checkpoints: this.#history.completed,
      generations: this.#main.generation,
      events: events.length,
      virtualMs: nowMs,
      realMs,
      lastEvents: violations.length === 0 ? [] : events.lines(this.#lastEvents),
    }
  }
}

export async function simulateSeed(seed: number, options?: SeedOptions): Promise<SeedResult> {
  return await new SimulationRun(seed, options).run()
}

/** Listings that POSIX or an object store would not promise to be fresh; never the log. */
function isStale(path: string): boolean {
  const seen = path.startsWith(`${forkRoot}/`) ? path.slice(forkRoot.length) : path
  return /^\/checkpoints\/(segments|notes|aside)$/.test(seen) || seen.startsWith('/out/')
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
