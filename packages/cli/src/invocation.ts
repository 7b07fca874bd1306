// What every command gets: where it prints, the environment and folder that it runs in, and the
// options that all commands share.

import type { ErrorView } from './errors/error-text.ts'
import type { JsonView } from './errors/json-text.ts'
import type { Redact } from './errors/secrets.ts'
import type { Paint } from './text/paint.ts'
import type { Terminal } from './terminal/terminal.ts'

export interface Invocation {
  readonly terminal: Terminal
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The working directory. */
  readonly folder: string
}

/** Options of every command. */
export interface SharedOptions {
  readonly json?: boolean
  readonly verbose?: boolean
}

/** How errors and data are shown in one invocation. */
export function viewOf(
  { folder }: Invocation,
  { verbose = false }: SharedOptions,
  redact: Redact,
  paint: Paint,
): ErrorView & JsonView {
  return { folder, verbose, redact, paint }
}
