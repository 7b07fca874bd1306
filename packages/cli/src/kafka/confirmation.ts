// Asks a person before something is done that cannot be undone.

import { createInterface } from 'node:readline/promises'
import { SluiceError } from '@sluice/core/internal'
import type { Terminal } from '../terminal/terminal.ts'

/** True for yes. Throws USAGE where nobody can be asked. */
export async function confirmed(question: string, terminal: Terminal): Promise<boolean> {
  if (process.stdin.isTTY !== true || !terminal.interactive) {
    throw new SluiceError('USAGE', 'Nobody can be asked here whether it is to be done.', {
      hint: 'Look at it without, and then give --yes.',
    })
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await asking.question(`${question} [y/N] `)).trim())
  } finally {
    asking.close()
  }
}
