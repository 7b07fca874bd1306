// The commands, their options and their help. Each action imports its command and returns the exit
// code; what the arguments got wrong becomes a USAGE error with a suggestion.

import { Command, CommanderError, Option } from 'commander'
import { SluiceError } from '@sluice/core/internal'
import { exitCodes } from './exit-code.ts'
import { commandExamples, exitCodeHelp } from './help-texts.ts'
import type { Invocation } from './invocation.ts'
import { packageVersion } from './version.ts'

type Action = (args: readonly string[], options: never) => Promise<number>

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
  addCheckpoint(program, runs, invocation)
  return program
}

type Runs = (action: Action) => (...received: unknown[]) => Promise<void>

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
    .description('Shows the graph of a job, its chains and exchanges. Nothing is run or written.')
    .argument('<job>', 'the module that exports the job by default')
  withSettings(withParameters(command))
    .addOption(new Option('--mermaid', 'a Mermaid flowchart').conflicts('json'))
    .option('--explain', 'each setting with where it comes from')
    .addHelpText('after', commandExamples.plan)
    .action(
      runs(async ([job = ''], options) => {
        const { planCommand } = await import('./plan/plan-command.ts')
        return await planCommand(job, options, invocation)
      }),
    )
  withShared(command, 'one JSON value')
}

function addCheckpoint(program: Command, runs: Runs, invocation: Invocation): void {
  const parent = program
    .command('checkpoint')
    .summary('look at the checkpoints of a job')
    .description('Looks at the checkpoints of a job. Reads only, also while the job runs.')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', commandExamples.checkpoint)
  const place = '[place]'
  const placeHelp = 'job file or checkpoint folder; the only one in .sluice unless given'
  const list = parent.command('list').summary('the log of checkpoints').argument(place, placeHelp)
  list.action(
    runs(async ([where], options) => {
      const { listCommand } = await import('./checkpoint/list-command.ts')
      return await listCommand(where, options, invocation)
    }),
  )
  const show = parent
    .command('show')
    .summary('everything that one checkpoint says')
    .argument('<id>', "id of a checkpoint, or 'latest'")
    .argument(place, placeHelp)
  show.action(
    runs(async ([id = '', where], options) => {
      const { showCommand } = await import('./checkpoint/show-command.ts')
      return await showCommand(id, where, options, invocation)
    }),
  )
  const verify = parent
    .command('verify')
    .summary('read everything and compare checksums')
    .argument(place, placeHelp)
  verify.action(
    runs(async ([where], options) => {
      const { verifyCommand } = await import('./checkpoint/verify-command.ts')
      return await verifyCommand(where, options, invocation)
    }),
  )
  for (const command of [list, show, verify]) {
    command
      .description(`${command.summary()[0]?.toUpperCase()}${command.summary().slice(1)}.`)
      .option('--checkpoints <folder>', 'the checkpoint folder of the job')
      .addHelpText('after', commandExamples.checkpoint)
    withShared(command, 'one JSON value')
  }
}

function withParameters(command: Command): Command {
  const collect = (text: string, before: readonly string[] = []): string[] => [...before, text]
  return command.option(
    '-p, --param <name=value>',
    'a parameter of the job, before those of the environment (repeatable)',
    collect,
  )
}

function withSettings(command: Command): Command {
  return command
    .option('--parallelism <n>', 'subtasks per step (SLUICE_PARALLELISM)')
    .option('--checkpoints <folder>', 'where checkpoints are kept (SLUICE_CHECKPOINTS)')
    .option('--every <time>', "time between checkpoints: '1s' (SLUICE_EVERY)")
    .option('--memory <size>', "limit of each worker: '512mb' (SLUICE_MEMORY)")
}

function withStart(command: Command): Command {
  return command
    .option('--from <start>', "'latest', 'none' or the id of a checkpoint (default: latest)")
    .option('--accept-duplicates', 'agree that output after an older checkpoint is written again')
    .option('--start-over', 'take over a place that holds results of another history of the job')
}

function withShared(command: Command, json: string): void {
  command.option('--json', json).option('--verbose', 'show stacks of the engine with errors')
}

/** `error: unknown option '--parm'\n(Did you mean --param?)` as an error of ours. */
function usageError({ message, code }: CommanderError): SluiceError {
  const [first = '', ...more] = message.replace(/^error: /, '').split('\n')
  const meant = /^\((.*)\)$/.exec(more[0] ?? '')?.[1]
  const shown = code === 'commander.help' ? 'a command is missing' : first
  const sentence = `${shown.charAt(0).toUpperCase()}${shown.slice(1).replace(/\.?$/, '.')}`
  return new SluiceError('USAGE', sentence, { hint: meant ?? 'sluice --help shows what there is.' })
}
