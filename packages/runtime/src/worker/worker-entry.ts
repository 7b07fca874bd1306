// The entry module of a worker thread.

import { createNodePlatform } from '../platform/node/node-platform.ts'
import { threadStart } from '../platform/node/threads/node-worker.ts'
import { runWorker } from './worker.ts'

const { port, data } = threadStart()
runWorker(createNodePlatform(), port, data)
