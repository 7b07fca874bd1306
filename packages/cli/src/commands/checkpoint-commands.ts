// `sluice checkpoint …`.

import type { Command } from 'commander'
import { placeArgument, type Runs, withPlace, withTimeout } from '../command-options.ts'
import { commandExamples } from '../help-texts.ts'
import type { Invocation } from '../invocation.ts'

export function addCheckpoint(program: Command, runs: Runs, invocation: Invocation): void {
  const parent = program
    .command('checkpoint')
    .summary('look at the checkpoints of a job, take one, clear up')
    .description(
      'Looks at the checkpoints of a job, also while it runs. Only `create` and `gc` write.',
    )
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', commandExamples.checkpoint)
  const list = parent.command('list').summary('the log of checkpoints')
  list.argument(...placeArgument).action(
    runs(async ([where], options) => {
      const { listCommand } = await import('../checkpoint/list-command.ts')
      return await listCommand(where, options, invocation)
    }),
  )
  const show = parent.command('show').summary('everything that one checkpoint says')
  show
    .argument('<id>', "id of a checkpoint, or 'latest'")
    .argument(...placeArgument)
    .action(
      runs(async ([id = '', where], options) => {
        const { showCommand } = await import('../checkpoint/show-command.ts')
        return await showCommand(id, where, options, invocation)
      }),
    )
  const verify = parent.command('verify').summary('read everything and compare checksums')
  verify.argument(...placeArgument).action(
    runs(async ([where], options) => {
      const { verifyCommand } = await import('../checkpoint/verify-command.ts')
      return await verifyCommand(where, options, invocation)
    }),
  )
  const create = parent.command('create').summary('let the running job take one now')
  withTimeout(create.argument(...placeArgument)).action(
    runs(async ([where], options) => {
      const { createCommand } = await import('../checkpoint/create-command.ts')
      return await createCommand(where, options, invocation)
    }),
  )
  const gc = parent.command('gc').summary('delete what no checkpoint needs')
  gc.argument(...placeArgument)
    .option('--dry-run', 'say what would be deleted, and delete nothing')
    .action(
      runs(async ([where], options) => {
        const { gcCommand } = await import('../checkpoint/gc-command.ts')
        return await gcCommand(where, options, invocation)
      }),
    )
  for (const command of [list, show, verify, create, gc]) {
    withPlace(command, 'one JSON value').addHelpText('after', commandExamples.checkpoint)
  }
}
