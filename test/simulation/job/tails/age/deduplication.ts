// The first record of each key, and none that follow it within the time to live. Which is the first
// depends on the interleaving, where the order of a key is not known; how far two of them are apart
// does not, nor that every record has one before it.

import { asKey, type Item } from '../../item.ts'
import type { DeduplicationShape, TailShape } from '../shape/tail-shape.ts'
import type { Row, Tail } from '../tail.ts'

interface OfKey {
  readonly key: number
  /** All that did not come out as late. */
  readonly items: readonly Item[]
  readonly kept: readonly Item[]
}

export function deduplicationTail(shape: TailShape): Tail {
  const deduplication = shape.deduplication as DeduplicationShape
  const { ttlMs, clock } = deduplication
  return {
    build({ stream, to }) {
      const once = stream
        .keyBy((item) => asKey(shape.keyKind, item.key))
        .deduplicate('once', ttlMs === undefined ? {} : { ttl: `${ttlMs}ms`, clock })
      const { parallelism } = shape
      const placed = parallelism === undefined ? once : once.parallelism(parallelism)
      to(
        'out',
        placed.map(({ id }): Row => ({ id })),
      )
      to(
        'late',
        once.late.map(({ id }): Row => ({ id })),
      )
    },

    judge({ items, rows, rescales, keysInOrder }) {
      const byId = new Map(items.map((item) => [item.id, item]))
      const idsOf = (sink: string) => rows(sink).map((row) => row['id'] as number)
      const lateIds = idsOf('late')
      const late = new Set(lateIds)
      const keptIds = idsOf('out')
      const kept = new Set(keptIds)
      const perKey = [...Map.groupBy(items, ({ key }) => key)].map(
        ([key, ofKey]): OfKey => ({
          key,
          items: ofKey.filter(({ id }) => !late.has(id)),
          kept: ofKey.filter(({ id }) => kept.has(id)),
        }),
      )
      return [
        ...(kept.size === keptIds.length ? [] : ['a record comes out twice']),
        ...keptIds.filter((id) => !byId.has(id)).map((id) => `nobody sent record ${id}`),
        ...[...lateIds]
          .filter((id) => byId.get(id)?.tooLate !== true || kept.has(id))
          .map((id) => `record ${id} must not be late`),
        ...perKey.flatMap((ofKey) => judgeKey(deduplication, ofKey, { rescales, keysInOrder })),
      ].slice(0, 10)
    },
  }
}

function judgeKey(
  { ttlMs, clock }: DeduplicationShape,
  ofKey: OfKey,
  { rescales, keysInOrder }: { readonly rescales: boolean; readonly keysInOrder: boolean },
): string[] {
  const { key, items, kept } = ofKey
  if (ttlMs === undefined) {
    const isFirst = !keysInOrder || kept[0] === items[0]
    return kept.length === 1 && isFirst
      ? []
      : [`of key ${key} came ${kept.length} records: ${kept.map(({ id }) => id).join()}`]
  }
  if (kept.length === 0 && items.length > 0) return [`nothing of key ${key} came`]
  if (clock === 'processing') return []
  // A key is known again when the watermark was taken back: only what is in time tells.
  const tells = ({ tooLate }: Item) => !rescales || !tooLate
  if (keysInOrder && items.every(tells)) return judgeInOrder(ofKey, ttlMs)
  const telling = kept.filter(tells).toSorted((left, right) => left.at - right.at)
  const newest = Math.max(...kept.map(({ at }) => at))
  return [
    ...telling
      .filter((item, index) => index > 0 && item.at < (telling[index - 1] as Item).at + ttlMs)
      .map(({ id }) => `record ${id} of key ${key} came although another one was known`),
    ...items
      .filter((item) => !kept.includes(item) && item.at >= newest + ttlMs)
      .map(({ id }) => `record ${id} of key ${key} is lost: nothing before it was known`),
  ]
}

/** The records of a key, late ones apart, come in this order. */
function judgeInOrder({ key, items, kept }: OfKey, ttlMs: number): string[] {
  let known = Number.NEGATIVE_INFINITY
  const expected = items.filter(({ at }) => {
    const isDuplicate = at < known + ttlMs
    if (!isDuplicate) known = at
    return !isDuplicate
  })
  const names = (each: readonly Item[]) => each.map(({ id }) => id).join(', ')
  return names(expected) === names(kept)
    ? []
    : [`of key ${key} came ${names(kept)} and not ${names(expected)}`]
}
