// Where schemas are kept and how it is reached. Holds options only; a reader or writer makes a
// client of it with its context.

import { SluiceError } from '@sluice/core'
import type { TlsOptions } from '@sluice/core/connector'
import { type Duration, parseDuration } from '@sluice/core/internal'

/** How a registry is told who asks. */
export type RegistryAuthentication =
  | { readonly username: string; readonly password: string }
  /** A bearer token; a function is asked again for each request. */
  | { readonly token: string | (() => string | Promise<string>) }

/** Options of `schemaRegistry`. */
export interface SchemaRegistryOptions {
  /** `http://localhost:8081`; several are tried in turn. */
  readonly url: string | readonly string[]
  readonly auth?: RegistryAuthentication
  /** For `https:` addresses. */
  readonly tls?: TlsOptions
  /** How long one answer may take: `'10s'` unless said. */
  readonly requestTimeout?: Duration
  /** How long a registry that does not answer is asked again: `'1m'` unless said. */
  readonly retryFor?: Duration
}

/** One address of a registry, without secrets. */
export interface RegistryAddress {
  readonly host: string
  readonly port: number
  readonly isSecure: boolean
  /** What stands before each path; without a slash at its end. */
  readonly prefix: string
}

/** A registry of schemas, made by `schemaRegistry`. Formats that are given one share it. */
export class SchemaRegistry {
  /** The addresses, for messages and `sluice plan`. */
  readonly urls: readonly string[]
  readonly addresses: readonly RegistryAddress[]
  readonly requestTimeoutMs: number
  readonly retryForMs: number
  readonly #tls: TlsOptions
  readonly #authentication: RegistryAuthentication | undefined

  constructor(options: SchemaRegistryOptions) {
    const urls = [options.url].flat().map(parseUrl)
    if (urls.length === 0) throw invalid('A schema registry has no url.')
    this.addresses = urls.map(addressOf)
    this.urls = this.addresses.map(addressText)
    this.#authentication = options.auth ?? authenticationIn(urls)
    this.#tls = { ...options.tls }
    this.requestTimeoutMs = parseDuration(options.requestTimeout ?? '10s', 'requestTimeout')
    this.retryForMs = parseDuration(options.retryFor ?? '1m', 'retryFor')
  }

  get tls(): TlsOptions {
    return this.#tls
  }

  /** The Authorization header; undefined for none. */
  async authorization(): Promise<string | undefined> {
    const authentication = this.#authentication
    if (authentication === undefined) return undefined
    if ('token' in authentication) {
      const { token } = authentication
      return `Bearer ${typeof token === 'string' ? token : await token()}`
    }
    const { username, password } = authentication
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  }
}

/**
 * A registry of schemas with the interface of Confluent's (Karapace and Apicurio have it too).
 *
 * @example
 * const registry = schemaRegistry({ url: 'http://localhost:8081' })
 * const orders = kafkaSource({ brokers, topic: 'orders', value: avro<Order>({ registry }) })
 */
export function schemaRegistry(options: SchemaRegistryOptions): SchemaRegistry {
  return new SchemaRegistry(options)
}

function parseUrl(text: string): URL {
  const url = URL.parse(text)
  // The text may hold a password, so it is not in the message.
  if (url === null) throw invalid('The url of a schema registry is no URL.')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw invalid(`The url of a schema registry begins with ${url.protocol}`)
  }
  if (url.search !== '' || url.hash !== '') {
    throw invalid('The url of a schema registry has a query, which is not sent.')
  }
  return url
}

function invalid(message: string): SluiceError {
  return new SluiceError('SETTING_INVALID', message, {
    hint: "Write url: 'http://localhost:8081', or https:.",
  })
}

function addressOf(url: URL): RegistryAddress {
  const isSecure = url.protocol === 'https:'
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
    isSecure,
    prefix: url.pathname.replace(/\/+$/, ''),
  }
}

function authenticationIn(urls: readonly URL[]): RegistryAuthentication | undefined {
  const url = urls.find(({ username }) => username !== '')
  if (url === undefined) return undefined
  return {
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  }
}

/** As people write it. */
export function addressText({ host, port, isSecure, prefix }: RegistryAddress): string {
  const name = host.includes(':') ? `[${host}]` : host
  return `${isSecure ? 'https' : 'http'}://${name}:${port}${prefix}`
}
