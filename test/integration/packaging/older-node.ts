// Finds a Node on this machine that is too old for Sluice, as users may have one.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { isNewEnough } from '../../../packages/sluice/bin/launch.js'

/** Path of the first Node in the path that is older than needed, or undefined. */
export function olderNode(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'node'))
    .filter((path) => existsSync(path))
    .find((path) => {
      const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' })
      return status === 0 && !isNewEnough(stdout)
    })
}
