// The rules of design section 6 that can be switched off, one by one, in the search. Each must be
// seen to be necessary: switched off, it yields a counterexample.

export const RULES = {
  nonce: 'an entry is mine only by its random nonce',
  readBackFirst: 'position p+1 is tried only after p was read back',
  unknownIsOpen: 'an unknown append is not a failed one: the same bytes are retried',
  restartFences: 'a restart of the tasks settles an open append and appends a fence',
  wholeEntries: 'an entry is visible only when it is whole',
  floor: 'positions are never free again: who wins one reads the floor',
  floorRises: 'the floor only rises, whoever writes it last',
  repeats: 'acknowledgements repeat what is not known to be named',
  declinedStays: 'a declined or failed checkpoint aborts nothing',
  generationInNames: 'outside names hold the generation',
  sweepsAgain: 'a run sweeps again after each checkpoint',
  reuseByEntry: 'a name is used again only when a later entry that does not owe it stands',
  appendFirst: 'commits follow their entry',
  provenFirst: 'an entry is appended only when the commits of the one before are proven',
  errorsReadLog: 'the log is read before a commit error is believed',
  collectAfterWin: 'the collector deletes only after its entry has won',
  ownSegmentsOnly: 'the collector deletes only segments of its own or lower generations',
  acksById: 'acknowledgements are counted once per subtask, however often they come',
  commitsFirst: 'a restored run commits what is owed before it goes on',
} as const

export type RuleName = keyof typeof RULES
export type Rules = Readonly<Record<RuleName, boolean>>

export const ruleNames = Object.keys(RULES) as RuleName[]

/** All rules on, but for those named. */
export function rulesWithout(...off: readonly RuleName[]): Rules {
  const on = Object.fromEntries(ruleNames.map((name) => [name, !off.includes(name)]))
  return on as Record<RuleName, boolean>
}
