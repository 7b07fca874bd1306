// From arguments to an exit code: parses, runs one command, and says what went wrong. The modules
// of a command are imported when it is asked for, so that each starts with little.

import { errorLines } from './errors/error-text.ts'
import { jsonText } from './errors/json-text.ts'
import { redactor } from './errors/secrets.ts'
import { exitCodeOfError } from './exit-code.ts'
import { type Invocation, viewOf } from './invocation.ts'
import { parseAndRun } from './program.ts'
import { watchForClosedOutput } from './terminal/closed-output.ts'
import { endSoon } from './terminal/process-end.ts'
import { processTerminal } from './terminal/terminal.ts'

/** Runs one command and resolves with its exit code; never rejects. */
export async function runCommandLine(argv: string[]): Promise<number> {
  watchForClosedOutput()
  const invocation = {
    terminal: processTerminal(),
    environment: process.env,
    folder: process.cwd(),
  }
  let exitCode: number
  try {
    exitCode = await parseAndRun(argv, invocation)
  } catch (error) {
    exitCode = exitCodeOfError(error)
    tell(error, argv, invocation)
  }
  endSoon(exitCode)
  return exitCode
}

/** What failed before a command had its own way to tell it. */
function tell(error: unknown, argv: readonly string[], invocation: Invocation): void {
  const { terminal, environment } = invocation
  const flags = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  const verbose = flags.includes('--verbose')
  const redact = redactor({ ...environment, ...givenParameters(flags) })
  const view = viewOf(invocation, { verbose }, redact, terminal.errorPaint)
  if (flags.includes('--json')) terminal.out(jsonText({ error: asError(error) }, view))
  else for (const line of errorLines(error, view)) terminal.error(line)
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

/** The values of `--param`, as far as they can be told apart: they may be secret. */
function givenParameters(flags: readonly string[]): Record<string, string> {
  const pairs = flags.flatMap((flag, at) => {
    const text = flag === '--param' ? flags[at + 1] : /^--param=(.*)$/s.exec(flag)?.[1]
    const equals = text?.indexOf('=') ?? -1
    return text === undefined || equals <= 0
      ? []
      : [[text.slice(0, equals), text.slice(equals + 1)]]
  })
  return Object.fromEntries(pairs)
}
