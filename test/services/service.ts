// What the tests know of a real server: it is made present on the machine, started on fresh data,
// and then treated badly. A new kind of server is a folder beside this file and a line in
// `services.ts`.

/** A kind of server. */
export interface Service {
  readonly name: string
  /**
   * Makes sure that its programs are on this machine; installs them where that is possible. Throws
   * {@link ServiceUnavailable} where it is not.
   */
  provision(): Promise<void>
  /** Starts a server on fresh data, at the loopback; resolves when it is ready. */
  start(wishes?: ServiceWishes): Promise<RunningService>
}

/** What people can ask for. */
export interface ServiceWishes {
  /** Where it listens; if none is given the usual port of its kind or a free one. */
  readonly port?: number
  /** Topics that are there when it is ready, for a server that has such. */
  readonly topics?: readonly { readonly topic: string; readonly partitions: number }[]
}

/** A server that was started. Every method resolves when what it says has happened. */
export interface RunningService {
  /** What a client connects to; the same for as long as the service lives. */
  readonly url: string
  /** All its processes stand still: connections stay open, requests hang. */
  pause(): void
  resume(): void
  /** Kills all its processes with SIGKILL, and waits until they are gone. */
  kill(): Promise<void>
  /** Starts it again on the same data and port, after `kill`. */
  restart(): Promise<void>
  /** Ends it and deletes its data. Does nothing the second time. */
  stop(): Promise<void>
}

/** A service cannot run on this machine. */
export class ServiceUnavailable extends Error {
  constructor(service: string, why: string) {
    super(`${service} cannot run here: ${why}`)
    this.name = 'ServiceUnavailable'
  }
}
