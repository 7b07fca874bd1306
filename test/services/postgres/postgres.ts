// PostgreSQL from the system's packages. Nothing is flushed to the disk, which only a crash of the
// machine would notice: a kill loses no commit.

import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { installPackage } from '../debian-package.ts'
import { freePort } from '../free-port.ts'
import { runToEnd } from '../run-to-end.ts'
import { ServerProcess } from '../server-process.ts'
import { type RunningService, type Service, ServiceUnavailable } from '../service.ts'
import { asServiceUser, giveToServiceUser } from '../service-user.ts'

const name = 'PostgreSQL'
const readyWithinMs = 30_000

export const postgres: Service = {
  name: 'postgres',

  async provision() {
    if (findPrograms() === undefined) await installPackage(name, 'postgresql')
    if (findPrograms() === undefined) {
      throw new ServiceUnavailable(name, 'its programs are not where its package puts them')
    }
  },

  async start({ port } = {}) {
    const programs = findPrograms()
    if (programs === undefined) throw new ServiceUnavailable(name, 'it was not provisioned')
    const folder = await mkdtemp(join(tmpdir(), 'sluice-postgres-'))
    giveToServiceUser(folder)
    const server = new PostgresServer(
      programs,
      join(folder, 'data'),
      port ?? (await freePort()),
      folder,
    )
    await server.initialise()
    return server
  },
}

class PostgresServer implements RunningService {
  readonly url: string
  readonly #programs: string
  readonly #data: string
  readonly #port: number
  readonly #folder: string
  #process: ServerProcess | undefined

  constructor(programs: string, data: string, port: number, folder: string) {
    this.#programs = programs
    this.#data = data
    this.#port = port
    this.#folder = folder
    this.url = `postgres://sluice@127.0.0.1:${port}/postgres`
  }

  async initialise(): Promise<void> {
    const file = join(this.#programs, 'initdb')
    const access = ['--auth=trust', '--username=sluice']
    const texts = ['--encoding=UTF8', '--locale=C']
    const command = [file, '--pgdata', this.#data, '--no-sync', ...access, ...texts] as const
    await runToEnd(asServiceUser([...command], 'SIGTERM'), { folder: this.#folder })
    await this.restart()
  }

  async restart(): Promise<void> {
    const settings = {
      port: this.#port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_prepared_transactions: 64,
      fsync: 'off',
      full_page_writes: 'off',
    }
    const given = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])
    this.#process = new ServerProcess({
      name,
      file: join(this.#programs, 'postgres'),
      args: ['-D', this.#data, ...given],
      folder: this.#folder,
      stopSignal: 'SIGINT',
    })
    await this.#process.waitUntil(() => answers(this.url), readyWithinMs)
  }

  pause(): void {
    this.#process?.signal('SIGSTOP')
  }

  resume(): void {
    this.#process?.signal('SIGCONT')
  }

  async kill(): Promise<void> {
    await this.#process?.kill()
  }

  async stop(): Promise<void> {
    const running = this.#process
    this.#process = undefined
    try {
      await running?.stop()
    } finally {
      await rm(this.#folder, { recursive: true, force: true })
    }
  }
}

/** The folder of the newest version's programs. */
function findPrograms(): string | undefined {
  const versions = '/usr/lib/postgresql'
  if (!existsSync(versions)) return undefined
  return readdirSync(versions)
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(versions, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'postgres')))
}

/** Whether the server takes connections: while it starts or recovers it refuses them. */
async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}
