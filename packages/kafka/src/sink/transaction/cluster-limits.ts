// What the brokers allow, read at the start.

import type { ClusterClient } from '../../cluster/cluster-client.ts'
import { describeConfigs } from '../../wire/message/describe-configs.ts'

const brokerResource = 4
const longestTimeout = 'transaction.max.timeout.ms'

/** The longest transaction timeout; undefined where the job has no right to read it. */
export async function longestTransactionMs(client: ClusterClient): Promise<number | undefined> {
  await client.topics([])
  const [nodeId] = client.map.brokers.keys()
  if (nodeId === undefined) return undefined
  const { results } = await client.ask(
    { kind: 'broker', nodeId },
    describeConfigs,
    {
      resources: [
        {
          resourceType: brokerResource,
          resourceName: String(nodeId),
          configurationKeys: [longestTimeout],
        },
      ],
    },
    { what: `Reading ${longestTimeout} of the brokers`, codeOf: () => 0 },
  )
  const value = results[0]?.configs.find(({ name }) => name === longestTimeout)?.value
  const milliseconds = Number(value)
  return value === null || !Number.isSafeInteger(milliseconds) ? undefined : milliseconds
}
