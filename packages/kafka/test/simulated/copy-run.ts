// One seed: a job that copies a topic, on the simulator, from and to a simulated cluster. Whatever
// it consists of fails until the faults end; then it has to finish and is judged.

import { defineJob, type SluiceError, text } from '@sluice/core'
import { type JobResult, type JobRun, registerJob, runJob } from '@sluice/runtime'
import { SimulatedWorld, type SimulatedProcess } from '@sluice/testing/simulator'
import { runWorker } from '../../../runtime/src/worker/worker.ts'
import { kafkaSink, kafkaSource } from '../../src/index.ts'
import { CopyInput, inputTopic, keyOf } from './copy-input.ts'
import { judgeCopy } from './judge-copy.ts'
import { type CopyShape, drawCopyShape, type Strike } from './copy-shape.ts'
import { ServedKafka } from './served-kafka.ts'

export const outputTopic = 'output'

export interface CopyResult {
  readonly seed: number
  readonly shape: CopyShape
  readonly violations: readonly string[]
  /** The job has said that it cannot keep a promise. */
  readonly gaveUp: boolean
  readonly faults: readonly string[]
  readonly checkpoints: number
  readonly restarts: number
  readonly events: number
  readonly virtualMs: number
  readonly lastEvents: readonly string[]
}

const safetyMs = 20_000
const livenessMs = 1_200_000
const quietMs = 300_000
const longestMarkersMs = 100
const mostEvents = 1_500_000
const mostStarts = 40
const shownEvents = 80

/** What the faults of a run excuse. */
const excused = new Set([
  'SINK_FAILED',
  'COMMIT_FAILED',
  'CHECKPOINT_FAILED',
  'WORKER_DIED',
  'SOURCE_UNREADABLE',
  'KAFKA_UNREACHABLE',
  'KAFKA_REQUEST_FAILED',
  'KAFKA_TRANSACTION_TIME',
])

/** Faults in which a client waits in vain, and for how long at most. */
const longWaitsMs: Readonly<Record<string, number>> = {
  'connect-lost': 10_000,
  'request-late': 40_000,
}

interface Running {
  readonly process: SimulatedProcess
  result: JobResult | undefined
}

export class CopyRun {
  readonly world: SimulatedWorld
  readonly #seed: number
  readonly #shape: CopyShape
  readonly #kafka: ServedKafka
  readonly #input: CopyInput
  readonly #key: string
  readonly #violations = new Set<string>()
  readonly #started: Running[] = []
  #current: Running | undefined
  #checkpoints = 0
  #restarts = 0
  #finished = false
  #gaveUp = false

