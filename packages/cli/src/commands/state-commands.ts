// The commands that read stored state and make savepoints, without a job that runs.

import type { Command } from 'commander'
import { placeArgument, type Runs, withParameters, withShared } from '../command-options.ts'
import { commandExamples } from '../help-texts.ts'
import type { Invocation } from '../invocation.ts'

const stored =
  "a savepoint by name or path, 'latest', the id of a checkpoint, or a checkpoint folder"

/** What `sluice savepoint` reads and makes without a job that runs. */
export function addSavepointTools(parent: Command, runs: Runs, invocation: Invocation): void {
  addRead(parent, runs, invocation)
  addEdit(parent, runs, invocation)
  addBootstrap(parent, runs, invocation)
}

/** `sluice state`. */
export function addState(program: Command, runs: Runs, invocation: Invocation): void {
  const command = program
    .command('state')
    .summary('what a job holds for a key')
    .description(
      'Looks up what a step held for a key in the newest checkpoint: JSON lines, one for each ' +
        'state, window and timer. Reads only, also while the job runs.',
    )
    .argument(...placeArgument)
  withSelection(command)
    .option('--checkpoints <folder>', 'the checkpoint folder of the job')
    .addHelpText('after', commandExamples.state)
    .action(
      runs(async ([where], options) => {
        const { stateCommand } = await import('../state/read-command.ts')
        return await stateCommand(where, options, invocation)
      }),
    )
  withShared(command, 'errors as JSON too')
}

function addRead(parent: Command, runs: Runs, invocation: Invocation): void {
  const command = parent
    .command('read')
    .summary('the state of a step as JSON lines')
    .description(
      'Prints what a step holds in a savepoint or checkpoint: JSON lines with key, window and ' +
        'value. Needs little memory, however large the state.',
    )
    .argument('<savepoint>', stored)
    .argument(...placeArgument)
  withSelection(command)
    .option('--checkpoints <folder>', 'the checkpoint folder of the job')
    .addHelpText('after', commandExamples.read)
    .action(
      runs(async ([name = '', where], options) => {
        const { readCommand } = await import('../state/read-command.ts')
        return await readCommand(name, where, options, invocation)
      }),
    )
  withShared(command, 'errors as JSON too')
}

function addEdit(parent: Command, runs: Runs, invocation: Invocation): void {
  const command = parent
    .command('edit')
    .summary('another savepoint, with changes')
    .description(
      'Makes another savepoint of one, with changes: those of a file of JSON lines, or one key. ' +
        'The savepoint itself stays as it is.',
    )
    .argument('<savepoint>', 'a savepoint by name or path')
    .argument('<folder>', 'where the new one goes; it must not be there yet')
    .argument(...placeArgument)
  withChanges(command)
    .option('--state <name>', 'the state that is changed')
    .option('--key <text>', 'the key that is changed')
    .option('--key-json <json>', 'the key as JSON: 42, true, \'["a", 1]\'')
    .option('--window <number>', 'the window, usually its start in milliseconds')
    .option('--value <json>', 'what the state is to hold for the key')
    .option('--delete', 'the state holds nothing for the key any more; all states without --state')
    .option('--checkpoints <folder>', 'the checkpoint folder of the job')
    .addHelpText('after', commandExamples.edit)
    .action(
      runs(async ([name = '', folder = '', where], options) => {
        const { editCommand } = await import('../state/edit-command.ts')
        return await editCommand(name, folder, where, options, invocation)
      }),
    )
  withShared(command, 'one JSON value')
}

function addBootstrap(parent: Command, runs: Runs, invocation: Invocation): void {
  const command = parent
    .command('bootstrap')
    .summary('a savepoint for a job that never ran')
    .description(
      'Makes a savepoint of a job that no run has taken, with the state of a file of JSON lines. ' +
        'A run that starts from it reads its sources from the beginning.',
    )
    .argument('<job>', 'the module that exports the job by default')
    .argument('<folder>', 'where the savepoint goes; it must not be there yet')
  withChanges(withParameters(command))
    .addHelpText('after', commandExamples.edit)
    .action(
      runs(async ([job = '', folder = ''], options) => {
        const { bootstrapCommand } = await import('../state/edit-command.ts')
        return await bootstrapCommand(job, folder, options, invocation)
      }),
    )
  withShared(command, 'one JSON value')
}

function withSelection(command: Command): Command {
  return command
    .option('--step <name>', 'the step; the only one that keeps state unless given')
    .option('--state <name>', 'this state alone')
    .option('--key <text>', "this key alone; '42' finds the text and the number")
    .option('--key-json <json>', 'this key alone, as JSON: 42, true, \'["a", 1]\'')
    .option('--timers', 'timers instead of states')
}

function withChanges(command: Command): Command {
  return command
    .option('--changes <file>', 'JSON lines: {"step":…,"state":…,"key":…,"value":…}')
    .option('--step <name>', 'the step of lines that name none')
}
