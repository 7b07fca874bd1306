// The APIs that the simulated cluster answers, by their number.

import { apiVersions } from '../../src/wire/message/api-versions.ts'
import { clusterHandlers } from './handlers/cluster.ts'
import { handler, type Handler } from './handlers/handler.ts'
import { recordHandlers } from './handlers/records.ts'
import { transactionHandlers } from './handlers/transactions.ts'

const answered: readonly Handler[] = [...clusterHandlers, ...recordHandlers, ...transactionHandlers]

const versions = handler(apiVersions, ({ transactionVersion }) => ({
  errorCode: 0,
  apiKeys: [...answered.map(({ api }) => api), apiVersions].map(({ key, oldest, newest }) => ({
    apiKey: key,
    minVersion: oldest,
    maxVersion: newest,
  })),
  finalizedFeaturesEpoch: 1,
  finalizedFeatures: [
    {
      name: 'transaction.version',
      minVersionLevel: transactionVersion,
      maxVersionLevel: transactionVersion,
    },
  ],
}))

export const requestHandlers: ReadonlyMap<number, Handler> = new Map(
  [...answered, versions].map((each) => [each.api.key, each]),
)
