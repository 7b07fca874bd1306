// OAUTHBEARER (RFC 7628): a token that somebody else gave out. A server that refuses it says why in
// an answer of its own, and fails the authentication when it has got a reply to that.

import { encodeText } from '../codec/wire-writer.ts'
import type { SaslExchange } from './sasl-exchange.ts'
import { SaslFailure } from './sasl-failure.ts'

const separator = '\u0001'
const tokenSyntax = /^[A-Za-z0-9\-._~+/]+=*$/
const extensionName = /^[A-Za-z]+$/
const extensionValue = /^[\x21-\x7E \t\r\n]*$/

export function oauthBearerExchange(
  token: string,
  extensions: Readonly<Record<string, string>>,
): SaslExchange {
  if (!tokenSyntax.test(token)) {
    throw new SaslFailure('What the token function gave is no bearer token.')
  }
  let text = `n,,${separator}auth=Bearer ${token}${separator}`
  for (const [name, value] of Object.entries(extensions)) {
    if (name === 'auth' || !extensionName.test(name) || !extensionValue.test(value)) {
      throw new SaslFailure(`The extension '${name}' of the token cannot be sent.`)
    }
    text += `${name}=${value}${separator}`
  }
  return {
    first: encodeText(text + separator),
    next: (answer) => (answer.length === 0 ? undefined : encodeText(separator)),
  }
}
