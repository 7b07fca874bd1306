// Which brokers a broker knows, asked with one request written by hand: it is how the tests learn
// that a server is ready, before any client is trusted.

import { connect } from 'node:net'

const answerWithinMs = 1000

/** Metadata, version 4, of no topic: the answer lists the brokers that are alive. */
const request = Buffer.from(
  '00000012' + '00030004' + '00000001' + '0000' + '00000000' + '00',
  'hex',
)
request.writeInt32BE(request.length - 4, 0)

/** Ids of the brokers that the one at this port knows; none if it does not answer. */
export function knownBrokers(port: number): Promise<readonly number[]> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    let answer = Buffer.alloc(0)
    const end = () => {
      socket.destroy()
      resolve(isWhole(answer) ? brokerIds(answer) : [])
    }
    socket.setTimeout(answerWithinMs, end)
    socket.on('data', (bytes) => {
      answer = Buffer.concat([answer, bytes])
      if (isWhole(answer)) end()
    })
    socket.on('error', end)
    socket.on('close', end)
  })
}

function isWhole(answer: Buffer): boolean {
  return answer.length >= 4 && answer.length >= 4 + answer.readInt32BE(0)
}

function brokerIds(answer: Buffer): readonly number[] {
  // Behind size, correlation id and throttle time.
  const count = answer.readInt32BE(12)
  const ids: number[] = []
  let at = 16
  for (let n = 0; n < count; n++) {
    ids.push(answer.readInt32BE(at))
    at += 4 + 2 + answer.readInt16BE(at + 4) + 4
    at += 2 + Math.max(0, answer.readInt16BE(at))
  }
  return ids
}
