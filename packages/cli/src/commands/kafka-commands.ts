// `sluice kafka …`.

import type { Command } from 'commander'
import { placeArgument, type Runs } from '../command-options.ts'
import { commandExamples } from '../help-texts.ts'
import type { Invocation } from '../invocation.ts'
import { withConnection } from '../kafka/connection-options.ts'

export function addKafka(program: Command, runs: Runs, invocation: Invocation): void {
  const parent = program
    .command('kafka')
    .summary('look at the transactions of a Kafka cluster, end one')
    .description('What a Kafka cluster does for jobs. Needs the package @sluice/kafka.')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', commandExamples.kafka)
  const transactions = parent
    .command('txn')
    .summary('transactions: which are open, whom they hold up; commit or abort one')
    .description(
      'Transactions of whatever program. Whether a checkpoint promised one is read from the ' +
        'checkpoints of the job: those that are named, or all in .sluice.',
    )
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', commandExamples.kafka)
  addLooking(transactions, runs, invocation)
  addEnding(transactions, runs, invocation)
}

function addLooking(parent: Command, runs: Runs, invocation: Invocation): void {
  const list = parent.command('list').summary('which transactions are open')
  list
    .argument(...placeArgument)
    .option('--all', 'those that have ended, too, as long as the brokers remember them')
    .option('--job <name>', 'only those of this job')
    .action(
      runs(async ([where], options) => {
        const { transactionListCommand } = await import('../kafka/list-command.ts')
        return await transactionListCommand(where, options, invocation)
      }),
    )
  const why = parent.command('why').summary('what holds up the readers of a topic')
  why
    .argument('<topic>', 'a topic, or a partition of one: orders-3')
    .argument(...placeArgument)
    .action(
      runs(async ([target = '', where], options) => {
        const { transactionWhyCommand } = await import('../kafka/why-command.ts')
        return await transactionWhyCommand(target, where, options, invocation)
      }),
    )
  for (const command of [list, why]) complete(command)
}

function addEnding(parent: Command, runs: Runs, invocation: Invocation): void {
  for (const operation of ['commit', 'abort'] as const) {
    const end = parent.command(operation).summary(`${operation} a transaction, with proof`)
    end
      .argument('<id>', 'a transactional id, as `list` shows it')
      .argument(...placeArgument)
      .option('--yes', 'do it without asking')
      .option('--force <words>', 'where nobody can tell whether it is right: the words of the hint')
      .action(
        runs(async ([id = '', where], options) => {
          const { transactionEndCommand } = await import('../kafka/end-command.ts')
          return await transactionEndCommand(operation, id, where, options, invocation)
        }),
      )
    complete(end)
  }
}

function complete(command: Command): void {
  const summary = command.summary()
  command
    .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`)
    .option('--checkpoints <folder>', 'the checkpoint folder of the job')
  withConnection(command, 'one JSON value').addHelpText('after', commandExamples.kafka)
}
