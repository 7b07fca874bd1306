// Reads one HTTP/1.1 response from a stream of bytes: status, headers, and a body that is measured,
// in chunks, or ends with the connection. Anything else is no answer of a registry.

import { SluiceError } from '@sluice/core'

/** An answer with its whole body. */
export interface HttpResponse {
  readonly status: number
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

/** Schemas are small; what is longer than this is something else. */
const mostBytes = 16 * 1024 * 1024
const mostHeaderBytes = 64 * 1024
const headEnd = Buffer.from('\r\n\r\n')

interface Head {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly bodyStart: number
}

/** Collects bytes until the response is whole. Each call may throw KAFKA_REGISTRY_REFUSED. */
export class HttpResponseReader {
  #bytes: Buffer = Buffer.alloc(0)
  #head: Head | undefined

  /** The response, once these bytes make it whole. */
  add(bytes: Uint8Array): HttpResponse | undefined {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    if (this.#bytes.length > mostBytes) throw notHttp('its answer is longer than 16 MiB')
    return this.#read(false)
  }

  /** The response, if it is whole now that nothing follows. */
  end(): HttpResponse | undefined {
    return this.#read(true)
  }

  #read(isEnd: boolean): HttpResponse | undefined {
    this.#head ??= this.#readHead()
    const head = this.#head
    if (head === undefined) return undefined
    const body = this.#body(head, isEnd)
    if (body === undefined) return undefined
    return { status: head.status, headers: head.headers, body: body.toString('utf8') }
  }

  #readHead(): Head | undefined {
    if (this.#bytes.length > 0 && !startsLikeHttp(this.#bytes)) {
      throw notHttp('it does not speak HTTP')
    }
    const end = this.#bytes.indexOf(headEnd)
    if (end < 0) {
      if (this.#bytes.length > mostHeaderBytes) throw notHttp('its headers do not end')
      return undefined
    }
    const [first = '', ...lines] = this.#bytes.toString('latin1', 0, end).split('\r\n')
    const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1])
    if (Number.isNaN(status)) throw notHttp('it does not speak HTTP/1.1')
    const headers = new Map(lines.map(splitHeader))
    // An interim answer: the real one follows.
    if (status < 200) {
      this.#bytes = this.#bytes.subarray(end + headEnd.length)
      return this.#readHead()
    }
    return { status, headers, bodyStart: end + headEnd.length }
  }

  #body({ status, headers, bodyStart }: Head, isEnd: boolean): Buffer | undefined {
    const rest = this.#bytes.subarray(bodyStart)
    if (status === 204 || status === 304) return rest.subarray(0, 0)
    if (headers.get('transfer-encoding')?.toLowerCase() === 'chunked') return unchunked(rest)
    const length = headers.get('content-length')
    if (length === undefined) return isEnd ? rest : undefined
    const sizeBytes = Number(length)
    if (!/^\d+$/.test(length)) throw notHttp('its answer has no sound length')
    return rest.length < sizeBytes ? undefined : rest.subarray(0, sizeBytes)
  }
}

function startsLikeHttp(bytes: Buffer): boolean {
  const start = 'HTTP/1.'
  return start.startsWith(bytes.toString('latin1', 0, Math.min(bytes.length, start.length)))
}

function splitHeader(line: string): [string, string] {
  const colon = line.indexOf(':')
  if (colon <= 0) throw notHttp('one of its headers has no name')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}

/** The body of a chunked answer, once its last chunk is there. */
function unchunked(bytes: Buffer): Buffer | undefined {
  const chunks: Buffer[] = []
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const size = /^([0-9a-f]{1,8})\s*(?:;.*)?$/i.exec(bytes.toString('latin1', at, lineEnd))?.[1]
    if (size === undefined) throw notHttp('its answer is cut into unsound chunks')
    const sizeBytes = Number.parseInt(size, 16)
    const start = lineEnd + 2
    if (sizeBytes === 0) return Buffer.concat(chunks)
    if (bytes.length < start + sizeBytes + 2) return undefined
    chunks.push(bytes.subarray(start, start + sizeBytes))
    at = start + sizeBytes + 2
  }
}

function notHttp(reason: string): SluiceError {
  return new SluiceError('KAFKA_REGISTRY_REFUSED', `What answers is no schema registry: ${reason}.`)
}
