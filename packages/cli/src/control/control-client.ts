// Speaks to a running job: finds where it listens, and tells apart a job that does not run, one
// that does not answer, and a stranger that has got its port. Its token is sent to that address
// alone and never printed.

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

type Progress = Extract<ControlLine, { event: 'progress' }>

/** An address that does not answer at all is that of a process that is gone. */
const answersWithinMs = 10_000

/** The type of an answer in lines. */
const linesType = 'application/x-ndjson'

export class ControlClient {
  readonly #place: string
  readonly #file: ControlFile

  private constructor(place: string, file: ControlFile) {
    this.#place = place
    this.#file = file
  }

  /** Throws JOB_NOT_RUNNING where no run has left word in the folder of the checkpoints. */
  static async find(place: string): Promise<ControlClient> {
    const folder = localFolder(place)
    const { files } = createNodePlatform({ logLevel: 'silent' })
    const file = folder === undefined ? undefined : await readControlFile(files, folder)
    if (file === undefined)
      throw notRunning(`No run of the job with checkpoints in ${place} answers`)
    return new ControlClient(place, file)
  }

  get job(): string {
    return this.#file.job
  }

  async status(): Promise<ControlStatus> {
    const response = await this.#fetch('/status', { method: 'GET' })
    const status = (await response.json().catch(() => undefined)) as ControlStatus | undefined
    if (status?.logId !== this.#file.logId) throw this.#isGone(undefined)
    return status
  }

  /** Asks for something that takes its time; resolves with what came of it. */
  async ask(
    path: '/checkpoint' | '/savepoint' | '/stop',
    body: object,
    progress: (progress: Progress) => void,
  ): Promise<ControlResult> {
    const response = await this.#fetch(path, { method: 'POST', body: JSON.stringify(body) })
    const type = response.headers.get('content-type')
    if (type !== linesType) throw this.#isGone(undefined)
    try {
      for await (const line of linesOf(response)) {
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
  }

  async #fetch(path: string, request: { method: string; body?: string }): Promise<Response> {
    const { address, token } = this.#file
    const aborts = new AbortController()
    const timer = setTimeout(() => aborts.abort(), answersWithinMs)
    let response: Response
    try {
      response = await fetch(`${address}${path}`, {
        ...request,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        signal: aborts.signal,
        redirect: 'error',
      })
    } catch (error) {
      throw this.#isGone(error)
    } finally {
      clearTimeout(timer)
    }
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

async function* linesOf(response: Response): AsyncGenerator<string> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const bytes of response.body ?? []) {
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
