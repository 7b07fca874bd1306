// The two streams of the process as the command line uses them: results go to standard output,
// and everything that is said about them to standard error. Commands get a `Terminal`, so that
// what they print can be tested without a process.

import { type Paint, paintFor } from '../text/paint.ts'

export interface Terminal {
  /** Whether people watch standard error: then progress is redrawn in place. */
  readonly interactive: boolean
  /** Paints for each stream: standard output may be a file while standard error is a screen. */
  readonly outPaint: Paint
  readonly errorPaint: Paint
  /** Width of the window of standard output; unbounded where it is no terminal. */
  readonly outColumns: number
  /** Size of the window of standard error at this moment. */
  size(): { readonly columns: number; readonly rows: number }
  /** One line to standard output. */
  out(line: string): void
  /** Resolves when what was printed to standard output is on its way, or nobody reads it. */
  flushed(): Promise<void>
  /** One line to standard error. */
  error(line: string): void
  /** As it is, to standard error: for areas that are redrawn. */
  draw(text: string): void
}

const assumed = { columns: 80, rows: 24 }

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process
  // The unpatched functions: what is printed here goes past those who watch for foreign output.
  const writeOut = stdout.write.bind(stdout)
  const writeError = stderr.write.bind(stderr)
  const dumb = env['TERM'] === 'dumb'
  return {
    interactive: stderr.isTTY === true && !dumb && env['CI'] === undefined,
    outPaint: paintFor(stdout.isTTY === true && coloursWanted(env)),
    errorPaint: paintFor(stderr.isTTY === true && coloursWanted(env)),
    outColumns:
      stdout.isTTY === true ? (stdout.columns ?? assumed.columns) : Number.POSITIVE_INFINITY,
    size: () => ({
      columns: stderr.columns || assumed.columns,
      rows: stderr.rows || assumed.rows,
    }),
    out: (line) => void writeOut(`${line}\n`),
    flushed: () => drained(stdout),
    error: (line) => void writeError(`${line}\n`),
    draw: (text) => void writeError(text),
  }
}

async function drained(stream: NodeJS.WriteStream): Promise<void> {
  if (!stream.writableNeedDrain) return
  await new Promise<void>((resolve) => {
    const end = (): void => {
      for (const event of ['drain', 'error', 'close']) stream.off(event, end)
      resolve()
    }
    for (const event of ['drain', 'error', 'close']) stream.on(event, end)
  })
}

/** NO_COLOR (https://no-color.org) counts when it is set to anything but an empty text. */
function coloursWanted(env: NodeJS.ProcessEnv): boolean {
  const refused = env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== ''
  return !refused && env['TERM'] !== 'dumb'
}
