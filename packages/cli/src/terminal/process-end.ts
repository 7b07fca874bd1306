// The end of the process. A job's module may have left something open (a timer, a pool of
// connections) that would keep the process alive after the job has ended; what was printed is
// written out first.

const graceMs = 500

/** Ends the process with this code once its streams are empty, if it has not ended by then. */
export function endSoon(exitCode: number): void {
  const attempt = (): void => {
    const { stdout, stderr } = process
    if (stdout.writableLength === 0 && stderr.writableLength === 0) process.exit(exitCode)
    else wait()
  }
  // It does not keep the process alive by itself.
  const wait = (): void => void setTimeout(attempt, graceMs).unref()
  wait()
}
