// Reading what is committed, exactly: through the manifests, never through a listing of the
// results, so that nothing half published and nothing of an abandoned history is seen.

import type { FileSystem } from '@sluice/core/connector'
import type { CommittedFile } from '../committed-file.ts'
import { listOrNone, readChunks } from '../file-content.ts'
import { standingHistories } from './foreign-histories.ts'
import { readManifest } from './manifest.ts'
import { joinPath, manifestFolder, manifestsFolder } from '../sink-folder.ts'

/** A committed file and where it comes from. */
export interface CommittedResult extends CommittedFile {
  readonly job: string
  readonly sink: string
  readonly checkpoint: number
  /** Path of the file: the folder that was asked for, and its name below. */
  readonly path: string
}

/** Narrows down whose results are meant, where several sinks write to one folder. */
export interface ResultsOf {
  readonly job?: string
  readonly sink?: string
}

/**
 * All files that the file sinks of a folder have committed, in order of job, sink and checkpoint.
 * The list is a consistent view: whole checkpoints, each completely.
 *
 * @example
 * const committed = await listCommitted(files, './out')
 */
export async function listCommitted(
  files: FileSystem,
  path: string,
  of: ResultsOf = {},
): Promise<readonly CommittedResult[]> {
  const results: CommittedResult[] = []
  for (const name of await listOrNone(files, joinPath(path, manifestsFolder))) {
    const [job = '', sink = ''] = name.split('.')
    if ((of.job ?? job) !== job || (of.sink ?? sink) !== sink) continue
    const place = { path, job, sink }
    for (const logId of await standingHistories(files, place)) {
      const folder = manifestFolder({ ...place, logId })
      for (let number = 1; ; number++) {
        const manifest = await readManifest(files, folder, number)
        if (manifest === undefined) break
        const { checkpoint } = manifest
        for (const file of manifest.files) {
          results.push({ ...file, job, sink, checkpoint, path: joinPath(path, file.file) })
        }
      }
    }
  }
  return results
}

/** The rows of all committed, uncompressed files of a folder, as text without line breaks. */
export async function* readCommittedLines(
  files: FileSystem,
  path: string,
  of: ResultsOf = {},
): AsyncGenerator<string> {
  for (const result of await listCommitted(files, path, of)) {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    let rest = ''
    for await (const chunk of readChunks(files, result.path)) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() as string
      yield* lines
    }
    if (rest !== '') yield rest
  }
}
