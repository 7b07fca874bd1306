// The exhaustive search as a program:
//
//   node --conditions=sluice-source test/simulation/search/main.ts --full --traces --only <words>
//
// Prints a table of searches and, for each rule switched off, its shortest counterexample.
// Exit code 1 when a search finds a violation, does not end, or a rule has no counterexample.

import { INVARIANTS } from './model/invariants.ts'
import { SearchModel } from './model/search-model.ts'
import { RULES, ruleNames, rulesWithout } from './rules.ts'
import { fullSearches, reducedSearches, searchWithout } from './searches.ts'
import { explore } from './space/explore.ts'

const MAX_STATES = 60_000_000

const options = process.argv.slice(2)
const full = options.includes('--full')
const traces = options.includes('--traces')
const only = options.includes('--only') ? options[options.indexOf('--only') + 1] : undefined
let failed = false

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

function cells(values: readonly (string | number)[], widths: readonly number[]): string {
  return values
    .map((value, i) =>
      typeof value === 'number'
        ? value.toLocaleString('en').padStart(widths[i] as number)
        : value.padEnd(widths[i] as number),
    )
    .join('  ')
}

const widths = [44, 26, 12, 13, 6, 8, 7]
print(
  cells(
    ['search', 'sink', '      states', '  transitions', ' depth', '     cut', 'seconds'],
    widths,
  ),
)
for (const search of full ? fullSearches : reducedSearches) {
  if (only !== undefined && !search.name.includes(only)) continue
  const started = performance.now()
  const model = new SearchModel(search.bounds, rulesWithout(), search.sink)
  const found = explore(model, { maxStates: MAX_STATES, symmetry: true })
  const seconds = Number(((performance.now() - started) / 1000).toFixed(1))
  const { states, transitions, depth, cut } = found
  print(cells([search.name, search.sink.name, states, transitions, depth, cut, seconds], widths))
  if (found.violation !== undefined || !found.complete) {
    failed = true
    print(found.violation?.invariant ?? 'The search did not end within its limit of states.')
    found.violation?.trace.forEach((line, i) => print(`  ${i + 1}. ${line}`))
  }
}

print('\nChecked in every state:')
for (const invariant of INVARIANTS) print(`  - ${invariant}`)

print('\nRules switched off, one at a time:')
for (const rule of only === undefined ? ruleNames : []) {
  const search = searchWithout(rule)
  const model = new SearchModel(search.bounds, rulesWithout(rule), search.sink)
  const { states, violation } = explore(model, { maxStates: MAX_STATES, symmetry: false })
  const steps = violation?.trace.length
  if (steps === undefined) failed = true
  print(`  ${steps ?? 'none'} steps, ${states.toLocaleString('en')} states: ${RULES[rule]}`)
  if (violation === undefined) continue
  print(`      broken: ${violation.invariant}`)
  if (traces) violation.trace.forEach((line, i) => print(`      ${i + 1}. ${line}`))
}
process.exitCode = failed ? 1 : 0
