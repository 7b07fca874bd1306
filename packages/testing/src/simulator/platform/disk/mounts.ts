// Paths as a process sees them, and where they are on the disk: as in a container whose folders are
// others of the machine.

import { normalPath } from './disk-path.ts'

/** By the path that the process sees: the folder of the disk, or '' for the root. */
export type Mounts = Readonly<Record<string, string>>

/** Where a path of the process is; relative ones begin at its root. */
export function mountedPath(mounts: Mounts, path: string): string {
  const normal = normalPath(path)
  let place = ''
  for (const seen of Object.keys(mounts)) {
    const isBelow = normal === seen || normal.startsWith(`${seen}/`)
    if (isBelow && seen.length > place.length) place = seen
  }
  return place === '' ? path : `${mounts[place] as string}${normal.slice(place.length)}`
}
