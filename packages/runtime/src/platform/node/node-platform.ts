// Node's implementation of the platform seam: the one place where the engine meets the real clock,
// randomness, threads, files and network. One per thread.

import { availableParallelism } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import type { Platform } from '../platform.ts'
import { openNodeKeyValueStore } from './key-value-stores.ts'
import { sleepUntilRung } from './threads/doorbell-sleep.ts'
import { createLogger, type LogLevel, type LogSink } from './line-logger.ts'
import { NodeFileSystem } from './files/node-file-system.ts'
import { NodeOffload } from './offload/node-offload.ts'
import { nodeRandom } from './node-random.ts'
import { nodeClock, nodeTimers } from './node-time.ts'
import { threadModule, startNodeWorker } from './threads/node-worker.ts'

/** All are optional: a platform as the engine needs it comes without any. */
export interface NodePlatformOptions {
  /** Lines below this level are dropped; `info` unless set. */
  readonly logLevel?: LogLevel
  /** Where log lines go; standard error unless set. */
  readonly logSink?: LogSink
  /** The module that a worker thread runs; the engine's own unless set. */
  readonly workerEntry?: URL
}

/** The platform of this thread. Its threads and files are real. */
export function createNodePlatform(options: NodePlatformOptions = {}): Platform {
  const offload = new NodeOffload()
  const workerEntry =
    options.workerEntry ?? threadModule('../../worker/worker-entry', import.meta.url)
  return {
    clock: nodeClock,
    timers: nodeTimers,
    random: nodeRandom,
    files: new NodeFileSystem(),
    network: {
      connect: async (target) => {
        // Only jobs with a connector that needs it load it.
        const { connectToHost } = await import('./network/node-network.ts')
        return await connectToHost(target)
      },
    },
    log: createLogger(options.logLevel ?? 'info', options.logSink),
    cores: availableParallelism(),
    later: (call) => {
      setImmediate(call)
    },
    output: (line) => {
      process.stdout.write(`${line}\n`)
    },
    startWorker: (worker) => startNodeWorker(workerEntry, worker),
    offload: (moduleUrl, exportName, argument) => offload.run(moduleUrl, exportName, argument),
    memoryUsedBytes: () => {
      const heap = getHeapStatistics()
      return heap.used_heap_size + heap.external_memory
    },
    sleepUntilRung,
    openKeyValueStore: openNodeKeyValueStore,
    serve: async (handler) => {
      // Few runs are asked anything in their first second.
      const { serveOnLoopback } = await import('./http/loopback-server.ts')
      return await serveOnLoopback(handler)
    },
  }
}
