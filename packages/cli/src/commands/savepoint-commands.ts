// `sluice savepoint …`.

import type { Command } from 'commander'
import { placeArgument, type Runs, withPlace, withTimeout } from '../command-options.ts'
import { commandExamples } from '../help-texts.ts'
import type { Invocation } from '../invocation.ts'
import { addSavepointTools } from './state-commands.ts'

export function addSavepoint(program: Command, runs: Runs, invocation: Invocation): void {
  const parent = program
    .command('savepoint')
    .summary('copies of a state that stand alone: make, look at, read, change')
    .description(
      'Makes savepoints, looks at them, and makes others of them. A savepoint is a folder that ' +
        'can be moved.',
    )
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', commandExamples.savepoint)
  const create = parent.command('create').summary('make one of the running job')
  create
    .argument(...placeArgument)
    .option('--name <name>', 'its name (default: savepoint-<checkpoint>)')
    .option('--to <folder>', 'the folder that it becomes (default: beside the checkpoints)')
    .option('--checkpoint <id>', "make it of a checkpoint that is kept, or of the 'latest'")
  withTimeout(create).action(
    runs(async ([where], options) => {
      const { createCommand } = await import('../savepoint/create-command.ts')
      return await createCommand(where, options, invocation)
    }),
  )
  const list = parent.command('list').summary('the savepoints of a job, or those in a folder')
  list.argument(...placeArgument).action(
    runs(async ([where], options) => {
      const { listCommand } = await import('../savepoint/list-command.ts')
      return await listCommand(where, options, invocation)
    }),
  )
  const show = parent.command('show').summary('everything that one savepoint says')
  show
    .argument('<savepoint>', 'its name, or the path of its folder with a slash in it')
    .argument(...placeArgument)
    .option('--verify', 'read all of it and compare checksums')
    .action(
      runs(async ([savepoint = '', where], options) => {
        const { showCommand } = await import('../savepoint/show-command.ts')
        return await showCommand(savepoint, where, options, invocation)
      }),
    )
  for (const command of [create, list, show]) {
    withPlace(command, 'one JSON value').addHelpText('after', commandExamples.savepoint)
  }
  addSavepointTools(parent, runs, invocation)
}
