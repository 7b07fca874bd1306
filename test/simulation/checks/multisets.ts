// Multisets of texts compared: what is lost, and what is there too often.

const shownExamples = 3

/** In words; empty where both are the same. */
export function multisetDifferences(
  what: string,
  expected: Iterable<string>,
  actual: Iterable<string>,
): string[] {
  const balance = new Map<string, number>()
  for (const each of expected) balance.set(each, (balance.get(each) ?? 0) + 1)
  for (const each of actual) balance.set(each, (balance.get(each) ?? 0) - 1)
  const lost = [...balance].filter(([, count]) => count > 0)
  const doubled = [...balance].filter(([, count]) => count < 0)
  return [
    ...(lost.length === 0 ? [] : [`${what}: lost ${total(lost)}: ${examples(lost)}`]),
    ...(doubled.length === 0 ? [] : [`${what}: doubled ${total(doubled)}: ${examples(doubled)}`]),
  ]
}

function total(differences: readonly (readonly [string, number])[]): number {
  return differences.reduce((sum, [, count]) => sum + Math.abs(count), 0)
}

function examples(differences: readonly (readonly [string, number])[]): string {
  return differences
    .slice(0, shownExamples)
    .map(([text]) => text)
    .join(', ')
}
