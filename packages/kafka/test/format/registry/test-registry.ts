// A schema registry for tests, over real HTTP at the loopback: the part of Confluent's interface
// that clients use, and wrong answers on purpose.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import avsc from 'avsc'

interface Registered {
  readonly id: number
  readonly schemaType: string
  readonly schema: string
  readonly references: readonly { readonly subject: string; readonly version: number }[]
}

/** What happens to one request instead of an answer. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => void

/** An answer of the registry. */
interface Answer {
  readonly status: number
  readonly body: unknown
}

const problem = (status: number, code: number, message: string): Answer => ({
  status,
  body: { error_code: code, message },
})

/** One registry; `url` is where it listens. */
export class TestRegistry {
  readonly #server: Server
  readonly #subjects = new Map<string, Registered[]>()
  readonly #ids: Registered[] = []
  readonly #compatibility = new Map<string, string>()
  /** Applied to the next requests, one each. */
  readonly faults: Fault[] = []
  /** Method and path of each request, in their order. */
  readonly asked: string[] = []
  /** What the Authorization header has to be; undefined for anything. */
  authorization: string | undefined

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => this.#serve(request, response, Buffer.concat(chunks).toString()))
    })
  }

  static async start(): Promise<TestRegistry> {
    const registry = new TestRegistry()
    await new Promise<void>((resolve) => registry.#server.listen(0, '127.0.0.1', resolve))
    return registry
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #serve(request: IncomingMessage, response: ServerResponse, body: string): void {
    this.asked.push(`${request.method} ${request.url}`)
    const fault = this.faults.shift()
    if (fault !== undefined) {
      fault(request, response)
      return
    }
    const isKnown =
      this.authorization === undefined || request.headers.authorization === this.authorization
    const answer = isKnown ? this.#answer(request, body) : problem(401, 401, 'Unauthorized')
    response.writeHead(answer.status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
    response.end(JSON.stringify(answer.body))
  }

  #answer(request: IncomingMessage, text: string): Answer {
    const { pathname } = new URL(request.url ?? '', 'http://registry')
    const parts = pathname.slice(1).split('/').map(decodeURIComponent)
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
    const [first, second = '', third, fourth] = parts
    if (first === 'schemas' && second === 'ids') return this.#byId(Number(third))
    if (first === 'config') {
      this.#compatibility.set(second, String(body['compatibility']))
      return { status: 200, body }
    }
    if (first === 'compatibility') {
      const versions = this.#subjects.get(third ?? '')
      if (versions === undefined) return problem(404, 40401, `Subject '${third}' not found.`)
      const messages = this.#objections(third ?? '', newSchema(body))
      return { status: 200, body: { is_compatible: messages.length === 0, messages } }
    }
    if (first !== 'subjects') return { status: 404, body: 'no such page' }
    if (request.method === 'GET') return this.#version(second, fourth ?? '')
    const schema = newSchema(body)
    return third === 'versions' ? this.#register(second, schema) : this.#lookUp(second, schema)
  }

  #byId(id: number): Answer {
    const found = this.#ids.find((each) => each.id === id)
    return found === undefined
      ? problem(404, 40403, 'Schema not found')
      : { status: 200, body: said(found) }
  }

  #version(subject: string, version: string): Answer {
    const versions = this.#subjects.get(subject)
    if (versions === undefined) return problem(404, 40401, `Subject '${subject}' not found.`)
    const place = version === 'latest' ? versions.length : Number(version)
    const found = versions[place - 1]
    if (found === undefined) return problem(404, 40402, `Version ${version} not found.`)
    return { status: 200, body: { subject, version: place, id: found.id, ...said(found) } }
  }

  #lookUp(subject: string, schema: Omit<Registered, 'id'>): Answer {
    const versions = this.#subjects.get(subject)
    if (versions === undefined) return problem(404, 40401, `Subject '${subject}' not found.`)
    const found = versions.find((each) => isSame(each, schema))
    if (found === undefined) return problem(404, 40403, 'Schema not found')
    return {
      status: 200,
      body: { subject, version: versions.indexOf(found) + 1, id: found.id, ...said(found) },
    }
  }

  #register(subject: string, schema: Omit<Registered, 'id'>): Answer {
    const versions = this.#subjects.get(subject) ?? []
    const known = versions.find((each) => isSame(each, schema))
    if (known !== undefined) return { status: 200, body: { id: known.id } }
    if (
      schema.schemaType === 'AVRO' &&
      schema.references.length === 0 &&
      typeOf(schema) === undefined
    ) {
      return problem(422, 42201, `Invalid schema ${schema.schema}`)
    }
    const objections = this.#objections(subject, schema)
    if (objections.length > 0) {
      return problem(409, 409, 'Schema being registered is incompatible with an earlier schema')
    }
    const same = this.#ids.find((each) => isSame(each, schema))
    const id = same?.id ?? this.#ids.length + 1
    const registered = { ...schema, id }
    if (same === undefined) this.#ids.push(registered)
    this.#subjects.set(subject, [...versions, registered])
    return { status: 200, body: { id } }
  }

  /** What was written with the latest version can be read with the new one (BACKWARD). */
  #objections(subject: string, schema: Omit<Registered, 'id'>): string[] {
    const latest = this.#subjects.get(subject)?.at(-1)
    const rule = this.#compatibility.get(subject) ?? 'BACKWARD'
    if (latest === undefined || rule === 'NONE' || schema.schemaType !== 'AVRO') return []
    const reader = typeOf(schema)
    const writer = typeOf(latest)
    if (reader === undefined || writer === undefined) return []
    try {
      reader.createResolver(writer)
      return []
    } catch (error) {
      return [`{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description: '${String(error)}'}`]
    }
  }
}

function newSchema(body: Record<string, unknown>): Omit<Registered, 'id'> {
  const { schema, schemaType = 'AVRO', references = [] } = body
  return {
    schema: String(schema),
    schemaType: String(schemaType),
    references: references as Registered['references'],
  }
}

function said({ schema, schemaType, references }: Registered): object {
  // As Confluent's, which leaves out what is usual.
  return {
    schema,
    ...(schemaType === 'AVRO' ? {} : { schemaType }),
    ...(references.length === 0 ? {} : { references }),
  }
}

function isSame(a: Omit<Registered, 'id'>, b: Omit<Registered, 'id'>): boolean {
  return a.schemaType === b.schemaType && canonical(a) === canonical(b)
}

function canonical({ schema, schemaType }: Omit<Registered, 'id'>): string {
  try {
    return schemaType === 'PROTOBUF' ? schema : JSON.stringify(JSON.parse(schema))
  } catch {
    return schema
  }
}

function typeOf({ schema }: Omit<Registered, 'id'>): avsc.Type | undefined {
  try {
    return avsc.Type.forSchema(JSON.parse(schema) as avsc.Schema)
  } catch {
    return undefined
  }
}
