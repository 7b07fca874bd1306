// The partitions that Kafka's own partitioner chooses for ten thousand keys.

import { createHash } from 'node:crypto'
import { runJavaProgram } from '../java-program.ts'

const counts = [1, 7, 64] as const
const keys = 10_000

/** Bytes of any length up to 40, the same in every run; the first is empty. */
export function partitionedKey(index: number): Uint8Array {
  const bytes = createHash('sha512').update(`key ${index}`).digest()
  return bytes.subarray(0, index % 41)
}

export interface RecordedPartitions {
  readonly keys: string
  /** By count of partitions: base64 of bytes, of which byte i is the partition of key i. */
  readonly partitions: Readonly<Record<string, string>>
}

export async function recordPartitions(): Promise<RecordedPartitions> {
  const all = Array.from({ length: keys }, (_, index) => partitionedKey(index))
  const input = all.map((key) => `${Buffer.from(key).toString('base64')}\n`).join('')
  const output = await runJavaProgram('partition-keys', { input })
  const rows = output
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(' ').map(Number))
  return {
    keys: 'key i is the first (i mod 41) bytes of the SHA-512 of the text "key i"',
    partitions: Object.fromEntries(
      counts.map((count, column) => {
        const partitions = Buffer.from(rows.map((row) => row[column] ?? 255))
        return [String(count), partitions.toString('base64')]
      }),
    ),
  }
}
