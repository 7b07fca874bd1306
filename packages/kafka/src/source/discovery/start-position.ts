// Where a source begins and where it ends, as its options say it and as brokers are asked.

import { SluiceError } from '@sluice/core/connector'

/** Offsets by topic and partition: `{ orders: { 0: 1200, 1: 800 } }`. */
export type OffsetsByTopic = Readonly<Record<string, Readonly<Record<number, number>>>>

/**
 * Where a job that has no checkpoint begins: `earliest` (unless said), `latest`, the offsets that a
 * consumer group has committed, the first record of a time on (milliseconds since 1970), or given
 * offsets. Partitions of which nothing is committed or given begin at `otherwise`; `fail` unless
 * said. What the checkpoint holds always goes before it.
 */
export type StartFrom =
  | 'earliest'
  | 'latest'
  | { readonly timestamp: number | Date }
  | { readonly committedBy: string; readonly otherwise?: 'earliest' | 'latest' | 'fail' }
  | { readonly offsets: OffsetsByTopic; readonly otherwise?: 'earliest' | 'latest' | 'fail' }

/**
 * Where reading ends, for each partition: at what is the latest record when the job starts for the
 * first time, before the first record of a time on, or before given offsets.
 */
export type StopAt =
  | 'latest'
  | { readonly timestamp: number | Date }
  | { readonly offsets: OffsetsByTopic }

/** Checks what a program said, whatever its types were. */
export function checkStartFrom(startFrom: unknown): asserts startFrom is StartFrom {
  if (startFrom === 'earliest' || startFrom === 'latest') return
  const fields = objectOf(startFrom)
  if (fields === undefined) throw invalid('startFrom', startFrom)
  if ('timestamp' in fields) return checkTimestamp('startFrom', fields['timestamp'])
  const { otherwise = 'fail' } = fields
  if (otherwise !== 'earliest' && otherwise !== 'latest' && otherwise !== 'fail') {
    throw invalid('startFrom.otherwise', otherwise)
  }
  if ('offsets' in fields) return checkOffsets('startFrom', fields['offsets'])
  const { committedBy } = fields
  if (typeof committedBy !== 'string' || committedBy === '') throw invalid('startFrom', startFrom)
}

/** Checks what a program said, whatever its types were. */
export function checkStopAt(stopAt: unknown): asserts stopAt is StopAt {
  if (stopAt === 'latest') return
  const fields = objectOf(stopAt)
  if (fields === undefined) throw invalid('stopAt', stopAt)
  if ('timestamp' in fields) return checkTimestamp('stopAt', fields['timestamp'])
  if ('offsets' in fields) return checkOffsets('stopAt', fields['offsets'])
  throw invalid('stopAt', stopAt)
}

/** Milliseconds since 1970. */
export function timestampOf({ timestamp }: { readonly timestamp: number | Date }): number {
  return Number(timestamp)
}

function checkTimestamp(option: string, timestamp: unknown): void {
  const milliseconds = timestamp instanceof Date ? timestamp.getTime() : timestamp
  if (Number.isSafeInteger(milliseconds) && (milliseconds as number) >= 0) return
  throw invalid(`${option}.timestamp`, timestamp)
}

function checkOffsets(option: string, offsets: unknown): void {
  const topics = objectOf(offsets)
  if (topics === undefined) throw invalid(`${option}.offsets`, offsets)
  for (const [topic, partitions] of Object.entries(topics)) {
    const byPartition = objectOf(partitions)
    if (byPartition === undefined) throw invalid(`${option}.offsets.${topic}`, partitions)
    for (const [partition, offset] of Object.entries(byPartition)) {
      const isOffset = Number.isSafeInteger(offset) && (offset as number) >= 0
      if (isOffset && /^(0|[1-9][0-9]*)$/.test(partition)) continue
      throw invalid(`${option}.offsets.${topic}.${partition}`, offset)
    }
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Readonly<Record<string, unknown>>) : undefined
}

function invalid(option: string, value: unknown): SluiceError {
  const hints: Readonly<Record<string, string>> = {
    startFrom:
      "Use 'earliest', 'latest', { timestamp }, { committedBy: 'group' } " +
      'or { offsets: { topic: { 0: 12 } } }.',
    stopAt: "Use 'latest', { timestamp } or { offsets: { topic: { 0: 12 } } }.",
  }
  const hint =
    hints[option] ?? 'Times are milliseconds since 1970, offsets whole numbers from 0 on.'
  const text = JSON.stringify(value) ?? 'undefined'
  return new SluiceError('SETTING_INVALID', `kafkaSource: ${option} is ${text}.`, { hint })
}
