// The form of a rule: data with its reason, a check over a repository, and planted examples that
// show the check fail and hold. A rule without an example on which it fails proves nothing.

import type { Repository, SourceFile } from './repository.ts'

export interface Finding {
  readonly path: string
  readonly line: number
  readonly message: string
}

/** Files by path, as they would stand in the repository. */
export type Planted = Readonly<Record<string, string>>

export interface Rule {
  /** A sentence, which names the test. */
  readonly name: string
  readonly reason: string
  readonly check: (repository: Repository) => readonly Finding[]
  /** Each must yield a finding. */
  readonly fails: readonly Planted[]
  /** Each must yield none, though it comes close. */
  readonly holds: readonly Planted[]
}

export function findingAt(file: SourceFile, offset: number, message: string): Finding {
  return { path: file.path, line: file.syntax.lineOf(offset), message }
}

export function findingOn(file: SourceFile, message: string, line = 1): Finding {
  return { path: file.path, line, message }
}

export function formatFinding({ path, line, message }: Finding): string {
  return `${path}:${line} ${message}`
}
