// Reading the simulated disk from outside, without taking part in the simulation.

import type { SimulatedDisk } from '@sluice/testing/simulator'

export function readFile(disk: SimulatedDisk, path: string): Uint8Array {
  const file = disk.openForReading(path)
  const bytes = new Uint8Array(file.sizeBytes)
  file.read(bytes, 0)
  return bytes
}

/** The names in a folder; none where there is no such folder. */
export function namesIn(disk: SimulatedDisk, folder: string): string[] {
  return disk.stat(folder)?.kind === 'directory' ? disk.list(folder) : []
}

/** The paths of all files below a folder. */
export function filesBelow(disk: SimulatedDisk, folder: string): string[] {
  return namesIn(disk, folder).flatMap((name) => {
    const path = `${folder}/${name}`
    return disk.stat(path)?.kind === 'directory' ? filesBelow(disk, path) : [path]
  })
}

export function exists(disk: SimulatedDisk, path: string): boolean {
  return disk.stat(path) !== undefined
}
