// Where a sink keeps what, below the folder that the user named. All names of one history (job,
// sink, log id) are derived here, so that writer, committer and readers agree without asking each
// other.
//
//   <path>/[<bucket>/]<sink>-<checkpoint>-<generation>-<part>-<log id>.<extension>   visible
//   <path>/.sluice/<job>.<sink>/<log id>/<generation>-<checkpoint>-<part>.tmp        hidden
//   <path>/_manifests/<job>.<sink>/<log id>/<number>.json                            committed

import type { CommittableName } from '@sluice/core/connector'

/** Checkpoint of the name of a part that is still being written; real ones count from 1. */
export const unpreparedCheckpoint = 0

export const manifestsFolder = '_manifests'
const hiddenFolder = '.sluice'
const hiddenForm = /^(\d+)-(\d+)-(.+)\.tmp$/

/** Whose results these are. */
export interface SinkHistory {
  readonly path: string
  readonly job: string
  readonly sink: string
  readonly logId: string
}

export function joinPath(folder: string, name: string): string {
  return folder === '' ? name : folder.endsWith('/') ? folder + name : `${folder}/${name}`
}

export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  if (slash < 0) return '.'
  return slash === 0 ? '/' : path.slice(0, slash)
}

/** The folder of the hidden parts of one history. */
export function stagingFolder(history: SinkHistory): string {
  return joinPath(historiesFolder(history, hiddenFolder), history.logId)
}

/** The folder in which all sinks that write to a path have theirs for hidden parts. */
export function stagingFolders(path: string): string {
  return joinPath(path, hiddenFolder)
}

/** The sink of this job to which a name in there belongs; undefined for other names. */
export function sinkOfStaging(name: string, job: string): string | undefined {
  const prefix = `${job}.`
  return name.startsWith(prefix) ? name.slice(prefix.length) : undefined
}

/** The folder of the manifests of one history. */
export function manifestFolder(history: SinkHistory): string {
  return joinPath(historiesFolder(history, manifestsFolder), history.logId)
}

/** The folder whose entries are the log ids under which this job and sink left manifests. */
export function manifestHistories(history: Omit<SinkHistory, 'logId'>): string {
  return historiesFolder(history, manifestsFolder)
}

function historiesFolder(history: Omit<SinkHistory, 'logId'>, below: string): string {
  return joinPath(joinPath(history.path, below), `${history.job}.${history.sink}`)
}

/** The name of a hidden part within the staging folder. */
export function hiddenName(
  name: Pick<CommittableName, 'generation' | 'checkpoint' | 'part'>,
): string {
  return `${padded(name.generation, 10)}-${padded(name.checkpoint, 10)}-${name.part}.tmp`
}

/** The outside name that a file in the staging folder stands for; undefined for foreign files. */
export function parseHiddenName(
  file: string,
  logId: string,
  sink: string,
): CommittableName | undefined {
  const parts = hiddenForm.exec(file)
  if (parts === null) return undefined
  const [, generation, checkpoint, part] = parts
  return {
    logId,
    sink,
    generation: Number(generation),
    checkpoint: Number(checkpoint),
    part: part as string,
  }
}

/** The part of a writer: unique within its generation, and in order of writing. */
export function partName(subtask: number, count: number): string {
  return `${padded(subtask, 4)}-${padded(count, 6)}`
}

/**
 * The visible name, relative to the sink's folder: sorts by checkpoint, and is never used again.
 */
export function visibleName(name: CommittableName, bucket: string, extension: string): string {
  const { sink, checkpoint, generation, part, logId } = name
  const history = logId.slice(0, 8)
  const file = `${sink}-${padded(checkpoint, 10)}-${generation}-${part}-${history}.${extension}`
  return joinPath(bucket, file)
}

export function manifestName(number: number): string {
  return `${padded(number, 8)}.json`
}

export function manifestNumber(name: string): number | undefined {
  const parts = /^(\d+)\.json$/.exec(name)
  return parts === null ? undefined : Number(parts[1])
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0')
}
