// Where downloads of the services are kept: outside the tree, so that a fresh clone finds what an
// earlier one downloaded, and readable for the user that servers run as.

import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The folder, which is made if there is none. `SLUICE_CACHE` names another one. */
export function cacheFolder(): string {
  const folder = process.env['SLUICE_CACHE'] ?? join(folderOfCaches(), 'sluice')
  mkdirSync(folder, { recursive: true })
  return folder
}

/** Nobody else may look into the home of root, so root has the one of the system. */
function folderOfCaches(): string {
  if (process.getuid?.() === 0) return '/var/cache'
  return process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
}
