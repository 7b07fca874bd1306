// Asks a registry until it answers: addresses in turn, with growing pauses, for as long as the
// options say. An answer that asking again does not change is given back or thrown.

import { SluiceError } from '@sluice/core'
import type { ConnectorContext, NetworkConnection } from '@sluice/core/connector'
import { exchange, type HttpRequest, NoAnswer } from './http-exchange.ts'
import type { HttpResponse } from './http-response.ts'
import type { Answer } from './registered-schema.ts'
import { addressText, type RegistryAddress, type SchemaRegistry } from './schema-registry.ts'

const firstPauseMs = 100
const longestPauseMs = 5000
const shownCharacters = 500

/** An answer that is no error, or one that means something to whoever asks. */
export interface RegistryAnswer {
  readonly status: number
  /** The registry's own code of an error, such as 40403. */
  readonly errorCode: number
  /** The registry's own words of an error. */
  readonly message: string
  readonly body: Answer
}

/** Sends requests to the addresses of one registry. */
export class RegistryRequests {
  readonly #registry: SchemaRegistry
  readonly #context: ConnectorContext
  readonly #open = new Set<NetworkConnection>()
  #isClosed = false
  /** The address that answered last is asked first. */
  #current = 0

  constructor(registry: SchemaRegistry, context: ConnectorContext) {
    this.#registry = registry
    this.#context = context
  }

  /** Rejects with KAFKA_REGISTRY_UNREACHABLE or KAFKA_REGISTRY_REFUSED. */
  async ask(request: HttpRequest): Promise<RegistryAnswer> {
    const { clock } = this.#context
    const { addresses, retryForMs } = this.#registry
    const deadline = clock.monotonic() + retryForMs
    for (let attempt = 0; ; attempt++) {
      const address = addresses[this.#current] as RegistryAddress
      const outcome = await this.#attempt(address, request)
      if (typeof outcome !== 'string') return outcome.answer
      this.#current = (this.#current + 1) % addresses.length
      // The others are asked at once; only then is it time to pause.
      const round = Math.floor((attempt + 1) / addresses.length)
      const pauseMs = (attempt + 1) % addresses.length === 0 ? this.#pauseMs(round) : 0
      if (this.#isClosed || clock.monotonic() + pauseMs > deadline) throw this.#unreachable(outcome)
      if (pauseMs === 0) continue
      this.#context.log.debug('schema registry does not answer', { reason: outcome, pauseMs })
      await this.#context.timers.sleep(pauseMs)
      if (this.#isClosed) throw this.#unreachable(outcome)
    }
  }

  close(): void {
    this.#isClosed = true
    for (const connection of this.#open) connection.close()
  }

  /** The answer, or the reason why it is worth asking again. */
  async #attempt(
    address: RegistryAddress,
    request: HttpRequest,
  ): Promise<{ readonly answer: RegistryAnswer } | string> {
    const authorization = await this.#authorization()
    let connection: NetworkConnection | undefined
    try {
      const response = await exchange({
        context: this.#context,
        address,
        tls: this.#registry.tls,
        request: { ...request, authorization },
        timeoutMs: this.#registry.requestTimeoutMs,
        opened: (opened) => {
          connection = opened
          this.#open.add(opened)
          if (this.#isClosed) opened.close()
        },
      })
      if (response.status >= 500 || response.status === 429) {
        return `${addressText(address)} answered ${saidBy(response)}`
      }
      return { answer: understood(address, response) }
    } catch (error) {
      if (error instanceof NoAnswer) return error.message
      throw error
    } finally {
      if (connection !== undefined) this.#open.delete(connection)
    }
  }

  async #authorization(): Promise<string | undefined> {
    const authorization = await this.#registry.authorization()
    if (authorization === undefined || !/[^\x20-\x7e]/.test(authorization)) return authorization
    throw new SluiceError(
      'SETTING_INVALID',
      'The token for the schema registry holds a line break, or another character no header may.',
      { hint: 'Was it read from a file with a line break at its end? Trim it.' },
    )
  }

  #pauseMs(round: number): number {
    const fullMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(round - 1, 10))
    return Math.round(fullMs * (0.5 + this.#context.random.fraction() / 2))
  }

  #unreachable(reason: string): SluiceError {
    const { urls } = this.#registry
    const message = this.#isClosed
      ? `The schema registry was asked when the task ended: ${reason}`
      : `The schema registry does not answer: ${reason}`
    return new SluiceError('KAFKA_REGISTRY_UNREACHABLE', message, {
      hint: `Does it run at ${urls.join(', ')}, and can this machine reach it?`,
    })
  }
}

function saidBy({ status, body }: HttpResponse): string {
  const said = parsed(body)?.['message']
  return typeof said === 'string' ? `${status}: ${shortened(said)}` : String(status)
}

function shortened(text: string): string {
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text
}

/** What the answer says, where a caller can do something with it. */
function understood(address: RegistryAddress, response: HttpResponse): RegistryAnswer {
  const { status } = response
  const at = addressText(address)
  if (status === 401 || status === 403) {
    throw new SluiceError(
      'KAFKA_REGISTRY_REFUSED',
      `The schema registry at ${at} refuses this client: ${saidBy(response)}`,
      { hint: 'Give auth: { username, password } or { token }, with rights for the subject.' },
    )
  }
  const body = parsed(response.body)
  const errorCode = Number(body?.['error_code'] ?? 0)
  const isMeant = status < 300 || [404, 409, 422].includes(status)
  if (body === undefined || !isMeant || (status >= 300 && errorCode === 0)) {
    throw new SluiceError(
      'KAFKA_REGISTRY_REFUSED',
      `What answers at ${at} is no schema registry, or does not understand what it is asked: ` +
        `${saidBy(response)}${body === undefined ? ', and no JSON' : ''}`,
      { hint: 'Look at the url of the registry, and at the path in it.' },
    )
  }
  const message = typeof body['message'] === 'string' ? shortened(body['message']) : ''
  return { status, errorCode, message, body }
}

function parsed(text: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Answer) : undefined
  } catch {
    return undefined
  }
}
