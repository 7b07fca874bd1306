// The network of a simulated world: hosts that the scenario registers, and connections of its
// processes to them. A server runs on a machine of its own, so it outlives every process here; it
// can be stalled, and its connections can be cut.

import { type NetworkConnection, NetworkError, type NetworkTarget } from '@sluice/core/connector'
import { Life } from '../life.ts'
import { SimulatedChannel } from '../process/channel.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { Simulation } from '../simulation.ts'
import { SimulatedSocket } from './simulated-socket.ts'

/** A server that the scenario runs. */
export interface SimulatedServer {
  /** `host:port`. */
  readonly address: string
  /** Connections that are open at this end. */
  readonly connections: readonly NetworkConnection[]
  /** Nobody is accepted any more, and what is open is cut: the server was killed. */
  stop(): void
  /** Accepts again. */
  restart(): void
  /** Cuts what is open; whoever comes again is accepted. */
  cut(): void
  /** SIGSTOP: connections are accepted and stay open, and nothing is answered. */
  pause(): void
  resume(): void
}

const reasons: Readonly<Record<'not-found' | 'refused' | 'timed-out', string>> = {
  'not-found': 'there is no host of this name',
  refused: 'the connection is refused: nobody listens there',
  'timed-out': 'no connection in time',
}

const slowestConnectMs = 3

/** Made by the world. */
export class SimulatedNetwork {
  readonly #simulation: Simulation
  readonly #hosts = new Set<string>()
  readonly #servers = new Map<string, ListeningServer>()

  constructor(simulation: Simulation) {
    this.#simulation = simulation
  }

  /**
   * Registers a server. `accept` gets the server's end of each connection; what it throws fails the
   * run.
   */
  listen(
    host: string,
    port: number,
    accept: (connection: NetworkConnection) => void,
  ): SimulatedServer {
    const address = `${host}:${port}`
    if (this.#servers.has(address)) throw new RangeError(`${address} has a server already.`)
    this.#hosts.add(host)
    const server = new ListeningServer(this.#simulation, address, accept)
    this.#servers.set(address, server)
    return server
  }

  /** A connection of a process; it ends with the life of the process. */
  async connect(
    life: Life,
    random: SeededRandom,
    target: NetworkTarget,
  ): Promise<NetworkConnection> {
    const address = `${target.host}:${target.port}`
    await this.#pass(life, random.between(0.1, slowestConnectMs), `connects to ${address}`)
    const server = this.#servers.get(address)
    const failure = this.#failureOf(target.host, server)
    if (failure === 'timed-out') {
      await this.#pass(life, target.timeoutMs ?? 60_000, `connects to ${address} in vain`)
    }
    if (failure !== undefined) throw new NetworkError(failure, address, reasons[failure])
    return (server as ListeningServer).connect(life, random)
  }

  #failureOf(host: string, server: ListeningServer | undefined): keyof typeof reasons | undefined {
    if (!this.#hosts.has(host)) return 'not-found'
    if (server === undefined || !server.listening) return 'refused'
    const { faults } = this.#simulation
    if (faults.strikes('connect-refused', server.address)) return 'refused'
    return faults.strikes('connect-lost', server.address) ? 'timed-out' : undefined
  }

  #pass(life: Life, delayMs: number, label: string): Promise<void> {
    return new Promise((resolve) => {
      this.#simulation.scheduler.schedule(life, delayMs, label, resolve)
    })
  }
}

class ListeningServer implements SimulatedServer {
  readonly address: string
  listening = true
  readonly #simulation: Simulation
  readonly #accept: (connection: NetworkConnection) => void
  readonly #life: Life
  #sockets: SimulatedSocket[] = []
  #count = 0

  constructor(
    simulation: Simulation,
    address: string,
    accept: (connection: NetworkConnection) => void,
  ) {
    this.#simulation = simulation
    this.address = address
    this.#accept = accept
    this.#life = new Life(address, (error) => {
      throw error
    })
  }

  get connections(): readonly NetworkConnection[] {
    this.#sockets = this.#sockets.filter((socket) => socket.open)
    return this.#sockets
  }

  connect(life: Life, random: SeededRandom): NetworkConnection {
    const own = random.fork(`connection ${this.#count++} ${this.address}`)
    const channel = (name: string, receiver: Life): SimulatedChannel =>
      new SimulatedChannel(this.#simulation, own.fork(name), receiver)
    const toServer = channel('to server', this.#life)
    const socketOf = (owner: Life, outgoing: SimulatedChannel): SimulatedSocket =>
      new SimulatedSocket(this.#simulation, own.fork(owner.name), owner, outgoing, this.address)
    const client = socketOf(life, toServer)
    const server = socketOf(this.#life, channel('to client', life))
    SimulatedSocket.join(client, server)
    this.#sockets.push(server)
    toServer.send(`accepts ${life.name}`, () => this.#accept(server))
    return client
  }

  stop(): void {
    this.listening = false
    this.cut()
  }

  restart(): void {
    this.listening = true
  }

  cut(): void {
    for (const socket of this.#sockets) socket.cut()
    this.#sockets = []
  }

  pause(): void {
    this.#life.paused = true
  }

  resume(): void {
    this.#life.paused = false
    this.#simulation.scheduler.unpark()
  }
}
