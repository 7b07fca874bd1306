// Sessions per key, with timers that are set and cancelled for each record. The records of a key
// come in order of time, so the sessions are known exactly.

import { type Emit, value } from '@sluice/core'
import { multisetDifferences } from '../../checks/multisets.ts'
import { asKey, fromKey, type Item } from '../item.ts'
import type { TailShape } from './shape/tail-shape.ts'
import type { Row, Tail } from './tail.ts'
import { checkWatermark } from './watermark-probe.ts'

interface Session {
  readonly start: number
  readonly end: number
  readonly records: number
}

export function sessionsTail(shape: TailShape): Tail {
  const { keyKind } = shape
  const gapMs = Math.ceil(shape.sizeMs / 10)
  return {
    build({ stream, probe, sameParallelism, to }) {
      const rows = stream
        .keyBy((item) => asKey(keyKind, item.key))
        .process('sessions', {
          state: { session: value<Session>(), seen: value<number>() },
          onRecord(item, { state, timers, watermark }, emit: Emit<Row>) {
            checkWatermark(watermark, state.seen, sameParallelism, probe)
            const before = state.session.get()
            if (before !== undefined) timers.cancelEventTime(before.end + gapMs)
            const isOver = before !== undefined && item.at > before.end + gapMs
            if (isOver) emit({ key: item.key, ...before })
            const session = isOver ? undefined : before
            state.session.set(extended(session, item))
            timers.atEventTime(item.at + gapMs)
          },
          onTimer(timer, { state, watermark }, emit: Emit<Row>) {
            checkWatermark(watermark, state.seen, sameParallelism, probe)
            const session = state.session.get()
            if (session === undefined || session.end + gapMs !== timer.at) {
              return probe.violation(`a timer that was cancelled fired: ${timer.at}`)
            }
            state.session.clear()
            emit({ key: fromKey(keyKind, timer.key), ...session })
          },
        })
      to('out', shape.parallelism === undefined ? rows : rows.parallelism(shape.parallelism))
    },

    judge({ items, rows }) {
      const expected = [...Map.groupBy(items, ({ key }) => key)].flatMap(([key, group]) =>
        sessionsOf(group, gapMs).map((session) => ({ key, ...session })),
      )
      const texts = (each: readonly Row[]) => each.map((row) => JSON.stringify(row))
      return multisetDifferences('sessions', texts(expected), texts(rows('out')))
    },
  }
}

function extended(session: Session | undefined, { at }: Item): Session {
  return session === undefined
    ? { start: at, end: at, records: 1 }
    : { start: session.start, end: at, records: session.records + 1 }
}

/** The records of a key in order of time. */
function sessionsOf(items: readonly Item[], gapMs: number): Session[] {
  const sessions: Session[] = []
  for (const item of items) {
    const last = sessions.at(-1)
    if (last === undefined || item.at > last.end + gapMs) sessions.push(extended(undefined, item))
    else sessions[sessions.length - 1] = extended(last, item)
  }
  return sessions
}
