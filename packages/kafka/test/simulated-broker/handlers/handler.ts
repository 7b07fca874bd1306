// From the bytes of a request to the bytes of its answer.

import type { AnyApi, Api } from '../../../src/wire/codec/define-api.ts'
import type { SimulatedKafka } from '../simulated-kafka.ts'

/** Where and how a request was made. */
export interface Asked {
  readonly node: number
  readonly version: number
}

/** An API that is answered. */
export interface Handler {
  readonly api: AnyApi
  answer(
    cluster: SimulatedKafka,
    node: number,
    version: number,
    body: Uint8Array,
  ): Promise<Uint8Array>
}

export function handler<RequestIn, Request, ResponseIn, Response>(
  api: Api<RequestIn, Request, ResponseIn, Response>,
  answer: (
    cluster: SimulatedKafka,
    request: Request,
    asked: Asked,
  ) => ResponseIn | Promise<ResponseIn>,
): Handler {
  return {
    api,
    async answer(cluster, node, version, body) {
      const request = api.request.decode(version, body)
      return api.response.encode(version, await answer(cluster, request, { node, version }))
    },
  }
}
