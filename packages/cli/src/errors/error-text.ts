// An error as people read it and as programs do: code, what happened, the user's own stack,
// where, and how to mend it. Stacks of the engine only on demand; never a secret.

import { type ErrorPlace, SluiceError } from '@sluice/core/internal'
import { harmless, type Paint } from '../text/paint.ts'
import type { Redact } from './secrets.ts'
import { shownPath, syntaxExcerpt, userFrames, wholeStack } from './user-stack.ts'

export interface ErrorView {
  readonly paint: Paint
  readonly redact: Redact
  /** The working directory: paths below it are shown relative to it. */
  readonly folder: string
  /** Shows stacks of the engine too. */
  readonly verbose: boolean
}

/** The lines of an error for people. */
export function errorLines(error: unknown, view: ErrorView): string[] {
  const { paint, redact } = view
  const [first = '', ...more] = withoutUrls(redact(messageOf(error)), view)
    .split('\n')
    .map(harmless)
  const lines = [`${paint.red(paint.bold(codeOf(error)))} ${first}`, ...more]
  for (const line of ownLines(error, view)) lines.push(`    ${paint.dim(harmless(redact(line)))}`)
  if (error instanceof SluiceError) {
    const place = placeText(error.where, view)
    if (place !== '') lines.push(`  ${paint.dim('where')}  ${harmless(place)}`)
    if (error.hint !== undefined)
      lines.push(`  ${paint.cyan('hint')}   ${harmless(redact(error.hint))}`)
  }
  if (view.verbose) {
    for (const line of wholeStack(error)) lines.push(`  ${paint.dim(harmless(redact(line)))}`)
  } else if (!(error instanceof SluiceError) || error.domain === 'internal') {
    lines.push(`  ${paint.dim('--verbose shows the whole stack.')}`)
  }
  return lines
}

/** The same for programs. */
export function errorJson(error: unknown, view: Omit<ErrorView, 'paint'>): Record<string, unknown> {
  const { redact, verbose } = view
  const frames = ownLines(error, view).map(redact)
  const known =
    error instanceof SluiceError
      ? {
          domain: error.domain,
          where: error.where,
          ...(error.hint === undefined ? {} : { hint: redact(error.hint) }),
        }
      : {}
  return {
    code: codeOf(error),
    message: redact(messageOf(error)),
    ...known,
    ...(frames.length === 0 ? {} : { frames }),
    ...(verbose ? { stack: wholeStack(error).map(redact) } : {}),
  }
}

function codeOf(error: unknown): string {
  if (error instanceof SluiceError) return error.code
  return error instanceof Error ? error.name : 'Error'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function ownLines(error: unknown, view: Pick<ErrorView, 'folder'>): string[] {
  const excerpt = syntaxExcerpt(error, view.folder)
  return excerpt.length > 0 ? excerpt : userFrames(error, view.folder)
}

/** Modules are named by URL; people know files. */
function withoutUrls(message: string, { folder }: ErrorView): string {
  return message.replaceAll(/file:\/\/[^\s'",)]+/g, (url) => shownPath(url, folder))
}

function placeText(where: ErrorPlace, { folder }: ErrorView): string {
  const parts: string[] = []
  if (where.step !== undefined) parts.push(`step '${where.step}'`)
  if (where.sink !== undefined) parts.push(`sink '${where.sink}'`)
  if (where.subtask !== undefined) parts.push(`subtask ${where.subtask}`)
  if (where.checkpoint !== undefined) parts.push(`checkpoint ${where.checkpoint}`)
  if (where.file !== undefined) parts.push(shownPath(where.file, folder))
  return parts.join(', ')
}
