// The commands that speak to a running job: `sluice status` and `sluice stop`.

import type { Command } from 'commander'
import { placeArgument, type Runs, withPlace, withTimeout } from '../command-options.ts'
import { commandExamples } from '../help-texts.ts'
import type { Invocation } from '../invocation.ts'

export function addRunning(program: Command, runs: Runs, invocation: Invocation): void {
  const status = program.command('status').summary('what the running job says of itself')
  status.argument(...placeArgument).action(
    runs(async ([where], options) => {
      const { statusCommand } = await import('../running/status-command.ts')
      return await statusCommand(where, options, invocation)
    }),
  )
  const stop = program.command('stop').summary('stop the running job with a last checkpoint')
  stop
    .argument(...placeArgument)
    .option('--savepoint [name]', 'make the last checkpoint a savepoint too')
    .option('--to <folder>', 'the folder that the savepoint becomes')
    .option('--drain', 'end the sources here: windows fire to the end, and the job has finished')
    .action(
      runs(async ([where], options) => {
        const { stopCommand } = await import('../running/stop-command.ts')
        return await stopCommand(where, options, invocation)
      }),
    )
  for (const command of [status, stop]) {
    withPlace(withTimeout(command), 'one JSON value').addHelpText('after', commandExamples.stop)
  }
}
