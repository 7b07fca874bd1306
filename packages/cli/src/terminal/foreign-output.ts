// What the job itself prints: `console.log` of a user's function, in this thread or in a worker,
// whose streams Node leads through those of the process. It is caught here, so that it neither
// tears up the live area nor gets among the JSON lines.

type Write = typeof process.stdout.write

/** Gets each piece of foreign output; must write it on with `pass`. */
export type ForeignOutput = (stream: 'stdout' | 'stderr', pass: () => void) => void

/**
 * Leads foreign output of both streams through a listener, until the returned function is called.
 * With `divert` what was meant for standard output goes to standard error.
 */
export function catchForeignOutput(listener: ForeignOutput, divert: boolean): () => void {
  const { stdout, stderr } = process
  const original = { stdout: stdout.write, stderr: stderr.write }
  const replace = (name: 'stdout' | 'stderr'): Write => {
    const target = divert ? stderr : process[name]
    const write = divert ? original.stderr : original[name]
    const replaced = (...parts: Parameters<Write>): boolean => {
      let goesOn = true
      listener(name, () => {
        goesOn = write.apply(target, parts)
      })
      return goesOn
    }
    return replaced as Write
  }
  stdout.write = replace('stdout')
  stderr.write = replace('stderr')
  return () => {
    stdout.write = original.stdout
    stderr.write = original.stderr
  }
}
