// A broker of which the test writes the answers, at a server of a simulated world. It speaks what a
// real one says of itself, and does what it is told for each request.

import type { NetworkConnection } from '@sluice/core/connector'
import type { SimulatedServer, SimulatedWorld } from '@sluice/testing/simulator'
import type { Api } from '../../../src/wire/codec/define-api.ts'
import { apiOf, knownApis } from '../../../src/wire/known-apis.ts'
import { apiVersions } from '../../../src/wire/message/api-versions.ts'
import { serveRequests } from './serve-requests.ts'

/** Undefined: no answer. */
type Answer = Uint8Array | undefined | Promise<Uint8Array | undefined>
type Handler = (version: number, body: Uint8Array, connection: NetworkConnection) => Answer

export interface Asked {
  readonly name: string
  readonly version: number
  /** Number of the connection, in order of their coming. */
  readonly connection: number
}

export class ScriptedBroker {
  readonly server: SimulatedServer
  readonly asked: Asked[] = []
  readonly #handlers = new Map<number, Handler>()
  #connections = 0

  constructor(world: SimulatedWorld, host: string, port: number) {
    this.server = world.network.listen(host, port, (connection) => this.#accept(connection))
    this.speaks()
  }

  /** All that we speak, but for what is said: name of the API, lowest, highest version. */
  speaks(
    ranges: Readonly<Record<string, readonly [number, number]>> = {},
    transactionVersion = 2,
  ): void {
    const apiKeys = knownApis.map((api) => {
      const [minVersion, maxVersion] = ranges[api.name] ?? [0, api.newest]
      return { apiKey: api.key, minVersion, maxVersion }
    })
    this.#handlers.set(apiVersions.key, (version) => {
      const highest = ranges['ApiVersions']?.[1] ?? apiVersions.newest
      if (version > highest) return apiVersions.response.encode(0, { errorCode: 35, apiKeys })
      const finalizedFeatures = [
        { name: 'transaction.version', maxVersionLevel: transactionVersion, minVersionLevel: 1 },
      ]
      const features = version >= 3 ? { finalizedFeatures } : {}
      return apiVersions.response.encode(version, { errorCode: 0, apiKeys, ...features })
    })
  }

  /** What to answer to an API; undefined for nothing. */
  answers<RequestIn, Request, ResponseIn, Response>(
    api: Api<RequestIn, Request, ResponseIn, Response>,
    handle: (
      request: Request,
      connection: NetworkConnection,
    ) => ResponseIn | undefined | Promise<ResponseIn | undefined>,
  ): void {
    this.#handlers.set(api.key, async (version, body, connection) => {
      const response = await handle(api.request.decode(version, body), connection)
      return response === undefined ? undefined : api.response.encode(version, response)
    })
  }

  /** Names of what was asked, beside the greeting. */
  get names(): string[] {
    return this.asked.map(({ name }) => name).filter((name) => name !== apiVersions.name)
  }

  #accept(connection: NetworkConnection): void {
    const number = this.#connections++
    serveRequests(
      connection,
      ({ apiKey, version }, body) => this.#handlers.get(apiKey)?.(version, body, connection),
      ({ apiKey, version }) => {
        const name = apiOf(apiKey)?.name ?? String(apiKey)
        this.asked.push({ name, version, connection: number })
      },
    )
  }
}
