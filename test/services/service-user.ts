// Servers do not run as root (some refuse to): when the tests do, they give it up for the servers.

import { chownSync } from 'node:fs'

/** Nobody, on every system that knows users by these numbers. */
const nobody = 65534

function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** The command as it is run: not as root, and ended by the system when its parent dies. */
export function asServiceUser(
  command: readonly [string, ...string[]],
  endedBy: NodeJS.Signals,
): [string, ...string[]] {
  if (process.platform !== 'linux') return [...command]
  const ends = ['--pdeathsig', endedBy.replace(/^SIG/, '')]
  const user = isRoot() ? [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'] : []
  return ['setpriv', ...ends, ...user, ...command]
}

/** Gives a folder to the user that servers run as. */
export function giveToServiceUser(folder: string): void {
  if (isRoot()) chownSync(folder, nobody, nobody)
}
