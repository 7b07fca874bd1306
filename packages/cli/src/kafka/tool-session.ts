// What the commands about transactions share: the tools over the cluster, what the checkpoints say,
// and how a report is told.

import type { PlaceOptions } from '../checkpoint/checkpoint-place.ts'
import { jsonText, type JsonView } from '../errors/json-text.ts'
import { redactor } from '../errors/secrets.ts'
import { type Invocation, type SharedOptions, viewOf } from '../invocation.ts'
import { type ConnectionOptions, givenConnection } from './connection-options.ts'
import { type KafkaTools, openTools } from './kafka-package.ts'
import { type KnownCheckpoints, knownCheckpoints } from './known-checkpoints.ts'

interface ToolSession {
  readonly tools: KafkaTools
  readonly known: KnownCheckpoints
  readonly view: JsonView
}

/** Opens, runs, closes. */
export async function withTools(
  where: string | undefined,
  options: ConnectionOptions & PlaceOptions,
  invocation: Invocation,
  run: (session: ToolSession) => Promise<number>,
): Promise<number> {
  const { connection, deadlineMs, secrets } = givenConnection(options, invocation)
  const redact = redactor({ ...invocation.environment, ...secrets })
  const view = viewOf(invocation, options, redact, invocation.terminal.outPaint)
  const known = await knownCheckpoints(where, options, invocation)
  const tools = await openTools(connection, deadlineMs)
  try {
    return await run({ tools, known, view })
  } finally {
    tools.close()
  }
}

/** One JSON value, or lines for people. */
export function tellReport(
  report: object,
  { terminal }: Invocation,
  { json }: SharedOptions,
  view: JsonView,
  lines: () => readonly string[],
): void {
  if (json === true) terminal.out(jsonText(report, view, 2))
  else for (const line of lines()) terminal.out(line)
}
