// Why a step of today's job cannot read what a step of a checkpoint has stored, in words. States
// that were added or are gone are no difference of this kind: each state is read by itself.

import type { StateFacts, StepFacts } from './step-identity.ts'

/** The reason, as the end of a sentence; undefined where what was stored can be read. */
export function differenceOf(
  before: StepFacts,
  now: StepFacts,
  hashesAgree: boolean,
): string | undefined {
  const typeBefore = before.connector ?? before.operator ?? before.kind
  const typeNow = now.connector ?? now.operator ?? now.kind
  if (before.kind !== now.kind || typeBefore !== typeNow) {
    return `it was ${before.kind} of type ${typeBefore} and is ${now.kind} of type ${typeNow}`
  }
  if (before.keyed === undefined) return hashesAgree ? undefined : ofFirstEngines(before, now)
  if (before.keyed !== now.keyed) return 'its state was kept by key, or is now, and not both times'
  if (dealing(before.operatorState) !== dealing(now.operatorState)) {
    return 'what it keeps beside the state of keys is dealt out in another way'
  }
  const states = now.state.flatMap((state) => {
    const stored = before.state.find(({ name }) => name === state.name)
    return stored === undefined ? [] : (stateDifference(stored, state) ?? [])
  })
  const shape = shapeDifference(before.stateShape ?? {}, now.stateShape ?? {})
  const all = [...states, ...shape]
  return all.length === 0 ? undefined : all.join('; ')
}

/** Entries of the first engines say `true` for what is dealt out evenly. */
function dealing(operatorState: unknown): unknown {
  if (operatorState === true) return 'split'
  return operatorState === false ? 'none' : operatorState
}

/** Their entries tell too little to judge state by state. */
function ofFirstEngines(before: StepFacts, now: StepFacts): string {
  const stateBefore = stateInWords(before)
  const stateNow = stateInWords(now)
  return stateBefore === stateNow
    ? 'its state has the same names, and another form'
    : `its state was ${stateBefore} and is ${stateNow}`
}

function stateInWords({ state }: StepFacts): string {
  if (state.length === 0) return 'empty'
  return state.map(({ name, kind }) => `${name}: ${kind}`).join(', ')
}

function stateDifference(before: StateFacts, now: StateFacts): string | undefined {
  const kindBefore = kindInWords(before)
  const kindNow = kindInWords(now)
  if (kindBefore !== kindNow) {
    return `its state '${now.name}' was ${kindBefore} and is ${kindNow}; give it another name`
  }
  const clocks = [before.ages, now.ages].filter((clock) => clock !== 'never')
  // Life times may be given and taken away; dates of one clock mean nothing to the other.
  if (clocks.length === 2 && clocks[0] !== clocks[1]) {
    return `its state '${now.name}' aged by ${before.ages} time and now ages by ${now.ages} time`
  }
  return undefined
}

function kindInWords({ kind, namespace }: StateFacts): string {
  return `${kind} per ${namespace === 'window' ? 'key and window' : 'key'}`
}

function shapeDifference(
  before: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])]
  return names.flatMap((name) => {
    const [textBefore, textNow] = [plainText(before[name]), plainText(now[name])]
    return textBefore === textNow ? [] : [`its ${name} was ${textBefore} and is ${textNow}`]
  })
}

/** Equal for equal plain data, whatever the order of properties. */
function plainText(value: unknown): string {
  if (value === undefined) return 'not set'
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member === 'bigint') return `${member}n`
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member
    return Object.fromEntries(
      Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)),
    )
  })
}
