// Which records the sources had not read when the job came to its end, from the positions in its
// last checkpoint: none, unless it was drained.

import type { SimulatedDisk } from '@sluice/testing/simulator'
import type {
  CheckpointEntry,
  SourceSnapshot,
} from '../../../packages/runtime/src/checkpoint/protocol/log/entry.ts'
import type { InputShape, JobShape } from '../job/shape.ts'
import { originalName } from '../scenario/renamed-job.ts'
import { filesBelow, readFile } from './disk-reading.ts'

/** Of sources that count their records. */
interface IndexSplit {
  readonly next: number
  readonly stride: number
}

/** Of the file source. */
interface FileSplit {
  readonly file: { readonly path: string }
  readonly start: number
  readonly end: number
  readonly position: number | null
}

interface Files {
  readonly uncut: readonly { readonly path: string }[]
  readonly splits: readonly FileSplit[]
}

/** Ids of the records, as they were drawn. */
export function unreadRecords(
  disk: SimulatedDisk,
  shape: JobShape,
  last: CheckpointEntry | undefined,
): ReadonlySet<number> {
  return new Set(
    shape.inputs.flatMap((input, index) => {
      const source = last?.steps.find(({ step }) => originalName(step) === input.name)?.source
      if (source === undefined) return []
      return input.kind === 'files'
        ? unreadOfFiles(disk, `/in/${input.name}`, source)
        : unreadOfIndexes(input, index, source)
    }),
  )
}

function unreadOfIndexes(input: InputShape, inputIndex: number, source: SourceSnapshot): number[] {
  const open = [
    ...source.splits.map(({ split }) => split as IndexSplit),
    ...((source.enumerator ?? []) as readonly IndexSplit[]),
  ]
  return open.flatMap(({ next, stride }) => {
    const left = Math.max(0, Math.ceil((input.records - next) / stride))
    return Array.from({ length: left }, (_, at) => {
      const index = next + at * stride
      const lane = index % input.lanes
      return (inputIndex * 100_000 + lane * 4000 + Math.floor(index / input.lanes)) * 64
    })
  })
}

function unreadOfFiles(disk: SimulatedDisk, folder: string, source: SourceSnapshot): number[] {
  const { uncut, splits } = source.enumerator as Files
  const open = [...splits, ...source.splits.map(({ split }) => split as FileSplit)]
  const isUnread = (path: string, offset: number): boolean =>
    uncut.some((file) => file.path === path) ||
    open.some(({ file, start, end, position }) => {
      return file.path === path && offset >= (position ?? start) && offset >= start && offset < end
    })
  return filesBelow(disk, folder).flatMap((path) =>
    linesOf(disk, path).flatMap(({ id, offset }) => (isUnread(path, offset) ? [id] : [])),
  )
}

function linesOf(disk: SimulatedDisk, path: string): { id: number; offset: number }[] {
  let offset = 0
  const lines = new TextDecoder().decode(readFile(disk, path)).split('\n')
  return lines.slice(0, -1).map((line) => {
    const at = offset
    // All of it is ASCII.
    offset += line.length + 1
    return { id: (JSON.parse(line) as { readonly id: number }).id, offset: at }
  })
}
