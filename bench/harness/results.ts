// Keeps the last full run with machine and commit: as data, as a table beside it, and quoted in the
// README.

import { mkdir, writeFile } from 'node:fs/promises'
import type { FigureLine } from './figure.ts'
import { commit, machine } from './machine.ts'
import { quoteInReadme } from './readme-figures.ts'
import { markdownTable } from './table.ts'

const folder = new URL('../results/', import.meta.url)

export async function keepResults(figures: readonly FigureLine[]): Promise<void> {
  const where = machine()
  const measured = commit()
  const date = new Date().toISOString().slice(0, 10)
  await mkdir(folder, { recursive: true })
  const latest = { date, commit: measured, machine: where, figures }
  await writeFile(new URL('latest.json', folder), `${JSON.stringify(latest, undefined, 2)}\n`)
  const place = `${where.cores} × ${where.processor}, ${where.memoryGib} GiB, ${where.system}`
  const text = [
    '# Measured figures',
    '',
    `${date}, commit ${measured ?? 'unknown'}, ${place}, Node ${where.node}.`,
    'Written by `npm run bench`. What each figure means is said at the head of its file in',
    '`bench/benchmarks/` or `bench/kafka/`. The spread is the distance between the highest and the',
    'lowest run.',
    '',
    markdownTable(figures),
    '',
  ]
  await writeFile(new URL('README.md', folder), text.join('\n'))
  await quoteInReadme(latest)
}
