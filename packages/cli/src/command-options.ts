// Options that several commands share, and how an action of a command is run.

import type { Command } from 'commander'

/** Runs a command with its arguments and options; resolves with the exit code. */
export type Action = (args: readonly string[], options: never) => Promise<number>

/** Makes of an action what the parser calls. */
export type Runs = (action: Action) => (...received: unknown[]) => Promise<void>

/** What a command looks at where it takes a place. */
export const placeArgument = [
  '[place]',
  'job file or checkpoint folder; the only one in .sluice unless given',
] as const

/** A description from a summary, and the options that say where to look. */
export function withPlace(command: Command, json: string): Command {
  const summary = command.summary()
  command
    .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`)
    .option('--checkpoints <folder>', 'the checkpoint folder of the job')
  withShared(command, json)
  return command
}

/** How long a command waits for a running job. */
export function withTimeout(command: Command): Command {
  return command.option(
    '--timeout <time>',
    "give up waiting after this: '5m' (default: when the job shows no sign of life for 30s)",
  )
}

export function withParameters(command: Command): Command {
  const collect = (text: string, before: readonly string[] = []): string[] => [...before, text]
  return command.option(
    '-p, --param <name=value>',
    'a parameter of the job, before those of the environment (repeatable)',
    collect,
  )
}

export function withSettings(command: Command): Command {
  return command
    .option('--parallelism <n>', 'subtasks per step (SLUICE_PARALLELISM)')
    .option('--checkpoints <folder>', 'where checkpoints are kept (SLUICE_CHECKPOINTS)')
    .option('--every <time>', "time between checkpoints: '1s' (SLUICE_EVERY)")
    .option('--memory <size>', "limit of each worker: '512mb' (SLUICE_MEMORY)")
    .option('--state-backend <name>', "'heap' or 'rocksdb' (SLUICE_STATE_BACKEND)")
    .option('--state-path <folder>', 'where rocksdb keeps state (SLUICE_STATE_PATH)')
    .option('--state-memory <size>', "for rocksdb, per worker: '1gb' (SLUICE_STATE_MEMORY)")
    .option(
      '--state-local-recovery <switch>',
      "'true': rocksdb keeps a copy to restart from (SLUICE_STATE_LOCAL_RECOVERY)",
    )
}

export function withStart(command: Command): Command {
  return command
    .option(
      '--from <start>',
      "'latest', 'none', the id of a checkpoint, or a savepoint (default: latest)",
    )
    .option('--restore-mode <mode>', "of a savepoint's files: 'copy' or 'claim' (default: copy)")
    .option('--accept-duplicates', 'agree that output after an older checkpoint is written again')
    .option('--allow-dropped-state', 'agree to lose stored state that has no place in the job')
    .option('--start-over', 'take over a place that holds results of another history of the job')
}

export function withShared(command: Command, json: string): void {
  command.option('--json', json).option('--verbose', 'show stacks of the engine with errors')
}
