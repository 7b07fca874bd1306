// Under which name ("subject") a schema stands in the registry: the three customary strategies.

import { SluiceError } from '@sluice/core'
import type { FormatPlace } from './kafka-format.ts'

/**
 * `topic`: `orders-value`, `orders-key`. `record`: the full name of the record. `topic-record`:
 * topic, hyphen, full name of the record.
 */
export type SubjectStrategy = 'topic' | 'record' | 'topic-record'

/** The subject of a place. `record` is the full name of the record, where it is known. */
export function subjectOf(
  strategy: SubjectStrategy,
  { topic, part }: FormatPlace,
  record: string | undefined,
): string {
  if (strategy === 'topic') return `${topic}-${part}`
  if (record === undefined) {
    throw new SluiceError(
      'SETTING_INVALID',
      `The subject of ${topic} is named after its record, and the name of that is not known.`,
      { hint: 'Give the schema to the format, or the subject itself: subject: "shop.Order".' },
    )
  }
  return strategy === 'record' ? record : `${topic}-${record}`
}
