// The public surface of testing (`sluice/test`): what a user tests a job with.

export { testJob } from './test-job/test-job.ts'
export type { TestOptions, TestRun } from './test-job/test-job.ts'
