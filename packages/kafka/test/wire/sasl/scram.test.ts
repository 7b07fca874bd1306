import { describe, expect, test } from 'vitest'
import type { SaslExchange } from '../../../src/wire/sasl/sasl-exchange.ts'
import { scramExchange } from '../../../src/wire/sasl/scram.ts'

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString()
const bytes = (of: string): Uint8Array => Buffer.from(of)

// The example of RFC 7677, section 3.
const clientNonce = 'rOprNGfwEbeRWgbNEkqO'
const challenge =
  'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'
const proof =
  'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,' +
  'p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ='
const serverProof = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='

function example(): SaslExchange {
  return scramExchange('sha256', 'user', 'pencil', clientNonce)
}

describe('SCRAM', () => {
  test('says what the example of RFC 7677 says', () => {
    const exchange = example()
    expect(text(exchange.first)).toBe(`n,,n=user,r=${clientNonce}`)
    expect(text(exchange.next(bytes(challenge)))).toBe(proof)
    expect(exchange.next(bytes(serverProof))).toBeUndefined()
  })

  test('escapes what separates the parts of a message', () => {
    expect(text(scramExchange('sha512', 'a=b,c', 'p', 'N').first)).toBe('n,,n=a=3Db=2Cc,r=N')
  })

  test('believes no server that cannot prove that it knows the password', () => {
    for (const answer of ['v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=', 'v=', 'x=1', '']) {
      const exchange = example()
      exchange.next(bytes(challenge))
      expect(() => exchange.next(bytes(answer))).toThrow('may be a false one')
    }
  })

  test('passes on why the server refuses', () => {
    const exchange = example()
    exchange.next(bytes(challenge))
    expect(() => exchange.next(bytes('e=invalid-proof'))).toThrow('refused: invalid-proof')
  })

  test.each([
    ['another nonce', challenge.replace('r=rOpr', 'r=xOpr'), 'not for this conversation'],
    ['no nonce of the server', challenge.replace(/r=[^,]*/, `r=${clientNonce}`), 'not for this'],
    ['few iterations', challenge.replace('4096', '4095'), 'asks for 4095 iterations'],
    ['endless iterations', challenge.replace('4096', '99999999999999999999'), 'iterations'],
    ['an extension that must be understood', `m=x,${challenge}`, 'a challenge that is none'],
    ['no salt', challenge.replace(/s=[^,]*,/, ''), 'a challenge that is none'],
  ])('goes no further with %s', (_, answer, reason) => {
    expect(() => example().next(bytes(answer))).toThrow(reason)
  })

  test('names the password in no message', () => {
    for (const answer of ['nonsense', 'r=pencil,s=AA==,i=1', challenge.replace('4096', '1')]) {
      try {
        example().next(bytes(answer))
        expect.unreachable()
      } catch (error) {
        expect(String(error)).not.toContain('pencil')
      }
    }
  })
})
