// The rows that readers see: all visible files of a sink, in order of checkpoint and of writing.

import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { SimulatedDisk } from '@sluice/testing/simulator'
import { ZstdFrames } from '../../../packages/files/src/bytes/zstd-frames.ts'
import { outputFolder } from '../job/simulated-job.ts'
import type { Row } from '../job/tails/tail.ts'
import { filesBelow, namesIn, readFile } from './disk-reading.ts'

/** `<sink>-<checkpoint>-<generation>-<part>-<log id>.<extension>` */
const resultName = /-(\d{10})-(\d+)-(\d{4}-\d{6})-[0-9a-f]+\.[a-z.]+$/

/** Paths of the visible files of a sink. */
export function visibleFiles(disk: SimulatedDisk, sink: string, root = ''): string[] {
  const folder = `${root}${outputFolder}/${sink}`
  return filesBelow(disk, folder)
    .filter((path) => !/^\/(\.sluice|_manifests)\//.test(path.slice(folder.length)))
    .toSorted((left, right) => (writingOrder(left) < writingOrder(right) ? -1 : 1))
}

export interface RowRange {
  readonly root?: string
  /** Only what was prepared up to this checkpoint. */
  readonly untilCheckpoint?: number
}

export function committedRows(
  disk: SimulatedDisk,
  sink: string,
  { root = '', untilCheckpoint = Number.POSITIVE_INFINITY }: RowRange = {},
): Row[] {
  const files = visibleFiles(disk, sink, root)
  return files.flatMap((path) => {
    if (checkpointOf(path) > untilCheckpoint) return []
    const text = new TextDecoder('utf-8', { fatal: true }).decode(content(disk, path))
    const lines = text.split('\n')
    if (lines.pop() !== '') throw new Error(`${path} ends within a row`)
    return lines.map((line) => JSON.parse(line) as Row)
  })
}

/** Files that manifests list, against the files that are there. */
export function judgeManifests(disk: SimulatedDisk, root = ''): string[] {
  return namesIn(disk, `${root}${outputFolder}`).flatMap((sink) => {
    const folder = `${root}${outputFolder}/${sink}`
    const listed = filesBelow(disk, `${folder}/_manifests`)
      .filter((path) => /\/\d+\.json$/.test(path))
      .flatMap((path) => {
        const manifest = JSON.parse(new TextDecoder().decode(readFile(disk, path))) as {
          readonly files: readonly { readonly file: string; readonly sizeBytes: number }[]
        }
        return manifest.files.map(({ file, sizeBytes }) => `${folder}/${file} of ${sizeBytes}`)
      })
    const there = visibleFiles(disk, sink, root).map(
      (path) => `${path} of ${disk.stat(path)?.sizeBytes ?? 0}`,
    )
    const missing = listed.filter((name) => !there.includes(name))
    const unlisted = there.filter((name) => !listed.includes(name))
    return [
      ...missing.slice(0, 3).map((name) => `a manifest lists ${name}, which is not there`),
      ...unlisted.slice(0, 3).map((name) => `no manifest lists ${name}`),
      ...(new Set(listed).size === listed.length ? [] : ['a file is in two manifests']),
    ]
  })
}

function content(disk: SimulatedDisk, path: string): Uint8Array {
  const bytes = readFile(disk, path)
  if (path.endsWith('.gz')) return gunzipSync(bytes)
  return path.endsWith('.zst') ? zstdContent(bytes) : bytes
}

/** Of all frames: Node's function reads the first and may leave out the others without a word. */
function zstdContent(bytes: Uint8Array): Uint8Array {
  const contents: Uint8Array[] = []
  let frame: Uint8Array[] = []
  for (const piece of new ZstdFrames().cut(bytes)) {
    frame.push(piece.bytes)
    if (!piece.endsFrame) continue
    contents.push(zstdDecompressSync(Buffer.concat(frame)))
    frame = []
  }
  return Buffer.concat(contents)
}

function checkpointOf(path: string): number {
  return Number(resultName.exec(path)?.[1])
}

function writingOrder(path: string): string {
  const parts = resultName.exec(path)
  if (parts === null) throw new Error(`${path} has no name of a result`)
  return `${parts[1]}-${(parts[2] as string).padStart(10, '0')}-${parts[3]}`
}
