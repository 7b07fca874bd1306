// `sluice doctor`: looks at what a job needs of the world around it, here of a Kafka cluster.
// Exits with 3 where a job would fail.

import { exitCodes } from '../exit-code.ts'
import { redactor } from '../errors/secrets.ts'
import { jsonText } from '../errors/json-text.ts'
import { type Invocation, viewOf } from '../invocation.ts'
import { type ConnectionOptions, givenConnection } from '../kafka/connection-options.ts'
import { openTools } from '../kafka/kafka-package.ts'
import { parseSpan } from '../settings/setting-texts.ts'
import { doctorLines } from './doctor-text.ts'

export interface DoctorOptions extends ConnectionOptions {
  readonly topic?: readonly string[]
  readonly job?: string
  readonly transactionTimeout?: string
}

const anyJob = 'doctor'
/** What the sink asks for unless it is told otherwise. */
const defaultTransactionTimeoutMs = 15 * 60_000

export async function doctorCommand(
  options: DoctorOptions,
  invocation: Invocation,
): Promise<number> {
  const { terminal, environment } = invocation
  const { topic = [], job = anyJob, transactionTimeout } = options
  const { connection, deadlineMs, secrets } = givenConnection(options, invocation)
  const tools = await openTools(connection, deadlineMs)
  try {
    const examination = await tools.examine({
      job,
      transactionTimeoutMs:
        transactionTimeout === undefined
          ? defaultTransactionTimeoutMs
          : parseSpan(transactionTimeout, '--transaction-timeout'),
      topics: topic,
    })
    const isRight = examination.findings.every(({ level }) => level !== 'wrong')
    if (options.json === true) {
      const redact = redactor({ ...environment, ...secrets })
      const view = viewOf(invocation, options, redact, terminal.outPaint)
      terminal.out(jsonText({ ok: isRight, ...examination }, view, 2))
    } else {
      for (const line of doctorLines(examination, terminal.outPaint)) terminal.out(line)
    }
    return isRight ? exitCodes.done : exitCodes.unreachable
  } finally {
    tools.close()
  }
}
