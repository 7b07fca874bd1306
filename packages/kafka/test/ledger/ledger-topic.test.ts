import { expect, test } from 'vitest'
import type { ClusterClient } from '../../src/cluster/cluster-client.ts'
import { ensureLedger } from '../../src/ledger/ledger-topic.ts'

test('a ledger that was just made is waited for until the brokers know it', async () => {
  let looks = 0
  let sleeps = 0
  const place = { topic: 'sluice-ledger', topicId: 'id', internal: false }
  const known = new Map([['sluice-ledger', { ...place, partitions: Array(16).fill({}) }]])
  const client = {
    topics: async () => (++looks < 4 ? new Map() : known),
    ask: async () => ({ topics: [{ errorCode: 0 }], results: [] }),
  } as unknown as ClusterClient
  const sleep = async (): Promise<void> => {
    sleeps++
  }
  const found = await ensureLedger(client, { sleep, after: () => () => {} })
  expect(found.topicId).toBe('id')
  expect(sleeps).toBe(2)
})
