// The signals that ask the process to stop. The first is a request; what a second one means is the
// listener's business.

export type StopSignal = 'SIGINT' | 'SIGTERM'

/** Listens until the returned function is called; after that the signals kill again as usual. */
export function onStopSignal(listener: (signal: StopSignal) => void): () => void {
  const signals: readonly StopSignal[] = ['SIGINT', 'SIGTERM']
  for (const signal of signals) process.on(signal, listener)
  return () => {
    for (const signal of signals) process.off(signal, listener)
  }
}
