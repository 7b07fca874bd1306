// Parameters of the benchmarks' jobs: texts, taken as they are. Schemas of a library would be
// loaded by each worker, and their time would be measured.

import type { JobDefinition } from 'sluice'

type Schema = NonNullable<JobDefinition['options']['params']>
type TextSchema = Schema & {
  readonly '~standard': {
    readonly types?: {
      readonly input: Readonly<Partial<Record<string, string>>>
      readonly output: Readonly<Partial<Record<string, string>>>
    }
  }
}

export const textParameters: TextSchema = {
  '~standard': {
    version: 1,
    vendor: 'sluice-bench',
    validate: (raw) => ({ value: raw as Readonly<Partial<Record<string, string>>> }),
  },
}
