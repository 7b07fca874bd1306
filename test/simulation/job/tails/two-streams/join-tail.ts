// What the joins have in common: two streams by key, rows of pairs, and records that came too late.

import type { KeyedStream, Stream, TimedStream } from '@sluice/core'
import { asKey, type Item } from '../../item.ts'
import type { TailShape } from '../shape/tail-shape.ts'
import type { Row, Tail, TailBuild } from '../tail.ts'

type Side = KeyedStream<Item, ReturnType<typeof asKey>>

export function keyedSides({ keyKind }: TailShape, { sides }: TailBuild): readonly [Side, Side] {
  const keyed = (side: Stream<Item>): Side => side.keyBy((item) => asKey(keyKind, item.key))
  const [left, right] = sides()
  return [keyed(left), keyed(right)]
}

export function buildJoin(
  shape: TailShape,
  joinOf: (left: Side, right: Side) => TimedStream<Row, Item>,
): Tail['build'] {
  return (build) => {
    const joined = joinOf(...keyedSides(shape, build))
    const { parallelism } = shape
    build.to('out', parallelism === undefined ? joined : joined.parallelism(parallelism))
    build.to(
      'late',
      joined.late.map(({ id }): Row => ({ id })),
    )
  }
}

export function pairRow(left: Item | undefined, right: Item | undefined): Row {
  return { left: left?.id ?? null, right: right?.id ?? null }
}
