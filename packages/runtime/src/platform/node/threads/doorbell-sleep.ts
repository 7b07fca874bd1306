// Sleeping on a shared word until another thread changes it, without blocking the event loop.

/**
 * Calls back, never synchronously, once `words[0]` is no longer `lastSeen`. The ringer changes the
 * word first and notifies afterwards, so no ring is lost between the last look and the sleep.
 * A sleeper does not keep its thread alive; its port does.
 */
export function sleepUntilRung(words: Int32Array, lastSeen: number, call: () => void): void {
  const wait = Atomics.waitAsync(words as Int32Array<SharedArrayBuffer>, 0, lastSeen)
  if (!wait.async) {
    setImmediate(call)
    return
  }
  void wait.value.then(() => {
    if (Atomics.load(words, 0) === lastSeen) sleepUntilRung(words, lastSeen, call)
    else call()
  })
}
