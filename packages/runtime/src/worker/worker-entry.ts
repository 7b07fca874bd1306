// The entry module of a worker thread. It imports the engine only once the cache of compiled
// modules is in use.

import { useCompileCache } from '../platform/node/compile-cache.ts'

useCompileCache()
const [{ createNodePlatform }, { threadStart }, { runWorker }] = await Promise.all([
  import('../platform/node/node-platform.ts'),
  import('../platform/node/threads/node-worker.ts'),
  import('./worker.ts'),
])
const { port, data } = threadStart()
runWorker(createNodePlatform(), port, data)
