// Who answers, when it is no broker: told by the first bytes, which a broker uses for a size.

const alertRecord = 0x15
const handshakeRecord = 0x16
const tlsMajorVersion = 0x03

/** What another kind of server says first; undefined for bytes that may be anything. */
export type ForeignServer = 'http' | 'tls' | 'ssh'

export function foreignServerOf(bytes: Uint8Array): ForeignServer | undefined {
  const text = Buffer.from(bytes).toString('latin1')
  if (text.startsWith('HTTP')) return 'http'
  if (text.startsWith('SSH-')) return 'ssh'
  const [first, second] = bytes
  const isTls = (first === alertRecord || first === handshakeRecord) && second === tlsMajorVersion
  return isTls ? 'tls' : undefined
}
