// The commands, their options and their help. Each action imports its command and returns the exit
// code; what the arguments got wrong becomes a USAGE error with a suggestion.

import { Command, CommanderError, Option } from 'commander'
import { SluiceError } from '@sluice/core/internal'
import { addCheckpoint } from './commands/checkpoint-commands.ts'
import {
  type Action,
  type Runs,
  withParameters,
  withSettings,
  withShared,
  withStart,
} from './command-options.ts'
import { addDoctor } from './commands/doctor-commands.ts'
import { addKafka } from './commands/kafka-commands.ts'
import { addRunning } from './commands/running-commands.ts'
import { exitCodes } from './exit-code.ts'
import { commandExamples, exitCodeHelp } from './help-texts.ts'
import type { Invocation } from './invocation.ts'
import { addSavepoint } from './commands/savepoint-commands.ts'
import { addState } from './commands/state-commands.ts'
import { packageVersion } from './version.ts'

/** Throws what the command throws, and USAGE. */
export async function parseAndRun(argv: string[], invocation: Invocation): Promise<number> {
  let exitCode: number = exitCodes.done
  const program = createProgram(invocation, (code) => {
    exitCode = code
  })
  if (argv.length === 0) {
    for (const line of program.helpInformation().trimEnd().split('\n'))
      invocation.terminal.error(line)
    return exitCodes.usage
  }
  try {
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return exitCodes.done
    throw usageError(error)
  }
  return exitCode
}

function createProgram(invocation: Invocation, finished: (exitCode: number) => void): Command {
  const { terminal } = invocation
  const program = new Command('sluice')
    .description('Exactly-once stream processing for TypeScript.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.error(text.trimEnd()),
      outputError: () => {},
    })
    .showSuggestionAfterError()
    .addHelpText('after', `${commandExamples.sluice}\n${exitCodeHelp}`)
  const runs =
    (action: Action) =>
    async (...received: unknown[]): Promise<void> => {
      const command = received.at(-1) as Command
      finished(await action(command.args, command.optsWithGlobals() as never))
    }
  addRun(program, runs, invocation)
  addDev(program, runs, invocation)
  addPlan(program, runs, invocation)
  addRunning(program, runs, invocation)
  addCheckpoint(program, runs, invocation)
  addSavepoint(program, runs, invocation)
  addState(program, runs, invocation)
  addKafka(program, runs, invocation)
  addDoctor(program, runs, invocation)
  return program
}

function addRun(program: Command, runs: Runs, invocation: Invocation): void {
  const command = program
    .command('run')
    .summary('run a job until it ends or is stopped')
    .description('Runs a job in this process. SIGINT and SIGTERM stop it with a last checkpoint.')
    .argument('<job>', 'the module that exports the job by default')
  withStart(withSettings(withParameters(command)))
    .option('--quiet', 'print errors and what the job prints, nothing else')
    .option('--log-level <level>', 'debug, info, warn, error or silent (default: info)')
    .addHelpText('after', commandExamples.run)
    .action(
      runs(async ([job = ''], options) => {
        const { runCommand } = await import('./run/run-command.ts')
        return await runCommand(job, options, invocation)
      }),
    )
  withShared(command, 'JSON lines on standard output: events, then the result')
}

function addDev(program: Command, runs: Runs, invocation: Invocation): void {
  const command = program
    .command('dev')
    .summary('run a job, watch its steps, restart it when its files change')
    .description(
      'Runs a job in a process of its own and shows its steps. When the job file changes, or ' +
        'something that it imports from the project, the job goes on from a last checkpoint ' +
        'with the new code.',
    )
    .argument('<job>', 'the module that exports the job by default')
  withStart(withSettings(withParameters(command)))
    .addHelpText('after', commandExamples.dev)
    .action(
      runs(async ([job = ''], options) => {
        const { devCommand } = await import('./dev/dev-command.ts')
        return await devCommand(job, options, invocation)
      }),
    )
  withShared(command, 'JSON lines on standard output instead of the table')
}

function addPlan(program: Command, runs: Runs, invocation: Invocation): void {
  const command = program
    .command('plan')
    .summary('show how a job would run')
    .description(
      'Shows the graph of a job, its chains and exchanges, and what becomes of stored state. ' +
        'Nothing is run or written.',
    )
    .argument('<job>', 'the module that exports the job by default')
  withSettings(withParameters(command))
    .addOption(new Option('--mermaid', 'a Mermaid flowchart').conflicts('json'))
    .option('--explain', 'each setting with where it comes from')
    .option('--from <start>', "'latest', a checkpoint or savepoint: what of its state fits")
    .option('--allow-dropped-state', 'agree to lose what has no place in the job')
    .option('--verify-state', 'with --from: every stored value against what the job declares')
    .addHelpText('after', commandExamples.plan)
    .action(
      runs(async ([job = ''], options) => {
        const { planCommand } = await import('./plan/plan-command.ts')
        return await planCommand(job, options, invocation)
      }),
    )
  withShared(command, 'one JSON value')
}

/** `error: unknown option '--parm'\n(Did you mean --param?)` as an error of ours. */
function usageError({ message, code }: CommanderError): SluiceError {
  const [first = '', ...more] = message.replace(/^error: /, '').split('\n')
  const meant = /^\((.*)\)$/.exec(more[0] ?? '')?.[1]
  const shown = code === 'commander.help' ? 'a command is missing' : first
  const sentence = `${shown.charAt(0).toUpperCase()}${shown.slice(1).replace(/\.?$/, '.')}`
  return new SluiceError('USAGE', sentence, { hint: meant ?? 'sluice --help shows what there is.' })
}
