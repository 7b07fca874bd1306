// The stateless middle of a simulated job: each stage as a step of the stream, and as plain code
// over all records, which is the naive evaluation.

import type { Stream } from '@sluice/core'
import type { Item } from './item.ts'
import type { Probe } from './probe.ts'
import type { StageShape } from './shape.ts'

/** Adds the stage to the stream; `side` tells its name from those of another stream. */
export function addStage(
  stream: Stream<Item>,
  stage: StageShape,
  index: number,
  probe: Probe,
  side = '',
): Stream<Item> {
  switch (stage.kind) {
    case 'map':
      return stream.map((item) => {
        if (probe.faults.strikes('user-function-throws', `map ${item.id}`)) {
          throw new Error('simulated fault of a user function')
        }
        return mapped(item)
      })
    case 'filter':
      return stream.filter((item) => isKept(item, stage.keepsOutOf))
    case 'flat-map':
      return stream.flatMap((item) => expanded(item, stage.most, index))
    case 'rebalance':
      return stream.rebalance()
    case 'broadcast':
      // A step of its own behind it: what comes next may exchange in another way.
      return stream.broadcast().map((item) => item)
    case 'burst':
      return stream
        .flatMap((item) => burst(item, stage.every, stage.records))
        .keyBy(({ item }) => item.lane)
        .filter(({ copy }) => copy === 0)
        .map(({ item }) => item)
    case 'map-async':
      return stream.mapAsync(
        `${side}call-${index}`,
        (item) => askedElsewhere(item, stage.longestDelayMs, probe),
        {
          concurrency: stage.concurrency,
          ordered: stage.ordered,
          timeout: `${stage.timeoutMs}ms`,
          ...(stage.retries === 0 ? {} : { retries: { attempts: stage.retries, delay: '3ms' } }),
        },
      )
  }
}

/** What the stage makes of the records of a lane, in their order. */
export function evaluateStage(
  items: readonly Item[],
  stage: StageShape,
  index: number,
): readonly Item[] {
  switch (stage.kind) {
    case 'map':
    case 'map-async':
      return items.map(mapped)
    case 'filter':
      return items.filter((item) => isKept(item, stage.keepsOutOf))
    case 'flat-map':
      return items.flatMap((item) => expanded(item, stage.most, index))
    case 'broadcast':
      return items.flatMap((item) => Array.from({ length: stage.copies }, () => item))
    case 'rebalance':
    case 'burst':
      return items
  }
}

function mapped(item: Item): Item {
  return { ...item, value: item.value * 2 + 1 }
}

function isKept(item: Item, keepsOutOf: number): boolean {
  return (item.id / 64) % keepsOutOf !== 0
}

/** Children keep their parent's place: the earlier the stage, the higher the digit. */
function expanded(item: Item, most: number, index: number): Item[] {
  const count = Math.abs(item.value) % 5 === 0 ? most : 1
  const weight = 4 ** (2 - index)
  return Array.from({ length: count }, (_, child) => ({
    ...item,
    id: item.id + child * weight,
    seq: item.seq + child * weight,
  }))
}

interface Copy {
  readonly item: Item
  readonly copy: number
}

function burst(item: Item, every: number, records: number): Copy[] {
  const count = (item.id / 64) % every === 1 ? records : 1
  return Array.from({ length: count }, (_, copy) => ({ item, copy }))
}

function askedElsewhere(item: Item, longestDelayMs: number, probe: Probe): Promise<Item> {
  const { faults, random } = probe
  const delayMs = random.between(0, longestDelayMs)
  return new Promise((resolve, reject) => {
    if (faults.strikes('async-hangs', `call ${item.id}`)) return
    if (faults.strikes('async-failed', `call ${item.id}`)) {
      probe.after(delayMs, () => reject(new Error('simulated fault of a call')))
      return
    }
    if (longestDelayMs === 0) resolve(mapped(item))
    else probe.after(delayMs, () => resolve(mapped(item)))
  })
}
