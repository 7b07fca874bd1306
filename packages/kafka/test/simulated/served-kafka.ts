// A simulated cluster at servers of a simulated world, so that clients reach it through a network.
// Brokers can be stopped, put to sleep and cut off. By chance, at the rates of the world's faults:
//   request-lost    nothing is done, and the connection ends
//   answer-lost     it is done, and the connection ends; `answer-lost-EndTxn` and so on by API
//   request-late    it is done long after the client gave up

import type { Timers } from '@sluice/core/connector'
import type { SeededRandom, SimulatedServer, SimulatedWorld } from '@sluice/testing/simulator'
import type { RequestHeader } from '../../src/wire/connection/headers.ts'
import { apiOf } from '../../src/wire/known-apis.ts'
import { apiVersions } from '../../src/wire/message/api-versions.ts'
import { SimulatedKafka, type SimulatedKafkaOptions } from '../simulated-broker/simulated-kafka.ts'
import { type Answer, serveRequests } from '../wire/broker/serve-requests.ts'

export type ServedKafkaOptions = Omit<SimulatedKafkaOptions, 'clock' | 'timers' | 'addressOf'> & {
  readonly nodes: readonly number[]
}

const port = 9_092
const startOfTimeMs = 1_750_000_000_000
const unsupportedVersion = 35
const latestRequestMs = 40_000

export class ServedKafka {
  readonly cluster: SimulatedKafka
  readonly #world: SimulatedWorld
  readonly #random: SeededRandom
  readonly #servers = new Map<number, SimulatedServer>()
  /** Brokers that sleep, and what waits until they wake up. */
  readonly #asleep = new Map<number, (() => void)[]>()

  constructor(world: SimulatedWorld, options: ServedKafkaOptions) {
    this.#world = world
    this.#random = world.random.fork('kafka')
    this.cluster = new SimulatedKafka({
      ...options,
      clock: { now: () => Math.floor(startOfTimeMs + world.nowMs), monotonic: () => world.nowMs },
      timers: timersOf(world),
      addressOf: (node) => ({ host: `kafka-${node}`, port }),
    })
    for (const node of options.nodes) {
      const server = world.network.listen(`kafka-${node}`, port, (connection) => {
        serveRequests(connection, (header, body) => this.#answer(node, header, body))
      })
      this.#servers.set(node, server)
    }
  }

  /** For clients. */
  get brokers(): string {
    return [...this.#servers.values()].map(({ address }) => address).join(',')
  }

  /** The broker dies; what it led is led by others, if there are any. */
  stop(node: number): void {
    this.#world.note(`broker ${node} stops`)
    this.#server(node).stop()
    this.wake(node)
    this.cluster.stopNode(node)
  }

  restart(node: number): void {
    this.#world.note(`broker ${node} starts`)
    this.cluster.startNode(node)
    this.#server(node).restart()
  }

  /** SIGSTOP; nobody takes over what it led. */
  sleep(node: number): void {
    if (this.#asleep.has(node)) return
    this.#world.note(`broker ${node} sleeps`)
    this.#asleep.set(node, [])
    this.#server(node).pause()
  }

  wake(node: number): void {
    const waiting = this.#asleep.get(node)
    if (waiting === undefined) return
    this.#world.note(`broker ${node} wakes up`)
    this.#asleep.delete(node)
    this.#server(node).resume()
    for (const goOn of waiting) goOn()
  }

  cut(node: number): void {
    this.#world.note(`connections of broker ${node} are cut`)
    this.#server(node).cut()
  }

  async #answer(node: number, header: RequestHeader, body: Uint8Array): Promise<Answer> {
    const { apiKey, version } = header
    const api = apiOf(apiKey)
    if (api === undefined) return 'hang-up'
    if (apiKey === apiVersions.key && version > api.newest) return refusedVersions()
    if (version < api.oldest || version > api.newest) return 'hang-up'
    const { faults } = this.#world
    if (faults.strikes('request-lost', api.name)) return 'hang-up'
    if (faults.strikes('request-late', api.name)) {
      await this.#pass(this.#random.between(100, latestRequestMs))
    }
    await this.#awake(node)
    // It died while the request waited for its turn.
    if (!this.cluster.isUp(node)) return 'hang-up'
    const answer = await this.cluster.request(node, apiKey, version, body)
    await this.#awake(node)
    const isLost =
      faults.strikes('answer-lost', api.name) ||
      faults.strikes(`answer-lost-${api.name}`, `${node}`) ||
      !this.cluster.isUp(node)
    return isLost ? 'hang-up' : answer
  }

  async #awake(node: number): Promise<void> {
    const waiting = this.#asleep.get(node)
    if (waiting !== undefined) await new Promise<void>((resolve) => waiting.push(resolve))
  }

  #pass(delayMs: number): Promise<void> {
    return this.cluster.timers.sleep(delayMs)
  }

  #server(node: number): SimulatedServer {
    const server = this.#servers.get(node)
    if (server === undefined) throw new Error(`there is no broker ${node}`)
    return server
  }
}

/** In version 0, whatever was asked for. */
function refusedVersions(): Uint8Array {
  const { key: apiKey, oldest: minVersion, newest: maxVersion } = apiVersions
  const apiKeys = [{ apiKey, minVersion, maxVersion }]
  return apiVersions.response.encode(0, { errorCode: unsupportedVersion, apiKeys })
}

function timersOf(world: SimulatedWorld): Timers {
  const after = (delayMs: number, call: () => void): (() => void) => {
    let cancelled = false
    world.schedule(delayMs, 'kafka goes on', () => {
      if (!cancelled) call()
    })
    return () => {
      cancelled = true
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
