// Standard output that nobody reads any more (`sluice … | head`): an error that would end the
// process in the middle of what it does. What is written after that goes nowhere.

const listeners = new Set<() => void>()
let watching = false

/** Watches for the end of the reader; safe to call more than once. */
export function watchForClosedOutput(): void {
  if (watching) return
  watching = true
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      for (const listener of listeners) listener()
    })
  }
}

/** Calls back when the reader has gone, until the returned function is called. */
export function onClosedOutput(listener: () => void): () => void {
  watchForClosedOutput()
  listeners.add(listener)
  return () => listeners.delete(listener)
}
