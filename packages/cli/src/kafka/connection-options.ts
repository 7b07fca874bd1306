// Where the cluster is and who we are there, from options, environment and files. Secrets come from
// the environment or a file and never from an argument, which everybody on the machine can read.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { SluiceError } from '@sluice/core/internal'
import { withShared } from '../command-options.ts'
import type { Invocation, SharedOptions } from '../invocation.ts'
import { parseSpan } from '../settings/setting-texts.ts'
import { suggestion } from '../text/suggestion.ts'
import type { Connection } from './kafka-package.ts'

export interface ConnectionOptions extends SharedOptions {
  readonly brokers?: string
  readonly tls?: boolean
  readonly tlsCa?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly tlsServerName?: string
  readonly sasl?: string
  readonly username?: string
  readonly passwordFile?: string
  readonly tokenFile?: string
  readonly timeout?: string
}

export interface GivenConnection {
  readonly connection: Connection
  readonly deadlineMs: number
  /** To be kept out of what is printed, by a name that says so. */
  readonly secrets: Readonly<Record<string, string>>
}

type Environment = Invocation['environment']

const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const
const defaultDeadlineMs = 15_000

export function withConnection(command: Command, json: string): Command {
  command
    .option('--brokers <list>', "'host:port,…' (SLUICE_KAFKA_BROKERS, KAFKA_BROKERS)")
    .option('--tls', 'connections are secured (SLUICE_KAFKA_TLS=true)')
    .option('--tls-ca <file>', 'whom to trust, in PEM form (SLUICE_KAFKA_TLS_CA)')
    .option('--tls-cert <file>', 'our certificate (SLUICE_KAFKA_TLS_CERT)')
    .option('--tls-key <file>', 'its key (SLUICE_KAFKA_TLS_KEY; SLUICE_KAFKA_TLS_PASSPHRASE)')
    .option('--tls-server-name <name>', "the name in the brokers' certificates")
    .option('--sasl <mechanism>', `${mechanisms.join(', ')} (SLUICE_KAFKA_SASL)`)
    .option('--username <name>', 'with --sasl (SLUICE_KAFKA_USERNAME; SLUICE_KAFKA_PASSWORD)')
    .option('--password-file <file>', 'a file that holds the password')
    .option('--token-file <file>', 'a file that holds the token (SLUICE_KAFKA_TOKEN)')
    .option('--timeout <time>', 'longest time that one question is tried (default: 15s)')
  withShared(command, json)
  return command
}

/** Throws USAGE. */
export function givenConnection(
  options: ConnectionOptions,
  { environment, folder }: Invocation,
): GivenConnection {
  const brokers =
    options.brokers ?? set(environment, 'SLUICE_KAFKA_BROKERS') ?? set(environment, 'KAFKA_BROKERS')
  if (brokers === undefined) {
    throw new SluiceError('USAGE', 'It is not said where the brokers are.', {
      hint: 'Give --brokers host:9092, or set SLUICE_KAFKA_BROKERS.',
    })
  }
  const tls = tlsOf(options, environment, folder)
  const sasl = saslOf(options, environment, folder)
  return {
    connection: {
      brokers,
      ...(tls === undefined ? {} : { tls }),
      ...(sasl === undefined ? {} : { sasl }),
    },
    deadlineMs:
      options.timeout === undefined ? defaultDeadlineMs : parseSpan(options.timeout, '--timeout'),
    secrets: sasl !== undefined && 'password' in sasl ? { password: sasl.password } : {},
  }
}

function tlsOf(
  options: ConnectionOptions,
  environment: Environment,
  folder: string,
): Connection['tls'] {
  const file = (given: string | undefined, option: string, variable: string) => {
    const path = given ?? set(environment, variable)
    return path === undefined ? undefined : contentOf(path, option, folder)
  }
  const ca = file(options.tlsCa, '--tls-ca', 'SLUICE_KAFKA_TLS_CA')
  const cert = file(options.tlsCert, '--tls-cert', 'SLUICE_KAFKA_TLS_CERT')
  const key = file(options.tlsKey, '--tls-key', 'SLUICE_KAFKA_TLS_KEY')
  const passphrase = set(environment, 'SLUICE_KAFKA_TLS_PASSPHRASE')
  const serverName = options.tlsServerName
  const given = { ca, cert, key, passphrase, serverName }
  const kept = Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  const isWanted = options.tls === true || set(environment, 'SLUICE_KAFKA_TLS') === 'true'
  return isWanted || Object.keys(kept).length > 0 ? kept : undefined
}

function saslOf(
  options: ConnectionOptions,
  environment: Environment,
  folder: string,
): Connection['sasl'] {
  const given = options.sasl ?? set(environment, 'SLUICE_KAFKA_SASL')
  if (given === undefined) return undefined
  const mechanism = mechanisms.find((each) => each === given.toLowerCase())
  if (mechanism === undefined) {
    const near = suggestion(given, mechanisms)
    throw new SluiceError('USAGE', `--sasl: '${given}' is no mechanism.`, {
      hint: near === undefined ? `Use one of ${mechanisms.join(', ')}.` : `Did you mean ${near}?`,
    })
  }
  if (mechanism === 'oauthbearer') {
    const { tokenFile } = options
    const read = (): string | undefined =>
      tokenFile === undefined
        ? set(environment, 'SLUICE_KAFKA_TOKEN')
        : contentOf(tokenFile, '--token-file', folder).trim()
    if (read() === undefined) throw lacking('A token', '--token-file', 'SLUICE_KAFKA_TOKEN')
    // Read again for each connection: whoever writes the file renews it.
    return { mechanism, token: () => read() ?? '' }
  }
  const username = options.username ?? set(environment, 'SLUICE_KAFKA_USERNAME')
  if (username === undefined) throw lacking('A user', '--username', 'SLUICE_KAFKA_USERNAME')
  const password =
    options.passwordFile === undefined
      ? set(environment, 'SLUICE_KAFKA_PASSWORD')
      : contentOf(options.passwordFile, '--password-file', folder).replace(/\r?\n$/, '')
  if (password === undefined) {
    throw lacking('A password', '--password-file', 'SLUICE_KAFKA_PASSWORD')
  }
  return { mechanism, username, password }
}

function contentOf(path: string, option: string, folder: string): string {
  try {
    return readFileSync(resolve(folder, path), 'utf8')
  } catch (error) {
    throw new SluiceError('USAGE', `${option}: ${path} cannot be read.`, { cause: error })
  }
}

function set(environment: Environment, name: string): string | undefined {
  const value = environment[name]
  return value === '' ? undefined : value
}

function lacking(what: string, option: string, variable: string): SluiceError {
  return new SluiceError('USAGE', `${what} is missing for --sasl.`, {
    hint: `Give ${option}, or set ${variable}.`,
  })
}
