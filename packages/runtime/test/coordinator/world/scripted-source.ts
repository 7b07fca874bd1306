// A source whose enumerator does what a test says. Its readers are played by scripted workers.

import type { EnumeratorContext, Source, SourceSplit } from '@sluice/core/connector'

export class ScriptedSource {
  readonly requests: number[] = []
  readonly restored: unknown[] = []
  context: EnumeratorContext<SourceSplit> | undefined
  state: unknown = { next: 0 }
  onRequest: (subtask: number, context: EnumeratorContext<SourceSplit>) => void = () => {}
  onStart: (context: EnumeratorContext<SourceSplit>) => Promise<void> = async () => {}
  onSnapshot: () => void = () => {}

  source(kind = 'scripted'): Source<number> {
    return {
      kind,
      bounded: false,
      ordered: 'none',
      description: {},
      createEnumerator: (context, restored) => {
        this.context = context
        this.restored.push(restored)
        return {
          start: () => this.onStart(context),
          request: (subtask) => {
            this.requests.push(subtask)
            this.onRequest(subtask, context)
          },
          snapshot: () => {
            this.onSnapshot()
            return this.state
          },
          close: async () => {},
        }
      },
      createReader: () => {
        throw new Error('scripted workers have no readers')
      },
    }
  }
}
