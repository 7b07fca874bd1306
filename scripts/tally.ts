// Counts of passed, failed and skipped checks, with the names that a reader needs: what failed, and
// what could not run and why. Every step of the test run ends in one of these.

export interface Skipped {
  readonly name: string
  readonly why: string
}

export interface Tally {
  readonly passed: number
  readonly failures: readonly string[]
  readonly skipped: readonly Skipped[]
}

export const emptyTally: Tally = { passed: 0, failures: [], skipped: [] }

export function sumTallies(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((sum, tally) => sum + tally.passed, 0),
    failures: tallies.flatMap((tally) => tally.failures),
    skipped: tallies.flatMap((tally) => tally.skipped),
  }
}

/** The last line of a test run, which other programs read too. */
export function closingLine(tally: Tally): string {
  const skipped = tally.skipped.length > 0 ? `, ${tally.skipped.length} skipped` : ''
  return `${tally.passed} passed, ${tally.failures.length} failed${skipped}`
}

/** Reads the counts of a program that ends with a closing line; undefined if it has none. */
export function readClosingLine(output: string, name: string): Tally | undefined {
  const lines = output.trimEnd().split('\n')
  const match = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(lines.at(-1)?.trim() ?? '')
  if (match === null) return undefined
  const many = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
  return {
    passed: Number(match[1]),
    failures: many(Number(match[2])).map((nth) => `${name}: failure ${nth}, see its output`),
    skipped: many(Number(match[3] ?? 0)).map((nth) => ({
      name: `${name}: ${nth}`,
      why: 'see its output',
    })),
  }
}
