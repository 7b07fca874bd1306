// Compiled modules are kept on disk between threads and runs: from sources, most of the start of a
// worker is taking the types out and compiling. Node checks each entry against its source;
// NODE_COMPILE_CACHE says where the cache is, and NODE_DISABLE_COMPILE_CACHE=1 switches it off.

import { enableCompileCache, flushCompileCache } from 'node:module'

const writtenAfterMs = 1000

/** For this thread; before anything that is to be found in the cache is imported. */
export function useCompileCache(): void {
  enableCompileCache()
  // A process that is killed writes nothing at its end.
  setTimeout(flushCompileCache, writtenAfterMs).unref()
}
