import { SluiceError } from '@sluice/core'
import { expect, test } from 'vitest'
import { UnansweredProducer } from '../../src/sink/transaction/transaction-client.ts'
import { WriterUnderTest } from './writer-under-test.ts'

const cause = new SluiceError('KAFKA_UNREACHABLE', 'kafka:9092 has not answered InitProducerId.')

function give(under: WriterUnderTest): number {
  return under.writer.write(['first'], new Float64Array([5]), 0, 1)
}

test('a producer that is never given ends the attempt after the time for delivery', async () => {
  let asked = 0
  const under = new WriterUnderTest({
    initialize: async () => {
      asked += 1
      await Promise.resolve()
      await under.world.time.timers.sleep(30_000)
      throw new UnansweredProducer(cause)
    },
  })
  await under.world.time.pass(119_000)
  expect(give(under)).toBe(0)
  await under.world.time.pass(60_000)
  expect(() => give(under)).toThrow('No transaction could be opened for 1')
  const before = asked
  await under.world.time.pass(600_000)
  expect(asked).toBe(before)
  try {
    give(under)
  } catch (error) {
    expect(error).toMatchObject({ code: 'KAFKA_UNREACHABLE', retry: 'restart', cause })
  }
  await under.writer.close()
})

test('a producer that is given late begins the count anew', async () => {
  let producerId = 0
  const under = new WriterUnderTest({
    initialize: async () => {
      producerId += 1
      await Promise.resolve()
      if (producerId % 4 === 0) return { producerId, epoch: 0 }
      await under.world.time.timers.sleep(30_000)
      throw new UnansweredProducer(cause)
    },
  })
  for (let checkpoint = 1; checkpoint < 4; checkpoint++) {
    await under.world.time.pass(100_000)
    await under.write('first')
    expect(await under.checkpoint(checkpoint)).toBe(1)
  }
  await under.writer.close()
})
