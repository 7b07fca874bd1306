// The keyed count as a process that is killed: started as the `sluice` command starts, with the
// cache of compiled modules in use before the engine is imported.

import { enableCompileCache, flushCompileCache } from 'node:module'

enableCompileCache()
setTimeout(flushCompileCache, 1000).unref()
await import('./recovering-run.ts')
