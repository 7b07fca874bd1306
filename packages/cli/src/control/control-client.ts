// Speaks to a running job: finds where it listens, and tells apart a job that does not run, one
// that hangs, and a stranger that has got its port. Its token is sent to that address alone and
// never printed.

import { SluiceError, type WireError } from '@sluice/core/internal'
import {
  type ControlFile,
  type ControlLine,
  type ControlResult,
  type ControlStatus,
  createNodePlatform,
  localFolder,
  readControlFile,
} from '@sluice/runtime/internal'
import { duration } from '../text/quantity.ts'
import { type Limits, Patience } from './patience.ts'

type Progress = Extract<ControlLine, { event: 'progress' }>

const usualLimits: Limits = { answersWithinMs: 10_000, silentForMs: 30_000 }

/** The type of an answer in lines. */
const linesType = 'application/x-ndjson'

export class ControlClient {
  readonly #place: string
  readonly #file: ControlFile
  readonly #limits: Limits

  private constructor(place: string, file: ControlFile, limits: Limits) {
    this.#place = place
    this.#file = file
    this.#limits = limits
  }

  /** Throws JOB_NOT_RUNNING where no run has left word in the folder of the checkpoints. */
  static async find(place: string, limits: Partial<Limits> = {}): Promise<ControlClient> {
    const folder = localFolder(place)
    const { files } = createNodePlatform({ logLevel: 'silent' })
    const file = folder === undefined ? undefined : await readControlFile(files, folder)
    if (file === undefined)
      throw notRunning(`No run of the job with checkpoints in ${place} answers`)
    return new ControlClient(place, file, { ...usualLimits, ...limits })
  }

  get job(): string {
    return this.#file.job
  }

  /** Throws JOB_NOT_RUNNING, and JOB_UNRESPONSIVE where the run hangs. */
  async status(): Promise<ControlStatus> {
    return await this.#patiently(async (patience) => {
      const response = await this.#fetch('/status', { method: 'GET' }, patience)
      const status = (await response.json().catch(() => undefined)) as ControlStatus | undefined
      if (status?.logId !== this.#file.logId) throw this.#isGone(undefined)
      return status
    })
  }

  /**
   * Asks for something that takes its time; resolves with what came of it. Throws JOB_NOT_RUNNING,
   * JOB_UNRESPONSIVE where the run hangs or takes longer than allowed, and what the run throws.
   */
  async ask(
    path: '/checkpoint' | '/savepoint' | '/stop',
    body: object,
    progress: (progress: Progress) => void,
  ): Promise<ControlResult> {
    return await this.#patiently(async (patience) => {
      const request = { method: 'POST', body: JSON.stringify(body) }
      const response = await this.#fetch(path, request, patience)
      const type = response.headers.get('content-type')
      if (type !== linesType) throw this.#isGone(undefined)
      try {
        for await (const line of linesOf(response, patience)) {
          const said = JSON.parse(line) as ControlLine
          if (said.event === 'progress') progress(said)
          else if (said.event === 'done') return said.result
          else if (said.event === 'failed') throw SluiceError.fromWire(said.error)
        }
      } catch (error) {
        if (error instanceof SluiceError) throw error
        throw this.#wentAway(error)
      }
      throw this.#wentAway(undefined)
    })
  }

  /** Whatever fails because a limit ran out is told as that. */
  async #patiently<Result>(work: (patience: Patience) => Promise<Result>): Promise<Result> {
    const patience = new Patience(this.#limits)
    try {
      return await work(patience)
    } catch (error) {
      throw patience.runOut === undefined ? error : this.#hangs(patience.runOut)
    } finally {
      patience.end()
    }
  }

  async #fetch(
    path: string,
    request: { method: string; body?: string },
    patience: Patience,
  ): Promise<Response> {
    const { address, token } = this.#file
    let response: Response
    try {
      response = await fetch(`${address}${path}`, {
        ...request,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        signal: patience.signal,
        redirect: 'error',
      })
    } catch (error) {
      throw this.#isGone(error)
    }
    patience.heard()
    if (response.ok) return response
    // Another program has got the port meanwhile.
    if (response.status === 401 || response.status === 404) throw this.#isGone(undefined)
    throw (await refusal(response)) ?? this.#isGone(undefined)
  }

  #isGone(cause: unknown): SluiceError {
    return notRunning(
      `The run that left its address in ${this.#place} is gone: nobody answers at ` +
        `${this.#file.address}`,
      cause,
    )
  }

  #wentAway(cause: unknown): SluiceError {
    return new SluiceError(
      'JOB_NOT_RUNNING',
      `The run of '${this.job}' went away before it answered; what was asked may be done or not.`,
      { hint: 'Look at its checkpoints and savepoints, and start it again.', cause },
    )
  }

  #hangs({ limit, afterMs }: NonNullable<Patience['runOut']>): SluiceError {
    const run = `The run of '${this.job}' at ${this.#file.address}`
    const after = duration(afterMs)
    const open = 'What was asked may be done or not.'
    if (limit === 'timeout') {
      return new SluiceError(
        'JOB_UNRESPONSIVE',
        `${run} is not done within ${after}. It does not stop for that: what was asked may come.`,
        { hint: 'See how it is with `sluice status`, or ask again with a longer --timeout.' },
      )
    }
    const what = limit === 'answer' ? 'does not answer' : 'has given no sign of life for'
    return new SluiceError(
      'JOB_UNRESPONSIVE',
      `${run} ${what} ${limit === 'answer' ? `within ${after}` : after}. ${open}`,
      {
        hint:
          'The process is stopped, or hangs: look at it. If it is ended, the next run goes on ' +
          'from the last checkpoint.',
      },
    )
  }
}

/** Undefined where it is none that a run would give. */
async function refusal(response: Response): Promise<SluiceError | undefined> {
  try {
    const { error } = (await response.json()) as { error: WireError }
    return SluiceError.fromWire(error)
  } catch {
    return undefined
  }
}

async function* linesOf(response: Response, patience: Patience): AsyncGenerator<string> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const bytes of response.body ?? []) {
    patience.heard()
    const lines = (rest + decoder.decode(bytes as Uint8Array, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines.filter((line) => line !== '')
  }
}

function notRunning(what: string, cause?: unknown): SluiceError {
  return new SluiceError('JOB_NOT_RUNNING', `${what}.`, {
    hint:
      'Start it with `sluice run`, on this machine. A savepoint of a job that does not run is ' +
      'made with `sluice savepoint create --checkpoint latest`.',
    cause,
  })
}
