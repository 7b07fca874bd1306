// The log of a worker thread: its lines go to the coordinator, so that a run has one log, at one
// level, wherever that is written.

import { describedRecord } from '@sluice/core/internal'
import type { LogSink } from '../platform/node/line-logger.ts'
import type { Port } from '../platform/platform.ts'
import type { FromWorker } from './messages.ts'

/** Where the lines of a worker go. */
export function forwardedLog(port: Pick<Port, 'post'>): LogSink {
  return ({ level, message, fields }) => {
    const line = { type: 'log', level, message, fields } satisfies FromWorker
    try {
      port.post(line)
    } catch {
      // Something among the fields cannot be sent; the line must not be lost for that.
      port.post({ ...line, fields: asTexts(fields) } satisfies FromWorker)
    }
  }
}

function asTexts(fields: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts = Object.entries(fields).map(([name, value]) => [name, describedRecord(value)])
  return Object.fromEntries(texts)
}
