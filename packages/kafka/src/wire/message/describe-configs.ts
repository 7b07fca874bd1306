// DescribeConfigs: settings of a broker (its longest transaction timeout) or of a topic.

import { defineApi } from '../codec/define-api.ts'
import { boolean, int16, int32, int8, list, nullable, string } from '../codec/field-type.ts'
import { optional, structure } from '../codec/structure.ts'

export const describeConfigs = defineApi({
  name: 'DescribeConfigs',
  key: 32,
  versions: [4, 4],
  flexibleSince: 4,
  request: {
    resources: list(
      structure({
        /** 2: topic, 4: broker, which is named by its number. */
        resourceType: int8,
        resourceName: string,
        /** Null: all. */
        configurationKeys: nullable(list(string)),
      }),
    ),
    includeSynonyms: optional(boolean, false),
    includeDocumentation: optional(boolean, false),
  },
  response: {
    throttleTimeMs: optional(int32, 0),
    results: list(
      structure({
        errorCode: int16,
        errorMessage: optional(nullable(string), null),
        resourceType: int8,
        resourceName: string,
        configs: list(
          structure({
            name: string,
            value: nullable(string),
            readOnly: boolean,
            configSource: optional(int8, -1),
            isSensitive: boolean,
            synonyms: optional(
              list(structure({ name: string, value: nullable(string), source: int8 })),
              [],
            ),
            configType: optional(int8, 0),
            documentation: optional(nullable(string), null),
          }),
        ),
      }),
    ),
  },
})
