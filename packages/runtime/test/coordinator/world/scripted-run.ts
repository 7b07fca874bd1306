// One run of a job over scripted workers, real files in a folder of its own, and an outside world
// that outlives the run. Tests wait for what they expect; a run that never gets there fails by
// the deadline.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildJob, type JobDefinition } from '@sluice/core/internal'
import { onTestFinished } from 'vitest'
import type { JobEvents, JobOptions, JobRun } from '../../../src/coordinator/job-run.ts'
import { runJob } from '../../../src/coordinator/run-job.ts'
import { planJob } from '../../../src/plan/planner.ts'
import { createNodePlatform } from '../../../src/platform/node/node-platform.ts'
import type { Platform } from '../../../src/platform/platform.ts'
import { registerJob } from '../../../src/worker/job-registry.ts'
import { OutsideWorld } from './outside-world.ts'
import { ScriptedWorker } from './scripted-worker.ts'

const deadlineMs = 20_000

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-coordinator-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** What outlives a run. */
export class Place {
  readonly folder = temporaryFolder()
  readonly world = new OutsideWorld()
}

export interface ScriptedOptions {
  readonly options?: Partial<JobOptions>
  readonly everyMs?: number
  readonly parallelism?: number
  /** Prepares each worker as it starts. */
  readonly script?: (worker: ScriptedWorker) => void
  readonly platform?: Partial<Platform>
}

let registrations = 0

export class ScriptedRun {
  readonly run: JobRun
  readonly workers: ScriptedWorker[] = []
  readonly events: { [Name in keyof JobEvents]: JobEvents[Name][] }
  readonly #waiting = new Set<() => void>()

  constructor(place: Place, definition: JobDefinition, scripted: ScriptedOptions = {}) {
    const { options = {}, everyMs = 20, parallelism = 1, script } = scripted
    const key = `scripted-${++registrations}`
    onTestFinished(registerJob(key, definition))
    const plan = planJob(buildJob(definition, {} as never).graph, { parallelism })
    const platform: Platform = {
      ...createNodePlatform({ logSink: () => {} }),
      startWorker: (worker) => {
        const started = new ScriptedWorker(worker, plan, place.world)
        script?.(started)
        this.workers.push(started)
        this.#changed()
        return started
      },
      ...scripted.platform,
    }
    const { settings, ...others } = options
    this.run = runJob(platform, {
      origin: { kind: 'registered', key },
      settings: {
        restart: { strategy: 'fixed', delayMs: 0, maxAttempts: 5 },
        parallelism,
        ...settings,
        checkpoint:
          settings?.checkpoint === 'off'
            ? 'off'
            : { everyMs, minPauseMs: 0, storage: place.folder, ...settings?.checkpoint },
      },
      ...others,
    })
    this.events = this.#collect()
    onTestFinished(async () => {
      this.run.cancel()
      await this.run.done
    })
  }

  /** The workers of the newest attempt. */
  get current(): ScriptedWorker[] {
    const newest = Math.max(...this.workers.map((worker) => worker.start.generation))
    return this.workers.filter((worker) => worker.start.generation === newest)
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    if (condition()) return
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        const state = JSON.stringify(this.run.status(), undefined, 1)
        reject(new Error(`It never came to this: ${what}. ${state}`))
      }, deadlineMs)
      const poll = setInterval(() => look(), 2)
      const look = (): void => {
        if (!condition()) return
        clearTimeout(timer)
        clearInterval(poll)
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
    })
  }

  async untilCommitted(count: number): Promise<void> {
    await this.until(() => this.events.committed.length >= count, `${count} commits`)
  }

  async untilRunning(attempt = 1): Promise<void> {
    await this.until(() => this.events.running.length >= attempt, `attempt ${attempt} runs`)
  }

  #collect(): { [Name in keyof JobEvents]: JobEvents[Name][] } {
    const names: readonly (keyof JobEvents)[] = [
      'state',
      'running',
      'checkpoint-triggered',
      'checkpoint-completed',
      'checkpoint-failed',
      'savepoint',
      'committed',
      'commit-retried',
      'aborted',
      'restarting',
      'fenced',
      'warning',
      'metrics',
      'output',
    ]
    const events: Record<string, unknown[]> = {}
    for (const name of names) {
      const list: unknown[] = []
      events[name] = list
      this.run.on(name, (event) => {
        list.push(event)
        this.#changed()
      })
    }
    return events as { [Name in keyof JobEvents]: JobEvents[Name][] }
  }

  #changed(): void {
    for (const look of this.#waiting) look()
  }
}
