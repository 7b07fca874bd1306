import { describe, expect, it } from 'vitest'
import { createNodePlatform } from '../../../src/platform/node/node-platform.ts'

const generators = new URL('./fixtures/generators.ts', import.meta.url).href
const platform = createNodePlatform({ logLevel: 'silent' })

async function collect<Value>(iterable: AsyncIterable<Value>): Promise<Value[]> {
  const values: Value[] = []
  for await (const value of iterable) values.push(value)
  return values
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await platform.timers.sleep(1)
}

describe('An I/O thread', () => {
  it('runs a generator to its end', async () => {
    expect(await collect(platform.offload(generators, 'countTo', 4))).toEqual([1, 2, 3, 4])
    expect(await collect(platform.offload(generators, 'countTo', 0))).toEqual([])
  })

  it('runs several generators at once, each with its own results', async () => {
    const runs = [5, 3, 8].map((last) => collect(platform.offload(generators, 'countTo', last)))
    expect((await Promise.all(runs)).map((values) => values.length)).toEqual([5, 3, 8])
  })

  it('hands over typed arrays whole and in part', async () => {
    const [value] = await collect(platform.offload(generators, 'columns', undefined))
    expect(value).toEqual({ delays: Float64Array.of(1.5, 2.5), part: Uint8Array.of(2, 3) })
  })

  it('produces one result ahead and no more, and ends a generator that is left early', async () => {
    const steps = new Int32Array(new SharedArrayBuffer(8))
    for await (const value of platform.offload<number>(generators, 'counted', steps)) {
      await until(() => Atomics.load(steps, 0) === value + 1)
      await platform.timers.sleep(5)
      expect(Atomics.load(steps, 0)).toBe(value + 1)
      if (value === 3) break
    }
    await until(() => Atomics.load(steps, 1) === 1)
    expect(Atomics.load(steps, 0)).toBe(4)
  })

  it('hands over an error of Sluice with code and place', async () => {
    const values: number[] = []
    const run = async (): Promise<void> => {
      for await (const value of platform.offload<number>(generators, 'failing', undefined)) {
        values.push(value)
      }
    }
    await expect(run()).rejects.toMatchObject({
      name: 'SluiceError',
      code: 'SOURCE_UNREADABLE',
      where: { file: 'a' },
    })
    expect(values).toEqual([1])
  })

  it('reports results that cannot cross, missing functions and missing modules', async () => {
    await expect(collect(platform.offload(generators, 'unsendable', 0))).rejects.toThrow('cloned')
    await expect(collect(platform.offload(generators, 'absent', 0))).rejects.toThrow('absent')
    await expect(collect(platform.offload(`${generators}x`, 'a', 0))).rejects.toThrow('module')
    await expect(collect(platform.offload(generators, 'countTo', () => {}))).rejects.toThrow(
      'cloned',
    )
    expect(await collect(platform.offload(generators, 'countTo', 1))).toEqual([1])
  })

  it('fails what it ran when it dies, and the next generator gets a new one', async () => {
    await expect(collect(platform.offload(generators, 'ending', 0))).rejects.toMatchObject({
      code: 'WORKER_DIED',
    })
    expect(await collect(platform.offload(generators, 'countTo', 2))).toEqual([1, 2])
  })
})
