// What workers are told about pending splits when a run begins.

import type { SplitEnumerator } from '@sluice/core/connector'
import { expect, it } from 'vitest'
import { SourceEnumerators } from '../../src/coordinator/connectors/source-enumerators.ts'
import { MetricRegistry } from '../../src/metrics/metric-registry.ts'
import { createNodePlatform } from '../../src/platform/node/node-platform.ts'
import type { ToWorker } from '../../src/worker/messages.ts'

async function toldAtStart(says: readonly boolean[]): Promise<ToWorker[]> {
  const told: ToWorker[] = []
  const enumerators = new SourceEnumerators(
    createNodePlatform({ logSink: () => {} }),
    'job',
    new MetricRegistry(),
    {
      toSubtask: (_, message) => told.push(message),
      toAll: (message) => told.push(message),
      total: () => {},
      failed: (error) => {
        throw error
      },
    },
  )
  const source = {
    createEnumerator: (context: { setPending(pending: boolean): void }): SplitEnumerator => ({
      start: async () => {
        for (const pending of says) context.setPending(pending)
      },
      request: () => {},
      snapshot: () => undefined,
      close: async () => {},
    }),
  }
  await enumerators.start([{ step: 'in', parallelism: 1, code: { source } as never }], {})
  await Promise.resolve()
  return told
}

const pendingFalse = { type: 'pending', step: 'in', pending: false }

it('an enumerator that has handed out all splits before a restore lets watermarks go', async () => {
  expect(await toldAtStart([false])).toEqual([pendingFalse])
})

it('an enumerator that says nothing has no pending splits', async () => {
  expect(await toldAtStart([])).toEqual([pendingFalse])
})

it('pending splits hold watermarks back', async () => {
  expect(await toldAtStart([true])).toEqual([{ type: 'pending', step: 'in', pending: true }])
})
