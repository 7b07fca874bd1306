// What each disaster does to the process that it strikes.

import type { JobRun } from '@sluice/runtime'
import type { SimulatedDisk, SimulatedProcess, SimulatedWorld } from '@sluice/testing/simulator'
import { namesIn } from '../checks/disk-reading.ts'
import type { Disaster } from './disaster.ts'
import type { Moment } from './moment.ts'

/** Where stores of all runs have their folders. */
export const stateFolder = '/state'

/** The process that is struck, and what else a strike can reach. */
export interface Victim {
  readonly world: SimulatedWorld
  readonly process: SimulatedProcess
  /** Undefined before its main function runs. */
  readonly job: JobRun | undefined
  /** The process is dead, or taken for dead. */
  gone(): void
  /** The machine has crashed. */
  crashed(): void
  at(moment: Moment, call: () => void): void
}

/** Whether there is something that the disaster could strike. */
export function canStrike({ kind }: Disaster, { process, job }: Victim): boolean {
  if (process.paused || process.exit !== undefined) return false
  if (kind === 'stop-requested' || kind === 'cancelled') return job !== undefined
  return !kind.startsWith('worker') || process.workers.some((worker) => worker.alive)
}

export function strike(disaster: Disaster, victim: Victim): void {
  const { world, process, job } = victim
  const workers = process.workers.filter((worker) => worker.alive)
  const worker = workers[Math.floor(disaster.lengthMs) % Math.max(1, workers.length)]
  switch (disaster.kind) {
    case 'worker-dies':
      worker?.kill(disaster.outOfMemory ? { kind: 'out-of-memory' } : undefined)
      break
    case 'process-dies':
      kill(victim)
      break
    case 'worker-then-process-dies':
      worker?.kill()
      world.schedule(disaster.lengthMs / 100, 'the process dies, too', () => kill(victim))
      break
    case 'machine-crashes':
      world.crashMachine()
      victim.crashed()
      victim.gone()
      break
    case 'process-sleeps':
      sleep(disaster, victim)
      break
    case 'worker-stalls':
      worker?.pause()
      world.schedule(disaster.lengthMs, 'a worker goes on', () => worker?.resume())
      break
    case 'clock-jumps':
      process.jumpClock(disaster.clockJumpMs)
      break
    case 'disk-full':
      world.disk.full = true
      world.schedule(disaster.lengthMs, 'there is room again', () => {
        world.disk.full = false
      })
      break
    case 'state-folder-lost':
      removeTree(world.disk, stateFolder)
      break
    case 'stop-requested':
      job?.stop()
      break
    case 'cancelled':
      job?.cancel()
      break
  }
}

function kill({ process, gone }: Victim): void {
  if (process.exit !== undefined) return
  process.kill()
  gone()
}

/** The process stands still; a supervisor takes it for dead and starts another. */
function sleep(disaster: Disaster, { world, process, gone, at }: Victim): void {
  process.pause()
  const wake = (): void => {
    if (process.exit === undefined && process.paused) process.resume()
  }
  world.schedule(disaster.lengthMs, 'a sleeper wakes', wake)
  at(disaster.wakesAt, wake)
  gone()
}

/** As somebody does who makes room in the wrong place. */
function removeTree(disk: SimulatedDisk, path: string): void {
  for (const name of namesIn(disk, path)) {
    const child = `${path}/${name}`
    if (disk.stat(child)?.kind === 'directory') removeTree(disk, child)
    else disk.remove(child)
  }
  disk.removeDirectory(path)
}
