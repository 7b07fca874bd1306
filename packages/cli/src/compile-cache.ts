// Compiled modules are kept on disk between runs, so that a job is back soon after its process was
// killed: from sources, most of the start is taking the types out and compiling. Node checks each
// entry against its source, and NODE_DISABLE_COMPILE_CACHE=1 switches it off.

import { constants, enableCompileCache, flushCompileCache } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const writtenAfterMs = 200

/** Before anything else is imported. Worker threads and child processes use the same cache. */
export function useCompileCache(): void {
  const folder = process.env['NODE_COMPILE_CACHE'] ?? join(tmpdir(), 'node-compile-cache')
  const { status } = enableCompileCache(folder)
  const { ENABLED, ALREADY_ENABLED } = constants.compileCacheStatus
  if (status === ENABLED || status === ALREADY_ENABLED) process.env['NODE_COMPILE_CACHE'] = folder
}

/**
 * Writes the cache soon, while the job runs: a process that is killed writes nothing at its end.
 */
export function writeCompileCacheSoon(): void {
  setTimeout(flushCompileCache, writtenAfterMs).unref()
}
