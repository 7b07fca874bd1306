// What a user imports to write and run a job: the language and the engine. The shop window has no
// logic of its own.

export * from '@sluice/core'
export { run } from '@sluice/runtime'
export type { JobRun, RunOptions } from '@sluice/runtime'
