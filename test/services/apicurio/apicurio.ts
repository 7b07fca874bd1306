// Apicurio, a schema registry, from its archive: in memory, at the loopback. The version is the
// newest that runs on Java 17.

import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheFolder } from '../cache-folder.ts'
import { installPackage } from '../debian-package.ts'
import { freePort } from '../free-port.ts'
import { isInPath, runToEnd } from '../run-to-end.ts'
import { ServerProcess } from '../server-process.ts'
import { type RunningService, type Service, ServiceUnavailable } from '../service.ts'
import { giveToServiceUser } from '../service-user.ts'

const name = 'Apicurio'
const version = '3.0.9'
const readyWithinMs = 120_000
const downloadWithinMs = 300_000

/** What clients of Confluent's registry talk to. */
const interfacePath = '/apis/ccompat/v7'

export const apicurio: Service = {
  name: 'apicurio',

  async provision() {
    if (!isInPath('java')) await installPackage(name, 'default-jdk-headless')
    if (existsSync(programFolder())) return
    if (!isInPath('mvn')) await installPackage(name, 'maven')
    console.error(`Downloading ${name} ${version} …`)
    const folder = await mkdtemp(`${programFolder()}.partial-`)
    try {
      await download(folder)
      await rename(join(folder, 'program'), programFolder())
    } catch (error) {
      // Another process may have been faster.
      if (existsSync(programFolder())) return
      throw new ServiceUnavailable(name, `Maven could not get it: ${(error as Error).message}`)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },

  async start({ port } = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-apicurio-'))
    giveToServiceUser(folder)
    const server = new ApicurioServer(port ?? (await freePort()), folder)
    await server.restart()
    return server
  },
}

function programFolder(): string {
  return join(cacheFolder(), `apicurio-${version}`)
}

async function download(folder: string): Promise<void> {
  const artefact = `io.apicurio:apicurio-registry-app:${version}:tar.gz:all`
  const copy = ['dependency:copy', `-Dartifact=${artefact}`, '-DoutputDirectory=.'] as const
  await runToEnd(['mvn', '-q', '-B', ...copy], { folder, limitMs: downloadWithinMs })
  const archive = (await readdir(folder)).find((file) => file.endsWith('.tar.gz'))
  if (archive === undefined) throw new Error('it brought no archive')
  await mkdir(join(folder, 'program'))
  await runToEnd(['tar', 'xzf', archive, '-C', 'program'], { folder })
}

/** What it knows is gone with its process. */
class ApicurioServer implements RunningService {
  readonly url: string
  readonly #port: number
  readonly #folder: string
  #process: ServerProcess | undefined

  constructor(port: number, folder: string) {
    this.#port = port
    this.#folder = folder
    this.url = `http://127.0.0.1:${port}${interfacePath}`
  }

  async restart(): Promise<void> {
    const settings = {
      'quarkus.http.host': '127.0.0.1',
      'quarkus.http.port': this.#port,
      'apicurio.storage.kind': 'sql',
      'apicurio.storage.sql.kind': 'h2',
      'java.awt.headless': true,
    }
    const given = Object.entries(settings).map(([key, value]) => `-D${key}=${value}`)
    const machine = ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto']
    const program = join(programFolder(), `apicurio-registry-app-${version}-runner.jar`)
    this.#process = new ServerProcess({
      name,
      file: 'java',
      args: [...machine, ...given, '-jar', program],
      folder: this.#folder,
      stopSignal: 'SIGTERM',
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

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/subjects`)).ok
  } catch {
    return false
  }
}
