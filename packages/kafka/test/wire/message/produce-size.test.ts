import fc from 'fast-check'
import { expect, test } from 'vitest'
import { produce, produceSizeBytes } from '../../../src/wire/message/produce.ts'

const name = fc.stringMatching(/^[a-z0-9.-]{1,60}$/)
const partition = fc.record({
  index: fc.nat(2 ** 31 - 1),
  records: fc.uint8Array({ maxLength: 5_000 }),
})
const request = fc.record({
  transactionalId: fc.option(name),
  acks: fc.constant(-1),
  timeoutMs: fc.nat(),
  topicData: fc.array(fc.record({ name, partitionData: fc.array(partition, { maxLength: 6 }) }), {
    maxLength: 6,
  }),
})

test('a request to produce is written into one buffer, which is hardly larger', () => {
  fc.assert(
    fc.property(request, fc.constantFrom(9, 11, 12), (value, version) => {
      const sizeBytes = produceSizeBytes(value)
      const bytes = produce.request.encode(version, value, sizeBytes)
      expect(bytes.length).toBeLessThanOrEqual(sizeBytes)
      expect(bytes.buffer.byteLength).toBe(Math.max(256, sizeBytes))
      expect(bytes).toEqual(produce.request.encode(version, value))
    }),
  )
})
