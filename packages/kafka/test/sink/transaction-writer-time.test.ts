import { expect, test } from 'vitest'
import { timeoutMs, WriterUnderTest } from './writer-under-test.ts'

const minuteMs = 60_000

test('a writer that was idle for long has not had slow checkpoints', async () => {
  const under = new WriterUnderTest()
  await under.write('first')
  expect(await under.checkpoint(1)).toBe(1)
  for (let checkpoint = 2; checkpoint < 12; checkpoint++) {
    await under.world.time.pass(minuteMs)
    expect(await under.checkpoint(checkpoint)).toBe(0)
  }
  await under.write('second')
  await under.world.time.pass(minuteMs)
  expect(await under.checkpoint(12)).toBe(1)
  await under.writer.close()
})

test('hearing of a checkpoint a second time does not make it a slow one', async () => {
  const under = new WriterUnderTest()
  await under.write('first')
  await under.checkpoint(1)
  await under.world.time.pass(6 * minuteMs)
  under.writer.checkpointCompleted(1)
  await under.write('second')
  await under.world.time.pass(minuteMs)
  expect(await under.checkpoint(2)).toBe(1)
  await under.writer.close()
})

test('a checkpoint is asked for whenever time gets short, also after an empty one', async () => {
  const under = new WriterUnderTest()
  await under.write('first')
  await under.checkpoint(1)
  await under.world.time.pass(11 * minuteMs)
  const asked = under.world.checkpointsAsked
  expect(asked).toBeGreaterThan(0)
  expect(await under.checkpoint(2)).toBe(0)
  await under.write('second')
  await under.world.time.pass(11 * minuteMs)
  expect(under.world.checkpointsAsked).toBeGreaterThan(asked)
  expect(await under.checkpoint(3)).toBe(1)
  await under.writer.close()
})

test('a checkpoint that was asked for and failed on its way is asked for again', async () => {
  const under = new WriterUnderTest()
  await under.write('first')
  await under.world.time.pass(11 * minuteMs)
  expect(under.world.checkpointsAsked).toBe(1)
  await under.world.time.pass(minuteMs)
  expect(under.world.checkpointsAsked).toBe(2)
  expect(await under.checkpoint(2)).toBe(1)
  await under.writer.close()
})

test('time counts while the machine is suspended, though one clock stands still', async () => {
  const under = new WriterUnderTest()
  await under.write('first')
  const { time } = under.world
  const beganAtMs = time.clock.now()
  await time.pass(minuteMs)
  time.suspend(5 * minuteMs)
  const [committable] = await under.prepare(1)
  expect(committable?.abortsAtMs).toBeLessThanOrEqual(beganAtMs + timeoutMs)
  expect(committable?.abortsAtMs).toBeGreaterThan(beganAtMs + timeoutMs - minuteMs)
  expect(under.world.checkpointsAsked).toBe(0)
  time.suspend(6 * minuteMs)
  await time.pass(1_000)
  expect(under.world.checkpointsAsked).toBe(1)
  time.suspend(4 * minuteMs)
  await time.pass(1_000)
  expect(() => under.writer.write(['late'], new Float64Array([5]), 0, 1)).toThrow('stops')
  await under.writer.close()
})

test('a wall clock that is set back gives no time that there is not', async () => {
  const under = new WriterUnderTest()
  await under.write('first')
  const { time } = under.world
  time.suspend(-60 * minuteMs)
  await time.pass(10 * minuteMs)
  const [committable] = await under.prepare(1)
  expect(committable?.abortsAtMs).toBeLessThanOrEqual(time.clock.now() + 5 * minuteMs)
  await under.writer.close()
})
