// ApiVersions: which APIs a broker speaks, in which versions, and its finalized features, of which
// `transaction.version` decides how transactions are run. The header of its answer has no tagged
// fields in any version, and a broker that does not know the version asked for answers in version
// 0: both so that a client can always read it.

import { defineApi } from '../codec/define-api.ts'
import { boolean, int16, int32, int64, list, string } from '../codec/field-type.ts'
import { since, structure, tagged } from '../codec/structure.ts'

export const apiVersions = defineApi({
  name: 'ApiVersions',
  key: 18,
  versions: [0, 4],
  flexibleSince: 3,
  request: {
    clientSoftwareName: since(3, string, ''),
    clientSoftwareVersion: since(3, string, ''),
  },
  response: {
    errorCode: int16,
    apiKeys: list(structure({ apiKey: int16, minVersion: int16, maxVersion: int16 })),
    throttleTimeMs: since(1, int32, 0),
    supportedFeatures: tagged(
      0,
      3,
      list(structure({ name: string, minVersion: int16, maxVersion: int16 })),
      [],
    ),
    finalizedFeaturesEpoch: tagged(1, 3, int64, -1),
    finalizedFeatures: tagged(
      2,
      3,
      list(structure({ name: string, maxVersionLevel: int16, minVersionLevel: int16 })),
      [],
    ),
    zkMigrationReady: tagged(3, 3, boolean, false),
  },
})
