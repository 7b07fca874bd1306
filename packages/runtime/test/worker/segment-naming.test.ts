// What workers call their segments, as collection reads it.

import { expect, test } from 'vitest'
import { parseSegmentName } from '../../src/checkpoint/protocol/collection.ts'
import { segmentNaming } from '../../src/worker/segment-naming.ts'

test('collection recognises every segment that a worker writes', () => {
  const naming = segmentNaming({ logId: '3f9a0c4d5e6f7a8b', generation: 12 }, 7)
  const names = [naming.next('revenue-per-minute', 0), naming.next('count', 3)]
  const written = { logId: '3f9a0c4d5e6f7a8b', generation: 12, checkpoint: 7 }
  expect(names.map(parseSegmentName)).toEqual([
    { ...written, step: 'revenue-per-minute', subtask: 0, sequence: 1 },
    { ...written, step: 'count', subtask: 3, sequence: 2 },
  ])
})
