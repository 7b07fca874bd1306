// Runs parts of the test run one step after the other and sums up: a line per step, then what could
// not run and why, what failed, and as the very last line the counts.

import type { Part } from './parts.ts'
import { closingLine, sumTallies, type Tally } from './tally.ts'

interface Row {
  readonly part: string
  readonly step: string
  readonly tally: Tally
  readonly seconds: number
}

/** Returns the exit code. A run in which nothing passed is a failure, whatever it counted. */
export async function runParts(parts: readonly Part[]): Promise<number> {
  const rows: Row[] = []
  for (const part of parts) {
    for (const step of part.steps) {
      console.log(`\n── ${part.name}: ${step.name}`)
      const began = performance.now()
      const tally = await step.run()
      rows.push({
        part: part.name,
        step: step.name,
        tally,
        seconds: (performance.now() - began) / 1000,
      })
    }
  }
  const total = sumTallies(rows.map((row) => row.tally))
  console.log(`\n${summary(rows, total)}`)
  console.log(closingLine(total))
  return total.failures.length === 0 && total.passed > 0 ? 0 : 1
}

/** What failed in one line; the rest was printed where it happened. */
function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}

function summary(rows: readonly Row[], total: Tally): string {
  const width = Math.max(...rows.map((row) => row.part.length + row.step.length + 2))
  const lines = rows.map(({ part, step, tally, seconds }) => {
    const counts = [tally.passed, tally.failures.length, tally.skipped.length]
    const cells = [...counts.map(String), seconds.toFixed(1)].map((cell) => cell.padStart(9))
    return `${part}: ${step}`.padEnd(width) + cells.join('')
  })
  const titles = ['passed', 'failed', 'skipped', 'seconds'].map((title) => title.padStart(9))
  lines.unshift(' '.repeat(width) + titles.join(''))
  if (total.skipped.length > 0) {
    lines.push('', 'Could not run:', ...total.skipped.map(({ name, why }) => `  ${name}: ${why}`))
  }
  if (total.failures.length > 0) {
    lines.push('', 'Failed:', ...total.failures.map((text) => `  ${firstLine(text)}`))
  }
  return lines.join('\n')
}
