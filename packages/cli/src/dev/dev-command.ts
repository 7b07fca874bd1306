// `sluice dev job.ts`: parses what it is given, opens the screen, and lets a session run.

import { redactor } from '../errors/secrets.ts'
import { shownPath } from '../errors/user-stack.ts'
import { type Invocation, viewOf } from '../invocation.ts'
import { findJobFile } from '../job/job-file.ts'
import type { RunOptions } from '../run/run-command.ts'
import { givenSettings } from '../settings/given-settings.ts'
import { parseParameters } from '../settings/parameters.ts'
import { parseFrom, parseRestoreMode } from '../settings/setting-texts.ts'
import { onClosedOutput } from '../terminal/closed-output.ts'
import { type DevReport, JsonDevReport, TextDevReport } from './dev-report.ts'
import { DevSession } from './dev-session.ts'
import { onKey } from './keys.ts'

export async function devCommand(
  file: string,
  options: Omit<RunOptions, 'quiet' | 'logLevel'>,
  invocation: Invocation,
): Promise<number> {
  const { terminal, environment, folder } = invocation
  const { path } = findJobFile(file)
  const parameters = parseParameters(options.param ?? [])
  // Said here, before there is a screen; the process of the job parses them again.
  givenSettings(options, environment)
  const from = options.from === undefined ? 'latest' : parseFrom(options.from)
  const restoreMode = parseRestoreMode(options.restoreMode)
  const { parallelism, checkpoints, every, memory } = options
  const { stateBackend, statePath, stateMemory, stateLocalRecovery } = options
  const redact = redactor({ ...environment, ...parameters })
  const view = viewOf(invocation, options, redact, terminal.errorPaint)
  const isJson = options.json === true
  const report: DevReport = isJson
    ? new JsonDevReport(terminal, view)
    : new TextDevReport(terminal, view)
  const session = new DevSession(
    {
      file,
      path,
      prepare: {
        file,
        parameters,
        settings: {
          ...(parallelism === undefined ? {} : { parallelism }),
          ...(checkpoints === undefined ? {} : { checkpoints }),
          ...(every === undefined ? {} : { every }),
          ...(memory === undefined ? {} : { memory }),
          ...(stateBackend === undefined ? {} : { stateBackend }),
          ...(statePath === undefined ? {} : { statePath }),
          ...(stateMemory === undefined ? {} : { stateMemory }),
          ...(stateLocalRecovery === undefined ? {} : { stateLocalRecovery }),
        },
        logLevel: 'info',
      },
      start: {
        from,
        acceptDuplicates: options.acceptDuplicates ?? false,
        allowDroppedState: options.allowDroppedState ?? false,
        startOver: options.startOver ?? false,
        ...(restoreMode === undefined ? {} : { restoreMode }),
      },
      interactive: terminal.interactive && !isJson && process.stdin.isTTY === true,
      shown: (each) => shownPath(each, folder),
    },
    report,
  )
  return await supervise(session, report)
}

async function supervise(session: DevSession, report: DevReport): Promise<number> {
  const quit = (): void => session.quit()
  const releases = [
    onKey((key) => session.key(key)),
    onClosedOutput(quit),
    onSignal('SIGINT', quit),
    onSignal('SIGTERM', quit),
  ]
  try {
    return await session.run()
  } finally {
    for (const release of releases) release()
    report.end()
  }
}

function onSignal(signal: 'SIGINT' | 'SIGTERM', listener: () => void): () => void {
  process.on(signal, listener)
  return () => process.off(signal, listener)
}
