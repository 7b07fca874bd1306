// The figures as the README quotes them: written between two marks from the last full run, so that
// no figure in it is written by hand.

import { readFile, writeFile } from 'node:fs/promises'
import type { FigureLine } from './figure.ts'
import { quantity } from './table.ts'

const readme = new URL('../../README.md', import.meta.url)
const marks = /(<!-- figures -->\n)[\s\S]*?(<!-- \/figures -->)/

/** What the README shows, in its order. */
const shown: readonly (readonly [name: string, what: string])[] = [
  ['chain-six-steps', 'six-step stateless chain, one worker, the sixth of six jobs in the process'],
  ['keyed-count-1k', 'shuffle and keyed count over two workers, 1 k numeric keys'],
  ['keyed-count-100k', 'the same, 100 k keys'],
  ['keyed-count-1m', 'the same, 1 M keys'],
  ['exactly-once-cost-100k', 'cost of exactly-once at 100 k keys'],
  ['longest-gap-1m', 'longest time without a record at 1 M keys, checkpoints included'],
  ['tumbling-window-1k', 'shuffle and windows of ten seconds, count and sum, 1 k keys'],
  ['tumbling-window-100k', 'the same, 100 k keys'],
  ['tumbling-window-1m', 'the same, 1 M keys'],
  ['tumbling-window-100k-rocksdb', 'the same in RocksDB, 100 k keys'],
  ['tumbling-window-1m-rocksdb', 'the same in RocksDB, 1 M keys, room for a tenth of them'],
  ['sliding-window-cost', 'a sliding window of 60 panes: cost of a tumbling one'],
  ['session-window-100k', 'sessions, 100 k of them open'],
  [
    'checkpoint-stall-1m',
    'longest stall of a task in a checkpoint, a tenth of 1 M windows changed',
  ],
  ['incremental-bytes-1m', 'bytes of a checkpoint, 1 % of 1 M windows changed, part of a full one'],
  ['latency-p50', 'end-to-end latency over a shuffle at 50 k records/s, median'],
  ['latency-p99', 'the same, 99th percentile'],
  ['recovery-process-100k', 'SIGKILL of the process to records flowing again, 100 k keys'],
  ['recovery-process-1m', 'the same, 1 M keys'],
  ['recovery-worker-100k', 'death of one worker thread to records flowing again, 100 k keys'],
  ['restore-windows-1m', 'SIGKILL of the process to records flowing again, 1 M open windows'],
  ['string-keys-memory', 'memory for 1 M string keys of 36 characters with a counter each'],
  ['kafka-source-bytes', 'Kafka source on one worker, values of 100 bytes as bytes'],
  ['kafka-source-json', 'the same, decoded from JSON to objects'],
  ['kafka-sink-exactly-once', 'Kafka sink, exactly once by transactions'],
  ['kafka-sink-staged', 'the same, staged'],
  ['kafka-sink-at-least-once', 'the same, at least once'],
  ['kafka-copy', 'copy from topic to topic, exactly once by transactions'],
  ['kafka-copy-cost', 'cost of exactly-once against at-least-once, copying'],
  ['kafka-sink-exactly-once-cost', 'the same, writing alone'],
  ['kafka-copy-staged-cost', 'the same, copying with staged records'],
  ['kafka-commit-latency-100ms-p50', 'record in to visible, a checkpoint every 100 ms, median'],
  ['kafka-commit-latency-100ms-p99', 'the same, 99th percentile'],
  ['kafka-commit-latency-1s-p50', 'the same, a checkpoint every second, median'],
  ['kafka-commit-latency-1s-p99', 'the same, 99th percentile'],
  ['kafka-commit-latency-10s-p50', 'the same, a checkpoint every ten seconds, median'],
  ['kafka-commit-latency-10s-p99', 'the same, 99th percentile'],
  ['kafka-recovery', 'SIGKILL of a copying job to the first newly committed record'],
]

/** The last full run, as `bench/results/latest.json` keeps it. */
export interface KeptResults {
  readonly date: string
  readonly machine: { readonly cores: number; readonly memoryGib: number; readonly node: string }
  readonly figures: readonly FigureLine[]
}

/** What stands between the marks. */
export function readmeFigures({ date, machine, figures }: KeptResults): string {
  const { cores, memoryGib, node } = machine
  const rows = shown.flatMap(([name, what]) => {
    const line = figures.find((each) => each.name === name)
    return line === undefined ? [] : [row(line, what)]
  })
  return [
    `Medians of ${date} on ${cores} shared virtual cores, ${memoryGib} GiB, Node ${node};`,
    'records of four fields, a checkpoint every second where there is a shuffle, a sink or a kill.',
    'Kafka: one worker, 4 partitions, the broker on the same cores',
    '([settings](bench/kafka/README.md)). All figures, with their spread:',
    '[bench/results](bench/results/README.md).',
    '',
    '| figure | measured | bar | beside it, in the same run |',
    '|---|--:|--:|---|',
    ...rows,
    '',
  ].join('\n')
}

function row({ value, unit, bar, met, baseline, baselineValue }: FigureLine, what: string): string {
  const wanted = bar === undefined ? '' : `${quantity(bar, unit)}${met ? '' : ' (not met)'}`
  const beside = baseline === undefined ? '' : `${baseline} ${quantity(baselineValue ?? 0, unit)}`
  return `| ${what} | ${quantity(value, unit)} | ${wanted} | ${beside} |`
}

/** Writes the figures into the README. */
export async function quoteInReadme(results: KeptResults): Promise<void> {
  const text = await readFile(readme, 'utf8')
  if (!marks.test(text)) throw new Error('The README has no marks for the figures.')
  const written = text.replace(marks, (_, from, to) => `${from}${readmeFigures(results)}${to}`)
  await writeFile(readme, written)
}
