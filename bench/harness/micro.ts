// What the micro-benchmarks share: keys drawn from a seed, and the processor time of the thread,
// because the machine is shared.

/** Whole numbers from 0 up to and without a limit (Marsaglia's xorshift). */
export function drawing(seed: number): (below: number) => number {
  let random = seed
  return (below) => {
    random ^= random << 13
    random ^= random >>> 17
    random ^= random << 5
    return (random >>> 0) % below
  }
}

/** Milliseconds that this thread has worked. */
export function threadMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
