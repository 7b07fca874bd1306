// Figures as a table for people: on the terminal, and in Markdown.

import type { FigureLine } from './figure.ts'

const headings = ['figure', 'median', 'beside it', 'ratio', 'bar', 'spread'] as const

export function terminalTable(lines: readonly FigureLine[]): string {
  const rows = [[...headings], ...lines.map((line) => cells(line))]
  const widths = headings.map((_, column) => {
    return Math.max(...rows.map((row) => row[column]?.length ?? 0))
  })
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0
          return column === 0 ? cell.padEnd(width) : cell.padStart(width)
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export function markdownTable(lines: readonly FigureLine[]): string {
  const rows = lines.map((line) => `| ${cells(line).join(' | ')} |`)
  return [`| ${headings.join(' | ')} |`, '|---|--:|--:|--:|--:|--:|', ...rows].join('\n')
}

function cells(line: FigureLine): string[] {
  const { name, value, unit, baseline, baselineValue, ratio, bar, met, spread } = line
  return [
    name,
    quantity(value, unit),
    baseline === undefined ? '' : `${baseline} ${quantity(baselineValue ?? 0, unit)}`,
    ratio === undefined ? '' : String(ratio),
    bar === undefined ? '' : `${quantity(bar, unit)} ${met === true ? 'met' : 'NOT MET'}`,
    `${Math.round(spread * 100)} %`,
  ]
}

/** A figure with its unit, short. */
export function quantity(value: number, unit: string): string {
  if (unit === 'records/s') return `${(value / 1e6).toFixed(value >= 1e7 ? 1 : 2)} M/s`
  if (unit === 'times') return `${value.toFixed(2)} times`
  if (unit === 'percent') return `${value.toFixed(1)} %`
  return `${value.toLocaleString('en-US', { maximumFractionDigits: 1 })} ${unit}`
}
