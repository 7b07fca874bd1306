// A terminal that keeps what is printed, for tests.

import { plain } from '../../src/text/paint.ts'
import type { Terminal } from '../../src/terminal/terminal.ts'

export interface RecordedTerminal extends Terminal {
  readonly outLines: string[]
  readonly errorLines: string[]
  /** Everything drawn and printed to standard error, as it is. */
  readonly drawn: string[]
}

export function recordedTerminal(interactive = false, columns = 80, rows = 24): RecordedTerminal {
  const outLines: string[] = []
  const errorLines: string[] = []
  const drawn: string[] = []
  return {
    outLines,
    errorLines,
    drawn,
    interactive,
    outPaint: plain,
    errorPaint: plain,
    outColumns: Number.POSITIVE_INFINITY,
    size: () => ({ columns, rows }),
    out: (line) => outLines.push(line),
    flushed: async () => {},
    error: (line) => {
      errorLines.push(line)
      drawn.push(`${line}\n`)
    },
    draw: (text) => drawn.push(text),
  }
}
