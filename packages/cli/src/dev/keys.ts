// Single keys from the terminal. In raw mode Ctrl-C is a key like others and no signal.

/**
 * Calls back for each key, until the returned function is called; does nothing without a
 * terminal.
 */
export function onKey(listener: (key: string) => void): () => void {
  const { stdin } = process
  if (stdin.isTTY !== true) return () => {}
  const receive = (data: Buffer): void => {
    for (const key of data.toString('latin1')) listener(key === '\u0003' ? 'ctrl-c' : key)
  }
  stdin.setRawMode(true)
  stdin.resume()
  stdin.on('data', receive)
  return () => {
    stdin.off('data', receive)
    stdin.setRawMode(false)
    stdin.pause()
  }
}
