// The platform seam: everything that is not deterministic. Node's implementation is in
// `platform/node/`; the simulator has its own. No other module of the engine reaches a clock, a
// timer, randomness, threads or files in another way.

import type {
  Clock,
  FileSystem,
  KeyValueStore,
  KeyValueStoreOptions,
  Logger,
  Network,
  Random,
  Timers,
} from '@sluice/core/connector'

/** Ordered, reliable messages between two ends until one dies. Messages are structured clones. */
export interface Port {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void
  /** One listener; messages that came before it was set are kept. */
  onMessage(listener: (message: unknown) => void): void
  close(): void
}

/** Why a worker is no more. */
export interface WorkerExit {
  readonly kind: 'ended' | 'died' | 'out-of-memory'
  readonly error?: unknown
}

export interface WorkerThread {
  readonly port: Port
  /** Calls back once. */
  onExit(listener: (exit: WorkerExit) => void): void
  /** Ends it at once, without its help. Resolves when it has ended. */
  terminate(): Promise<void>
}

export interface WorkerOptions {
  readonly index: number
  readonly name: string
  readonly memoryLimitBytes?: number
  /** Plain data for the worker's start (`WorkerStart`). */
  readonly data: unknown
}

/** Answers one request; a rejection is answered as an error of the server. */
export type HttpHandler = (request: Request) => Response | Promise<Response>

/** A server of this process. */
export interface HttpServer {
  /** `http://127.0.0.1:41234`. */
  readonly address: string
  /** Ends it, and the connections that are still open. */
  close(): Promise<void>
}

/**
 * Yields between slices of work: `later` calls back in a later turn of the event loop, after I/O
 * had its chance.
 */
export interface Platform {
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly files: FileSystem
  readonly network: Network
  readonly log: Logger
  later(call: () => void): void
  /** Writes one line to standard output. */
  output(line: string): void
  /** Cores that may be used. */
  readonly cores: number
  /** Starts a thread that runs `runWorker` of the engine over its port. */
  startWorker(options: WorkerOptions): WorkerThread
  /** See ConnectorContext.offload. */
  offload<Result>(moduleUrl: string, exportName: string, argument: unknown): AsyncIterable<Result>
  /** Bytes of memory in use by this thread's heap and buffers; for limits and metrics. */
  memoryUsedBytes(): number
  /**
   * The doorbell of a thread: a loop that has nothing to do sleeps on it and is woken by other
   * threads through the shared words.
   */
  sleepUntilRung(words: Int32Array, lastSeen: number, call: () => void): void
  /**
   * Opens a store in a folder of its own, for state that is kept on disk: empty, unless the options
   * say otherwise. Absent where there is none.
   */
  openKeyValueStore?(path: string, options: KeyValueStoreOptions): Promise<KeyValueStore>
  /**
   * Answers HTTP on a free port of the loopback interface, and on no other. Absent where there is
   * no network.
   */
  serve?(handler: HttpHandler): Promise<HttpServer>
}
