// `npm test`: everything that this machine can run. `npm test -- --only house,unit` picks parts;
// `npm test -- window` runs the vitest files whose path contains the word.

import { parseArgs } from 'node:util'
import { allParts, type Part } from './parts.ts'
import { runParts } from './run-parts.ts'
import { vitestStep } from './steps.ts'

function wantedParts(only: string | undefined, words: readonly string[]): readonly Part[] {
  if (words.length > 0) {
    const files = vitestStep(words.join(' '), words, { limitSeconds: 600 })
    return [{ name: 'chosen', steps: [files] }]
  }
  const parts = allParts()
  if (only === undefined) return parts
  const names = only.split(',').map((name) => name.trim())
  for (const name of names) {
    if (!parts.some((part) => part.name === name)) {
      const known = parts.map((part) => part.name).join(', ')
      console.error(`There is no part ${name} of the test run; there are ${known}.`)
      process.exit(2)
    }
  }
  return parts.filter((part) => names.includes(part.name))
}

const { values, positionals } = parseArgs({
  options: { only: { type: 'string' } },
  allowPositionals: true,
})
process.exitCode = await runParts(wantedParts(values.only, positionals))
