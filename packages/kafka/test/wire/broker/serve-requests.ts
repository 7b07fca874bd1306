// The server's end of a connection to a broker: frames in, frames out. The requests of a connection
// are answered one after the other, as a broker does it.

import type { NetworkConnection } from '@sluice/core/connector'
import { FrameReader } from '../../../src/wire/connection/frame-reader.ts'
import {
  decodeRequest,
  encodeResponse,
  type RequestHeader,
} from '../../../src/wire/connection/headers.ts'

/** What becomes of a request: the body of its answer, none, or the end of the connection. */
export type Answer = Uint8Array | undefined | 'hang-up'

const largestRequestBytes = 1 << 24

/** `arrived` is told of each request when it comes, also of one that waits for its turn. */
export function serveRequests(
  connection: NetworkConnection,
  answer: (header: RequestHeader, body: Uint8Array) => Answer | Promise<Answer>,
  arrived: (header: RequestHeader) => void = () => {},
): void {
  let turn = Promise.resolve()
  let hungUp = false
  const frames = new FrameReader(largestRequestBytes, (frame) => {
    const { header, body } = decodeRequest(frame)
    arrived(header)
    // What a client has sent before it went away is still carried out.
    turn = turn.then(async () => {
      if (hungUp) return
      const answered = await answer(header, body)
      if (answered === 'hang-up') {
        hungUp = true
        connection.close()
      } else if (answered !== undefined) {
        connection.write([encodeResponse(header, answered)])
      }
    })
  })
  connection.listen({ data: (bytes) => frames.push(bytes), closed: () => {} })
}
