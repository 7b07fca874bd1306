// SCRAM (RFC 5802, 7677): proves the password without sending it, and has the server prove that it
// knows it, too. Kafka takes names and passwords as UTF-8, without SASLprep.

import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import { encodeText } from '../codec/wire-writer.ts'
import type { SaslExchange } from './sasl-exchange.ts'
import { SaslFailure } from './sasl-failure.ts'

export type ScramHash = 'sha256' | 'sha512'

const digestBytes: Readonly<Record<ScramHash, number>> = { sha256: 32, sha512: 64 }

/** The least that RFC 7677 allows; fewer would let a false server guess passwords cheaply. */
const fewestIterations = 4096
/** A false server could keep us busy for as long as it likes. */
const mostIterations = 500_000

/** No channel binding, no other identity. */
const gs2Header = 'n,,'
const channelBinding = Buffer.from(gs2Header).toString('base64')

export function scramExchange(
  hash: ScramHash,
  username: string,
  password: string,
  nonce: string,
): SaslExchange {
  const name = username.replaceAll('=', '=3D').replaceAll(',', '=2C')
  const firstBare = `n=${name},r=${nonce}`
  let serverSignature: Buffer | undefined
  return {
    first: encodeText(gs2Header + firstBare),
    next(answer) {
      const text = Buffer.from(answer).toString('utf8')
      if (serverSignature !== undefined) {
        checkServer(text, serverSignature)
        return undefined
      }
      const final = answerChallenge(hash, password, firstBare, nonce, text)
      serverSignature = final.serverSignature
      return encodeText(final.message)
    },
  }
}

function answerChallenge(
  hash: ScramHash,
  password: string,
  firstBare: string,
  nonce: string,
  challenge: string,
): { readonly message: string; readonly serverSignature: Buffer } {
  const { combinedNonce, salt, iterations } = readChallenge(challenge, nonce)
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest()
  const salted = pbkdf2Sync(password, salt, iterations, digestBytes[hash], hash)
  const clientKey = hmac(salted, 'Client Key')
  const storedKey = createHash(hash).update(clientKey).digest()
  const withoutProof = `c=${channelBinding},r=${combinedNonce}`
  const authMessage = `${firstBare},${challenge},${withoutProof}`
  const signature = hmac(storedKey, authMessage)
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] as number)))
  return {
    message: `${withoutProof},p=${proof.toString('base64')}`,
    serverSignature: hmac(hmac(salted, 'Server Key'), authMessage),
  }
}

interface Challenge {
  readonly combinedNonce: string
  readonly salt: Buffer
  readonly iterations: number
}

function readChallenge(text: string, nonce: string): Challenge {
  const parts = /^r=([\x21-\x2B\x2D-\x7E]+),s=([A-Za-z0-9+/]+=*),i=(\d+)(,.*)?$/.exec(text)
  if (parts === null) throw new SaslFailure('The server sent a challenge that is none.')
  const [, combinedNonce = '', salt = '', count = ''] = parts
  if (!combinedNonce.startsWith(nonce) || combinedNonce.length === nonce.length) {
    throw new SaslFailure('The challenge of the server is not for this conversation.')
  }
  const iterations = Number(count)
  if (iterations < fewestIterations || iterations > mostIterations) {
    const range = `${fewestIterations} to ${mostIterations} are taken`
    throw new SaslFailure(`The server asks for ${count} iterations; ${range}.`)
  }
  return { combinedNonce, salt: Buffer.from(salt, 'base64'), iterations }
}

function checkServer(text: string, expected: Buffer): void {
  const refusal = /^e=([^,]*)/.exec(text)?.[1]
  if (refusal !== undefined) throw new SaslFailure(`The server refused: ${refusal}.`)
  const proven = Buffer.from(/^v=([A-Za-z0-9+/]+=*)/.exec(text)?.[1] ?? '', 'base64')
  if (proven.length !== expected.length || !timingSafeEqual(proven, expected)) {
    throw new SaslFailure(
      'The server could not prove that it knows the password: it may be a false one.',
    )
  }
}