  constructor(seed: number, commit: CopyShape['commit'], suppressed = new Set<string>()) {
    this.#seed = seed
    this.#key = `kafka-copy-${commit}-${seed}`
    const random = new SimulatedWorld({ seed }).random.fork('copy')
    this.#shape = drawCopyShape(random.fork('shape'), commit)
    const { rates, nodes, transactionVersion } = this.#shape
    this.world = new SimulatedWorld({
      seed,
      runWorker,
      faultRates: rates,
      suppressedFaults: suppressed,
    })
    const delays = random.fork('markers')
    this.#kafka = new ServedKafka(this.world, {
      nodes,
      transactionVersion,
      abortSweepMs: 500,
      markerDelayMs: () => (delays.chance(0.3) ? 0 : delays.between(0, 60)),
    })
    this.#input = new CopyInput(random.fork('input'), this.#shape)
    const { topics } = this.#kafka.cluster
    topics.create(inputTopic, this.#shape.inputPartitions)
    topics.create(outputTopic, this.#shape.outputPartitions)
  }

  async run(): Promise<CopyResult> {
    const unregister = registerJob(this.#key, this.#definition())
    try {
      await this.#toItsEnd()
    } catch (error) {
      this.#report(`the simulation threw ${error instanceof Error ? error.stack : String(error)}`)
    } finally {
      unregister()
      this.#kafka.cluster.close()
    }
    const { events, faults, nowMs, processes } = this.world
    for (const { name, exit } of processes) {
      if (exit?.kind !== 'failed') continue
      const stack = exit.error instanceof Error ? exit.error.stack : undefined
      this.#report(`process ${name} crashed: ${stack ?? 'without an error'}`)
    }
    const violations = [...this.#violations]
    return {
      seed: this.#seed,
      shape: this.#shape,
      violations,
      gaveUp: this.#gaveUp,
      faults: faults.hits.map(({ id }) => id),
      checkpoints: this.#checkpoints,
      restarts: this.#restarts,
      events: events.length,
      virtualMs: nowMs,
      lastEvents: violations.length === 0 ? [] : events.lines(shownEvents),
    }
  }

  async #toItsEnd(): Promise<void> {
    const { world } = this
    this.#feed(0)
    for (const strike of this.#shape.strikes) {
      world.schedule(strike.atMs, `it is time for ${strike.id}`, () => this.#strike(strike))
    }
    this.#start()
    const over = () => this.#finished || this.#gaveUp
    await world.run({ until: over, untilMs: safetyMs })
    world.faults.stop()
    world.note('faults are over')
    for (const node of this.#shape.nodes) this.#kafka.wake(node)
    for (const { process } of this.#started) if (process.paused) process.resume()
    const untilMs = world.nowMs + livenessMs
    const end = await world.run({ until: over, untilMs, maxEvents: mostEvents })
    if (!over()) return this.#report(`the job does not finish when faults are over (${end})`)
    await this.#quiet()
    this.#judge()
  }

  /** One batch after the other, so that each log has them in the order in which they were drawn. */
  #feed(index: number): void {
    const batch = this.#input.batches[index]
    if (batch === undefined) return
    const { world } = this
    world.schedule(batch.atMs - world.nowMs, 'input comes', () => {
      const { topics, clock } = this.#kafka.cluster
      this.#input.write(batch, topics.log(inputTopic, batch.partition), clock.now())
      this.#feed(index + 1)
    })
  }

  /** Who still sleeps wakes up; then a further run finds nothing to do. */
  async #quiet(): Promise<void> {
    const { world } = this
    const ended = () => world.processes.every(({ exit }) => exit !== undefined)
    await world.run({ until: ended, untilMs: world.nowMs + quietMs })
    if (!this.#gaveUp) {
      const last = this.#start()
      await world.run({ until: ended, untilMs: world.nowMs + quietMs })
      if (last.result?.outcome !== 'finished-before') {
        this.#report(`a run of the finished job ended as ${last.result?.outcome ?? 'nothing'}`)
      }
    }
    for (const { name, exit } of world.processes) {
      if (exit === undefined) this.#report(`process ${name} does not end`)
    }
    // An EndTxn is answered before the markers of its transaction are written.
    await world.run({ untilMs: world.nowMs + longestMarkersMs })
  }

  #judge(): void {
    const { cluster } = this.#kafka
    const judged = judgeCopy(cluster, outputTopic, this.#input.expected, this.#gaveUp)
    for (const violation of judged) this.#report(violation)
  }

  #definition() {
    const { commit, everyMs, timeoutMs, fetchBytes } = this.#shape
    const { brokers } = this.#kafka
    return defineJob({
      name: 'copy',
      checkpoint: { every: `${everyMs}ms`, storage: '/checkpoints' },
      restart: { strategy: 'exponential', initialDelay: '20ms', maxDelay: '800ms' },
      graph: (job) => {
        job
          .from(
            'in',
            kafkaSource({
              brokers,
              topic: inputTopic,
              value: text(),
              stopAt: { offsets: this.#input.stopAt },
              fetch: { partitionBytes: fetchBytes },
            }),
          )
          .to(
            'out',
            kafkaSink<string>({
              brokers,
              topic: outputTopic,
              key: keyOf,
              value: text(),
              commit,
              transactionTimeout: `${timeoutMs}ms`,
            }),
          )
      },
    })
  }

  #start(): Running {
    const number = this.#started.length
    const { parallelisms } = this.#shape
    const parallelism = parallelisms[number % parallelisms.length] as number
    const process = this.world.startProcess(`p${number}`)
    const running: Running = { process, result: undefined }
    this.#started.push(running)
    this.#current = running
    process.run(async (platform) => {
      const origin = { kind: 'registered', key: this.#key } as const
      const job = runJob(platform, { origin, settings: { parallelism } })
      this.#follow(process, job)
      running.result = await job.done
      this.#ended(running, running.result)
    })
    return running
  }

  #follow(process: SimulatedProcess, job: JobRun): void {
    job.on('checkpoint-completed', () => {
      this.#checkpoints++
    })
    job.on('restarting', ({ error }) => {
      this.#restarts++
      this.world.note(`${process.name} restarts: ${error.code} ${error.message}`)
      this.#excuse(error)
    })
  }

  #ended(running: Running, { outcome, error }: JobResult): void {
    const { world } = this
    const { name } = running.process
    world.note(`${name} ends as ${outcome} ${error?.code ?? ''} ${error?.message ?? ''}`)
    if (outcome === 'finished' || outcome === 'finished-before') this.#finished = true
    if (outcome === 'failed' && error !== undefined) {
      if (error.code === 'COMMIT_IMPOSSIBLE') this.#giveUp(error)
      else this.#excuse(error)
    }
    if (running === this.#current) this.#startAfter(200)
  }

  /** Right only where somebody was away longer than the brokers keep a transaction open. */
  #giveUp(error: SluiceError): void {
    const { commit, timeoutMs, strikes } = this.#shape
    const sleptMs = strikes.reduce((sum, { lengthMs }) => sum + lengthMs, 0)
    const waits = this.world.faults.hits.map(({ kind }) => longWaitsMs[kind] ?? 0)
    const awayMs = waits.reduce((sum, waitMs) => sum + waitMs, sleptMs)
    this.#gaveUp = true
    if (commit === 'staged' || awayMs < timeoutMs / 3) {
      this.#report(`the job gave up: ${error.code} ${error.message}`)
    }
  }

  #excuse({ code, message }: SluiceError): void {
    if (!excused.has(code)) this.#report(`a failure that no fault excuses: ${code} ${message}`)
  }

  #startAfter(delayMs: number): void {
    this.#current = undefined
    this.world.schedule(delayMs, 'a supervisor starts the next process', () => {
      if (this.#current !== undefined || this.#finished || this.#gaveUp) return
      if (this.#started.length < mostStarts) this.#start()
      else this.#report(`the job was started ${mostStarts} times`)
    })
  }

  #strike(strike: Strike): void {
    const { world } = this
    if (this.#finished || !world.faults.happens(strike.id, `for ${strike.lengthMs} ms`)) return
    const { kind, lengthMs, which } = strike
    if (kind.startsWith('broker') || kind === 'leaders-move') return this.#strikeCluster(strike)
    const process = this.#current?.process
    if (process === undefined || process.exit !== undefined || process.paused) return
    if (kind === 'worker-dies') {
      const alive = process.workers.filter((worker) => worker.alive)
      alive[Math.floor(which * alive.length)]?.kill()
    } else if (kind === 'process-dies') {
      process.kill()
      this.#startAfter(lengthMs / 4)
    } else {
      process.pause()
      world.schedule(lengthMs, 'a sleeper wakes', () => {
        if (process.exit === undefined && process.paused) process.resume()
      })
      if (kind === 'process-sleeps') this.#startAfter(50)
    }
  }

  #strikeCluster({ kind, lengthMs, which }: Strike): void {
    const { nodes } = this.#shape
    const kafka = this.#kafka
    const node = nodes[Math.floor(which * nodes.length)] as number
    if (kind === 'broker-stops') {
      kafka.stop(node)
      this.world.schedule(lengthMs, 'a broker starts', () => kafka.restart(node))
    } else if (kind === 'broker-sleeps') {
      kafka.sleep(node)
      this.world.schedule(lengthMs, 'a broker wakes', () => kafka.wake(node))
    } else if (kind === 'broker-is-cut') {
      kafka.cut(node)
    } else {
      for (const { name, partitions } of kafka.cluster.topics.all) {
        for (const index of partitions.keys()) kafka.cluster.moveLeader(name, index, node)
      }
    }
  }

  #report(violation: string): void {
    this.world.note(`VIOLATION ${violation}`)
    this.#violations.add(violation)
  }
}
