// The exhaustive searches as a program:
//
//   node --conditions=sluice-source test/simulation/search/main.ts --full --traces --only <words>
//
// Prints a table of searches and, for each rule switched off, its shortest counterexample.
// Exit code 1 when a search finds a violation, does not end, or a rule has no counterexample.

import { KAFKA_INVARIANTS } from './kafka/model/kafka-invariants.ts'
import { KafkaModel } from './kafka/model/kafka-model.ts'
import { KAFKA_RULES, kafkaRuleNames, kafkaRulesWithout } from './kafka/kafka-rules.ts'
import {
  fullKafkaSearches,
  kafkaSearchWithout,
  reducedKafkaSearches,
} from './kafka/kafka-searches.ts'
import { kafkaSpace } from './kafka/kafka-space.ts'
import { engineSpace } from './model/engine-space.ts'
import { INVARIANTS } from './model/invariants.ts'
import { SearchModel } from './model/search-model.ts'
import { RULES, ruleNames, rulesWithout } from './rules.ts'
import { fullSearches, reducedSearches, searchWithout } from './searches.ts'
import { explore } from './space/explore.ts'
import type { StateModel } from './space/state-model.ts'

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

function search(name: string, sink: string, space: StateModel, ends: boolean): void {
  if (only !== undefined && !`${name}, ${sink}`.includes(only)) return
  const started = performance.now()
  const found = explore(space, { maxStates: MAX_STATES, symmetry: true, ends })
  const seconds = Number(((performance.now() - started) / 1000).toFixed(1))
  const { states, transitions, depth, cut } = found
  print(cells([name, sink, states, transitions, depth, cut, seconds], widths))
  if (found.ends === false) print('There are executions that cannot end.')
  if (found.violation !== undefined || !found.complete || found.ends === false) {
    failed = true
    print(found.violation?.invariant ?? 'The search did not end within its limit of states.')
    found.violation?.trace.forEach((line, i) => print(`  ${i + 1}. ${line}`))
  }
}

function without(rule: string, space: StateModel): void {
  const { states, violation } = explore(space, { maxStates: MAX_STATES, symmetry: false })
  const steps = violation?.trace.length
  if (steps === undefined) failed = true
  print(`  ${steps ?? 'none'} steps, ${states.toLocaleString('en')} states: ${rule}`)
  if (violation === undefined) return
  print(`      broken: ${violation.invariant}`)
  if (traces) violation.trace.forEach((line, i) => print(`      ${i + 1}. ${line}`))
}

for (const { name, sink, bounds } of full ? fullSearches : reducedSearches) {
  search(name, sink.name, engineSpace(new SearchModel(bounds, rulesWithout(), sink)), false)
}
for (const { name, mode, bounds } of full ? fullKafkaSearches : reducedKafkaSearches) {
  const space = kafkaSpace(new KafkaModel(mode, bounds, kafkaRulesWithout()))
  search(name, `kafka, ${mode}`, space, true)
}

print('\nChecked in every state:')
for (const invariant of new Set([...INVARIANTS, ...KAFKA_INVARIANTS])) print(`  - ${invariant}`)

print('\nRules switched off, one at a time:')
if (only === undefined) {
  for (const rule of ruleNames) {
    const { bounds, sink } = searchWithout(rule)
    without(RULES[rule], engineSpace(new SearchModel(bounds, rulesWithout(rule), sink)))
  }
  for (const rule of kafkaRuleNames) {
    const { mode, bounds } = kafkaSearchWithout(rule)
    without(KAFKA_RULES[rule], kafkaSpace(new KafkaModel(mode, bounds, kafkaRulesWithout(rule))))
  }
}
process.exitCode = failed ? 1 : 0
