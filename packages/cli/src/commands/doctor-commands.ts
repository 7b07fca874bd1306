// `sluice doctor`.

import type { Command } from 'commander'
import type { Runs } from '../command-options.ts'
import { commandExamples } from '../help-texts.ts'
import type { Invocation } from '../invocation.ts'
import { withConnection } from '../kafka/connection-options.ts'

export function addDoctor(program: Command, runs: Runs, invocation: Invocation): void {
  const collect = (text: string, before: readonly string[] = []): string[] => [...before, text]
  const command = program
    .command('doctor')
    .summary('what a job needs of a Kafka cluster, looked at beforehand')
    .description(
      'Looks at the brokers, their versions and limits, at the topics that exactly-once rests on ' +
        'and at the rights of this user. Changes nothing. Needs the package @sluice/kafka.',
    )
    .option('--topic <name>', 'a topic that a job reads or writes (repeatable)', collect)
    .option('--job <name>', 'the job whose transactional ids are asked after')
    .option('--transaction-timeout <time>', "what its sink asks for (default: '15m')")
    .action(
      runs(async (_args, options) => {
        const { doctorCommand } = await import('../doctor/doctor-command.ts')
        return await doctorCommand(options, invocation)
      }),
    )
  withConnection(command, 'one JSON value').addHelpText('after', commandExamples.doctor)
}
