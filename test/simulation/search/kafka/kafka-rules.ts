// The rules of the Kafka sink that can be switched off, one by one. Each must be seen to be
// necessary: switched off, it yields a counterexample.

export const KAFKA_RULES = {
  generationInNames: 'transactional ids hold the generation',
  sweepsAgain: 'a run sweeps again, not at its start alone',
  reuseByEntry: 'an id is used again only when a later entry that does not owe it stands',
  boundUntilEnded: 'the next transaction of an id waits until the last one is committed',
  initializedOnce: 'an id whose InitProducerId went unanswered is not used again',
  epochEach: 'with EndTxn v4 each transaction has an epoch of its own',
  errorsAreAsked: 'before an answer is believed, the ledger in the transaction is asked',
  commitsFirst: 'what is owed is committed before any InitProducerId on its id',
  stagedFenceFirst: 'staged: the ledger is read after InitProducerId, not before',
  stagedFloor: 'staged: the ledger is a floor, the highest checkpoint of the id',
  stagedInOrder: 'staged: an id is served in order of checkpoints',
  stagedLedgerWithin: 'staged: the ledger record is in the transaction that it proves',
} as const

export type KafkaRuleName = keyof typeof KAFKA_RULES
export type KafkaRules = Readonly<Record<KafkaRuleName, boolean>>

export const kafkaRuleNames = Object.keys(KAFKA_RULES) as KafkaRuleName[]

/** All rules on, but for those named. */
export function kafkaRulesWithout(...off: readonly KafkaRuleName[]): KafkaRules {
  const on = Object.fromEntries(kafkaRuleNames.map((name) => [name, !off.includes(name)]))
  return on as Record<KafkaRuleName, boolean>
}
