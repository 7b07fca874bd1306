// The judges of the proofs are seen to fail.

import { expect, it } from 'vitest'
import { JavaClient, type ProducerStep } from '../../packages/kafka/test/real/java-client.ts'
import { kafka } from '../services/kafka/kafka.ts'
import { whyUnavailable } from '../services/provisioned.ts'
import { sharedService } from '../services/shared/shared-service.ts'
import { CommittedWatch } from './copy/committed-watch.ts'
import { CopyWorld } from './copy/copy-world.ts'

const why = await whyUnavailable(kafka)
const base64 = (text: string) => Buffer.from(text).toString('base64')

/** Records of key 0, in this order, by their numbers. */
function sends(topic: string, numbers: readonly number[]): ProducerStep[] {
  const records = numbers.map((nth) => ({ key: base64('0'), value: base64(`0:${nth}`) }))
  return [{ do: 'send', topic, partition: 0, records }, { do: 'flush' }]
}

it('what is lost, doubled, out of order, left open and held up is told', async ({ skip }) => {
  skip(why !== undefined, why)
  const java = await JavaClient.start(await sharedService('kafka'))
  const world = await CopyWorld.make({ url: await sharedService('kafka'), java }, 'transaction', 5)
  try {
    const id = `sluice/${world.job}/left`
    await java.produce(
      { config: {}, steps: sends(world.to, [0, 2, 1, 2]) },
      {
        config: { 'transactional.id': id },
        steps: [{ do: 'begin' }, ...sends(world.to, [3, 4]), { do: 'leave' }],
      },
    )
    expect(await world.judge()).toEqual({ lost: 2, doubled: 1, disordered: 1, held: 1 })
    expect(await world.open()).toEqual([`${id} Ongoing`])
    await java.fence(id)
    expect(await world.stillOpen()).toEqual([])
    await expect.poll(async () => (await world.judge()).held).toBe(0)
  } finally {
    await world.end()
    await java.close()
  }
}, 60_000)

it('a record that vanishes, or appears before one that was seen, is told', async () => {
  const looks = [['0:0', '0:1'], ['0:0', '0:1', '0:2'], ['0:0', '0:2'], undefined, ['0:9', '0:0']]
  const read = async () => {
    const values = looks.shift()
    if (values === undefined) throw new Error('no broker')
    const place = { partition: 0, offset: 0, timestamp: 0, key: '0', keyBytes: null }
    const rest = { valueBytes: null, headers: [] }
    return { partitions: [], records: values.map((value) => ({ ...place, ...rest, value })) }
  }
  const watch = new CommittedWatch({ read }, 'any')
  const changed: number[] = []
  while (looks.length > 0) {
    await watch.look()
    changed.push(watch.changed)
  }
  expect(changed).toEqual([0, 0, 2, 2, 4])
  expect(watch.looks).toBe(4)
})
