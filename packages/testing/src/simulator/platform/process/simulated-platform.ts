// The platform of one simulated life: every call becomes an event of the world, or a draw of its
// seed.

import type { Clock, Logger, Timers } from '@sluice/core/connector'
import type { Platform, WorkerOptions, WorkerThread } from '@sluice/runtime/internal'
import type { Mounts } from '../disk/mounts.ts'
import { SimulatedFileSystem } from '../disk/simulated-file-system.ts'
import { openSimulatedStore } from '../key-value/simulated-key-value-store.ts'
import type { Life } from '../life.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { Simulation } from '../simulation.ts'
import { simulatedOffload } from './simulated-offload.ts'

/** One line that the engine logged. */
export interface LogLineOfProcess {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** What a platform needs of the process that it belongs to. */
export interface PlatformOwner {
  readonly mounts: Mounts
  wallClockMs(): number
  startWorker(options: WorkerOptions): WorkerThread
  output(line: string): void
  log(line: LogLineOfProcess): void
}

const cores = 4
const memoryUsedBytes = 64 * 2 ** 20

// Looking at the clock takes time, so that a loop that works until a millisecond has gone does a
// few batches and not all.
const longestClockReadMs = 0.03
const longestTimerLagMs = 1

export function createSimulatedPlatform(
  simulation: Simulation,
  life: Life,
  random: SeededRandom,
  owner: PlatformOwner,
): Platform {
  const { scheduler } = simulation
  const offloads = random.fork('offload')
  const clockReads = random.fork('clock')
  const stores = random.fork('stores')
  const connections = random.fork('connections')
  const clock: Clock = {
    now: () => Math.floor(owner.wallClockMs()),
    monotonic: () => {
      scheduler.pass(clockReads.between(0, longestClockReadMs))
      return scheduler.nowMs
    },
  }
  return {
    clock,
    timers: simulatedTimers(simulation, life, random.fork('timers')),
    random: random.fork('engine'),
    files: new SimulatedFileSystem(simulation, life, random.fork('files'), owner.mounts),
    network: {
      connect: (target) => simulation.network().connect(life, connections, target),
    },
    log: simulatedLog(owner),
    cores,
    later: (call) => {
      scheduler.schedule(life, 0, 'later', call)
    },
    output: (line) => owner.output(line),
    startWorker: (options) => owner.startWorker(options),
    offload: (moduleUrl, exportName, argument) =>
      simulatedOffload(simulation, life, offloads, moduleUrl, exportName, argument),
    memoryUsedBytes: () => memoryUsedBytes,
    openKeyValueStore: (path, options) =>
      openSimulatedStore(simulation, life, stores, path, options),
    sleepUntilRung: (words, lastSeen, call) => {
      simulation.doorbells.sleep(life, words, lastSeen, call)
    },
  }
}

function simulatedTimers(simulation: Simulation, life: Life, random: SeededRandom): Timers {
  const after = (delayMs: number, call: () => void): (() => void) => {
    if (Number.isNaN(delayMs)) throw new RangeError('A timer needs a number of milliseconds.')
    // A timer without end never fires; as an event it would take the clock with it.
    if (delayMs === Number.POSITIVE_INFINITY) return () => {}
    const lagMs = random.between(0, longestTimerLagMs)
    const event = simulation.scheduler.schedule(life, delayMs + lagMs, 'timer', call)
    return () => {
      event.cancelled = true
    }
  }
  return {
    after,
    sleep: (delayMs) =>
      new Promise((resolve) => {
        after(delayMs, resolve)
      }),
  }
}

function simulatedLog(owner: PlatformOwner): Logger {
  const at =
    (level: LogLineOfProcess['level']) =>
    (message: string, fields: Record<string, unknown> = {}) =>
      owner.log({ level, message, fields })
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
