// Prints records, one line each. It promises nothing: what was printed before a crash is printed
// again.

import type { Sink, SinkWriter, WriterContext } from '../connector/sink.ts'

/** Options of `consoleSink`. */
export interface ConsoleOptions<T> {
  /** The line for a record; texts as they are and everything else as JSON unless given. */
  readonly line?: (value: T) => string
}

/**
 * A sink that prints records to standard output.
 *
 * @example
 * revenue.to('screen', consoleSink({ line: (row) => `${row.shop}: ${row.cents}` }))
 */
export function consoleSink<T>({ line = readable }: ConsoleOptions<T> = {}): Sink<T> {
  return {
    kind: 'console',
    guarantee: 'none',
    description: {},
    createWriter: async (context) => consoleWriter(context, line),
  }
}

function consoleWriter<T>(context: WriterContext, line: (value: T) => string): SinkWriter<T> {
  return {
    write(records, _timestamps, from, length) {
      for (let index = from; index < length; index++) context.output(line(records[index] as T))
      return length - from
    },
    ready: async () => {},
    prepareCommit: async () => [],
    close: async () => {},
  }
}

/** For people: unlike the format `json`, it has something to show for every value. */
function readable(value: unknown): string {
  if (typeof value === 'string') return value
  return JSON.stringify(value, shown) ?? String(value)
}

function shown(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (value instanceof Map) return Object.fromEntries(value)
  if (value instanceof Set || value instanceof Uint8Array) return Array.from(value)
  return value
}
