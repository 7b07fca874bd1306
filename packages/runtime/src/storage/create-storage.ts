// Finds the storage for a place: a path or a URL. Other schemes join here.

import { SluiceError } from '@sluice/core/internal'
import type { CheckpointStorage } from './checkpoint-storage.ts'
import { LocalStorage } from './local-storage.ts'
import type { StoragePlatform } from './storage-platform.ts'

// One letter is a drive of Windows, not a scheme.
const scheme = /^([a-z][a-z0-9+.-]+):/i

/**
 * The storage of one job's checkpoints.
 *
 * @param place - a path, or a `file://` URL, of the job's own folder
 * @throws SETTING_INVALID for a scheme that is not supported
 */
export function createStorage(platform: StoragePlatform, place: string): CheckpointStorage {
  const found = scheme.exec(place)?.[1]?.toLowerCase()
  if (found === undefined && place !== '') return new LocalStorage(platform, place)
  if (found === 'file') return new LocalStorage(platform, pathOfFileUrl(place))
  const what = place === '' ? 'The place is empty' : `Checkpoints cannot be kept in '${found}:'`
  throw new SluiceError('SETTING_INVALID', `${what}: '${place}' is not a place for checkpoints.`, {
    hint: "Give a folder on this machine: './checkpoints' or 'file:///var/lib/job/checkpoints'.",
  })
}

/** The folder of a place on this machine, without a slash at its end; undefined for others. */
export function localFolder(place: string): string | undefined {
  const found = scheme.exec(place)?.[1]?.toLowerCase()
  if (found !== undefined && found !== 'file') return undefined
  const path = found === undefined ? place : pathOfFileUrl(place)
  return path.length > 1 ? path.replace(/\/+$/, '') : path
}

function pathOfFileUrl(place: string): string {
  const url = URL.parse(place)
  if (url === null || url.host !== '') {
    throw new SluiceError('SETTING_INVALID', `'${place}' is not a file URL of this machine.`, {
      hint: "Write three slashes before an absolute path: 'file:///var/lib/job/checkpoints'.",
    })
  }
  const path = decodeURIComponent(url.pathname)
  return /^\/[a-z]:/i.test(path) ? path.slice(1) : path
}
