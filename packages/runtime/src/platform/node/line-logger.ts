// Structured log lines with a level. Where they go is a function: standard error by default, one
// JSON object a line; the command line puts its own in place.

import type { Logger } from '@sluice/core/connector'

const ranks = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 } as const

export type LogLevel = keyof typeof ranks

export interface LogLine {
  readonly timeMs: number
  readonly level: Exclude<LogLevel, 'silent'>
  readonly message: string
  /** Plain data: errors among the fields are taken apart already. */
  readonly fields: Readonly<Record<string, unknown>>
}

export type LogSink = (line: LogLine) => void

export function createLogger(level: LogLevel, sink: LogSink = writeToStandardError): Logger {
  const at = (lineLevel: LogLine['level']) => {
    if (ranks[lineLevel] < ranks[level]) return () => {}
    return (message: string, fields: Record<string, unknown> = {}) => {
      sink({ timeMs: Date.now(), level: lineLevel, message, fields: plainFields(fields) })
    }
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

function writeToStandardError(line: LogLine): void {
  const { timeMs, level, message, fields } = line
  const time = new Date(timeMs).toISOString()
  process.stderr.write(`${JSON.stringify({ time, level, message, ...fields }, plainValue)}\n`)
}

function plainFields(fields: Record<string, unknown>): Record<string, unknown> {
  const plain: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) plain[name] = plainError(value)
  return plain
}

function plainError(value: unknown): unknown {
  if (!(value instanceof Error)) return value
  const { name, message, stack } = value
  const code = 'code' in value && typeof value.code === 'string' ? { code: value.code } : {}
  const cause = value.cause === undefined ? {} : { cause: plainError(value.cause) }
  return { name, ...code, message, stack, ...cause }
}

/** JSON has no bigint. */
function plainValue(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
