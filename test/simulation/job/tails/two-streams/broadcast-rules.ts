// Rules that every subtask knows. Each subtask keeps count of the rules, and a number that depends
// on all of them and their order: two subtasks that know as many rules must know the same, across
// restarts, and at the end all of them must have come.

import {
  type BroadcastState,
  broadcastState,
  counter,
  type Emit,
  type ReadonlyBroadcastState,
  type Stream,
  value,
} from '@sluice/core'
import { multisetDifferences } from '../../../checks/multisets.ts'
import { asKey, fromKey, type Item } from '../../item.ts'
import type { Probe } from '../../probe.ts'
import type { TailShape } from '../shape/tail-shape.ts'
import type { Row, Tail } from '../tail.ts'
import { isLeft } from './sides.ts'

const farFutureMs = 8_000_000_000_000_000
const classes = 5

export function broadcastRulesTail(shape: TailShape): Tail {
  return {
    build(build) {
      const [left, right] = build.sides()
      const rows = shape.rulesMeetKeys
        ? besideKeys(shape, left, right, build.probe)
        : besideRecords(left, right)
      const { parallelism } = shape
      build.to('out', parallelism === undefined ? rows : rows.parallelism(parallelism))
    },

    judge({ items, rows }) {
      const belongsLeft = isLeft(shape.sides)
      const records = items.filter(belongsLeft)
      const rules = items.filter((item) => !belongsLeft(item))
      const written = rows('out')
      const passed = written.filter((row) => row['final'] === undefined)
      const finals = written.filter((row) => row['final'] !== undefined)
      const keys = shape.rulesMeetKeys ? [...new Set(records.map(({ key }) => key))] : []
      const sums = Array.from({ length: classes }, (_, each) =>
        sumOf(rules.filter((rule) => classOf(rule) === each)),
      )
      const last = (key: number) => JSON.stringify({ key, rules: rules.length, sums })
      return [
        ...multisetDifferences(
          'records beside rules',
          records.map(({ id }) => String(id)),
          passed.map((row) => String(row['id'])),
        ),
        ...multisetDifferences(
          'rules at the end',
          keys.map(last),
          finals.map(({ final, rules: count, sums: found }) =>
            JSON.stringify({ key: final, rules: count, sums: found }),
          ),
        ),
        ...judgeCopies(written, rules.length),
      ]
    },
  }
}

const broadcast = {
  known: broadcastState<'count' | 'order', number>(),
  sums: broadcastState<number, number>(),
}

interface Rules {
  readonly known: BroadcastState<'count' | 'order', number>
  readonly sums: BroadcastState<number, number>
}

function addRule(rule: Item, { known, sums }: Rules): void {
  known.set('count', (known.get('count') ?? 0) + 1)
  known.set('order', orderWith(known.get('order') ?? 0, rule))
  const itsClass = classOf(rule)
  sums.set(itsClass, (sums.get(itsClass) ?? 0) + rule.value)
}

function orderWith(before: number, { id }: Item): number {
  return (before * 31 + id) % 1_000_003
}

type Known = ReadonlyBroadcastState<'count' | 'order', number>

function knownRow(known: Known): Row {
  return { rules: known.get('count') ?? 0, order: known.get('order') ?? 0 }
}

function besideKeys(
  shape: TailShape,
  left: Stream<Item>,
  right: Stream<Item>,
  probe: Probe,
): Stream<Row> {
  return left
    .keyBy((item) => asKey(shape.keyKind, item.key))
    .connect(right.broadcast())
    .process('beside-rules', {
      broadcast,
      state: { records: counter(), rules: value<number>() },
      onBroadcast: (rule, { broadcast: rules }) => addRule(rule, rules),
      onRecord({ id }, { broadcast: { known }, state, timers }, emit: Emit<Row>) {
        const count = known.get('count') ?? 0
        const before = state.rules.get() ?? 0
        if (count < before) probe.violation(`a key that saw ${before} rules sees ${count}`)
        state.rules.set(count)
        state.records.set(state.records.get() + 1)
        timers.atEventTime(farFutureMs)
        emit({ id, ...knownRow(known) })
      },
      onTimer(timer, { broadcast: { known, sums } }, emit: Emit<Row>) {
        emit({
          final: fromKey(shape.keyKind, timer.key),
          ...knownRow(known),
          sums: Array.from({ length: classes }, (_, each) => sums.get(each) ?? 0),
        })
      },
    })
}

function besideRecords(left: Stream<Item>, right: Stream<Item>): Stream<Row> {
  return left.connect(right.broadcast()).process('beside-rules', {
    broadcast,
    onBroadcast: (rule, { broadcast: rules }) => addRule(rule, rules),
    onRecord({ id }, { broadcast: { known } }, emit: Emit<Row>) {
      emit({ id, ...knownRow(known) })
    },
  })
}

/** Who knows as many rules knows the same ones, in the same order. */
function judgeCopies(rows: readonly Row[], rules: number): string[] {
  const orders = new Map<number, number>()
  const wrong: string[] = []
  for (const row of rows) {
    const count = row['rules'] as number
    const order = row['order'] as number
    const known = orders.get(count)
    if (count > rules) wrong.push(`${count} rules are known, and there are ${rules}`)
    if (known !== undefined && known !== order) {
      wrong.push(`two subtasks know ${count} rules, and not the same`)
    }
    orders.set(count, order)
  }
  return wrong.slice(0, 3)
}

function classOf({ key }: Item): number {
  return key % classes
}

function sumOf(items: readonly Item[]): number {
  return items.reduce((sum, { value: number }) => sum + number, 0)
}
