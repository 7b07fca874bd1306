import { expect, test } from 'vitest'
import type { KafkaPackage } from '../../src/kafka/kafka-package.ts'

test('the package of Kafka exports what the commands take from it', async () => {
  const found: KafkaPackage = await import('@sluice/kafka/tool')
  expect(found.openKafkaTools).toBeTypeOf('function')
})
