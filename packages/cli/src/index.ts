// The `sluice` command as a function; `packages/sluice/bin` calls it with the arguments of the
// process. Everything else is imported after the cache of compiled modules is in use.

import { useCompileCache } from './compile-cache.ts'

/**
 * Runs the command line and resolves with its exit code; never rejects. Prints to the streams of
 * this process.
 *
 * @param argv - the arguments after the name of the command: `['run', 'job.ts']`
 * @example
 * process.exitCode = await main(process.argv.slice(2))
 */
export async function main(argv: string[]): Promise<number> {
  useCompileCache()
  const { runCommandLine } = await import('./command-line.ts')
  return await runCommandLine(argv)
}
