// The engine's own decisions, gathered for the test that the search agrees with them.

export * from '../../../packages/runtime/src/checkpoint/protocol/collection.ts'
export * from '../../../packages/runtime/src/checkpoint/protocol/committable-ledger.ts'
export * from '../../../packages/runtime/src/checkpoint/protocol/identifiers.ts'
export * from '../../../packages/runtime/src/checkpoint/protocol/log/append.ts'
export * from '../../../packages/runtime/src/checkpoint/protocol/log/entry.ts'
export * from '../../../packages/runtime/src/checkpoint/protocol/log/log-view.ts'
export * from '../../../packages/runtime/src/checkpoint/protocol/owed-entries.ts'
export * from '../../../packages/runtime/src/checkpoint/protocol/recovery-plan.ts'
export * from '../../../packages/runtime/src/checkpoint/protocol/sweep.ts'
