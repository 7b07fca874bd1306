// The entry module of a worker thread. It imports the engine only once the cache of compiled
// modules is in use.

import { useCompileCache } from '../platform/node/compile-cache.ts'

useCompileCache()
const [{ createNodePlatform }, { threadStart }, { forwardedLog }, { runWorker }] =
  await Promise.all([
    import('../platform/node/node-platform.ts'),
    import('../platform/node/threads/node-worker.ts'),
    import('./forwarded-log.ts'),
    import('./worker.ts'),
  ])
const { port, data } = threadStart()
// The coordinator's logger leaves out what is below the level of the run.
const platform = createNodePlatform({ logLevel: 'debug', logSink: forwardedLog(port) })
runWorker(platform, port, data)
