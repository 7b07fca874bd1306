// Closes one thing after the other; an error of one leaves none of the others open.

/** Calls all of them in order, waits for all, and then throws the first error. */
export async function closeAll(
  closes: readonly (() => Promise<void> | void | undefined)[],
): Promise<void> {
  const outcomes = await Promise.allSettled(closes.map(async (close) => close()))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}
