// What the README says of speed is what the last full run measured.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type KeptResults, readmeFigures } from '../../bench/harness/readme-figures.ts'

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
}

test('the figures in the README are those of the last full run', () => {
  const latest = JSON.parse(read('bench/results/latest.json')) as KeptResults
  expect(read('README.md')).toContain(`<!-- figures -->\n${readmeFigures(latest)}<!-- /figures -->`)
})
