// A record in one short line, for messages. Fields whose names say that they are secret are hidden.

import { isSecretName } from './secret-name.ts'

const shownCharacters = 200

/** Never throws, whatever the record is. */
export function describedRecord(record: unknown): string {
  let text: string
  try {
    text = JSON.stringify(record, shown) ?? String(record)
  } catch {
    text = Object.prototype.toString.call(record)
  }
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text
}

function shown(name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  const isText = typeof value === 'string' || typeof value === 'number'
  return isText && isSecretName(name) ? '***' : value
}
