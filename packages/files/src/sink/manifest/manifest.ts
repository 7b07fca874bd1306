// Manifests: one per checkpoint that published files, numbered without gaps from 1, so that a
// reader finds them all by asking for the next number until there is none and never depends on a
// listing. A manifest is written aside and renamed, its bytes follow from the checkpoint alone, and
// it stands before its checkpoint counts as committed; so each writer of number n finds 1 … n-1
// complete.

import { type FileSystem, FileSystemError, SluiceError } from '@sluice/core/connector'
import type { CommittedFile } from '../committed-file.ts'
import { readWhole } from '../file-content.ts'
import { joinPath, manifestName } from '../sink-folder.ts'

export interface Manifest {
  readonly version: 1
  readonly job: string
  readonly sink: string
  readonly logId: string
  readonly checkpoint: number
  /** Sorted by name. */
  readonly files: readonly CommittedFile[]
}

/** The same bytes for the same checkpoint, whoever writes them. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const { version, job, sink, logId, checkpoint } = manifest
  const files = manifest.files
    .map(({ file, sizeBytes, crc32, records }) => ({ file, sizeBytes, crc32, records }))
    .toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0))
  const content = { version, job, sink, logId, checkpoint, files }
  return new TextEncoder().encode(`${JSON.stringify(content, undefined, 1)}\n`)
}

/** The manifest of this number, or undefined where there is none yet. */
export async function readManifest(
  files: FileSystem,
  folder: string,
  number: number,
): Promise<Manifest | undefined> {
  const path = joinPath(folder, manifestName(number))
  let bytes: Uint8Array
  try {
    bytes = await readWhole(files, path)
  } catch (error) {
    if (error instanceof FileSystemError && error.kind === 'not-found') return undefined
    throw error
  }
  const manifest = JSON.parse(new TextDecoder().decode(bytes)) as Manifest
  if (manifest.version !== 1) {
    throw new SluiceError('CHECKPOINT_FORMAT_NEWER', `${path} was written by a newer version.`, {
      where: { file: path },
      hint: 'Read it with the version of Sluice that wrote it, or a newer one.',
    })
  }
  return manifest
}
