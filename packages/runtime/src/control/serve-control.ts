// Lets a run be controlled from outside its process while it goes on: listens on the loopback
// interface once a fence of the run stands, says where in a file beside the checkpoints, and ends
// with the run. Where that cannot be, the job runs without it.

import { waitAtMost } from '../coordinator/bounded-wait.ts'
import type { JobEvents, JobRun } from '../coordinator/job-run.ts'
import type { HttpServer, Platform } from '../platform/platform.ts'
import { localFolder } from '../storage/create-storage.ts'
import { removeControlFile, writeControlFile } from './control-file.ts'
import type { ControlFile } from './control-protocol.ts'
import type { LineAnswer } from './line-answer.ts'

/** How long the last answers may take to be fetched once the run has ended. */
const lastAnswersWithinMs = 2_000

/** A recovery that takes longer than this is listened to as well. */
const opensAfterMs = 1_000

/** Resolves when the run has ended and nobody waits for an answer any more. */
export async function serveControl(platform: Platform, run: JobRun): Promise<void> {
  if (platform.serve === undefined) return
  const control = new RunControl(platform, run)
  let first: JobEvents['generation'] | undefined
  let cancelTimer: () => void = () => {}
  const open = (): void => {
    if (first !== undefined) control.open(first)
  }
  const releases = [
    run.on('generation', (event) => {
      if (first !== undefined) return
      first = event
      cancelTimer = platform.timers.after(opensAfterMs, open)
    }),
    // A run that recovers has better things to do than to load a server.
    run.on('running', open),
  ]
  await run.done
  cancelTimer()
  for (const release of releases) release()
  await control.close()
}

interface WrittenFile {
  readonly folder: string
  readonly content: ControlFile
}

class RunControl {
  readonly #platform: Platform
  readonly #run: JobRun
  readonly #answers = new Set<LineAnswer>()
  #opened: Promise<void> | undefined
  #server: HttpServer | undefined
  #file: WrittenFile | undefined

  constructor(platform: Platform, run: JobRun) {
    this.#platform = platform
    this.#run = run
  }

  /** The first fence counts: a restart of the tasks changes nothing for whoever asks. */
  open({ logId, generation, storage }: JobEvents['generation']): void {
    const folder = localFolder(storage)
    if (folder === undefined) return
    this.#opened ??= this.#open(folder, logId, generation).catch((error: unknown) => {
      this.#platform.log.warn('The run cannot be controlled from outside its process.', {
        error: String(error),
      })
    })
  }

  async close(): Promise<void> {
    await this.#opened
    const last = Promise.all([...this.#answers].map((answer) => answer.ended))
    await waitAtMost(this.#platform.timers, lastAnswersWithinMs, last)
    if (this.#file !== undefined) await this.#remove(this.#file)
    await this.#server?.close()
  }

  async #open(folder: string, logId: string, generation: number): Promise<void> {
    const { controlApp } = await import('./control-app.ts')
    const { job } = this.#run.status()
    const token = this.#platform.random.hex(32)
    const identity = { version: 1, job, logId, generation, token } as const
    const app = controlApp({
      platform: this.#platform,
      run: this.#run,
      identity: () => ({ ...identity, address: this.#server?.address ?? '' }),
      answering: (answer) => {
        this.#answers.add(answer)
        void answer.ended.then(() => this.#answers.delete(answer))
      },
    })
    this.#server = await this.#platform.serve?.((request) => app.fetch(request))
    if (this.#server === undefined) return
    const content = { ...identity, address: this.#server.address }
    // Also where the writing fails: it may have taken effect.
    this.#file = { folder, content }
    await writeControlFile(this.#platform, folder, content)
  }

  async #remove({ folder, content }: WrittenFile): Promise<void> {
    try {
      await removeControlFile(this.#platform, folder, content.token)
    } catch (error) {
      this.#platform.log.warn('The control file of this run could not be removed.', {
        error: String(error),
      })
    }
  }
}
