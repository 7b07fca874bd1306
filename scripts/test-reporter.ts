// A vitest reporter that writes the tally of a run to the file named by SLUICE_TALLY_FILE. The
// default reporter beside it prints progress and errors; this one is for adding up.

import { writeFileSync } from 'node:fs'
import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node'
import type { Skipped, Tally } from './tally.ts'

function fullName(test: TestCase): string {
  return `${test.module.relativeModuleId} > ${test.fullName}`
}

export default class TallyReporter implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly SerializedError[],
    reason: 'passed' | 'interrupted' | 'failed',
  ): void {
    let passed = 0
    const failures = unhandledErrors.map((error) => `an unhandled error: ${error.message}`)
    const skipped: Skipped[] = []
    for (const module of modules) {
      for (const error of module.errors()) {
        failures.push(`${module.relativeModuleId}: ${error.message}`)
      }
      for (const suite of module.children.allSuites()) {
        for (const error of suite.errors()) {
          failures.push(`${module.relativeModuleId} > ${suite.fullName}: ${error.message}`)
        }
      }
      for (const test of module.children.allTests()) {
        const result = test.result()
        if (result.state === 'passed') passed++
        else if (result.state === 'failed') failures.push(fullName(test))
        else if (result.state === 'skipped') {
          skipped.push({ name: fullName(test), why: result.note ?? 'no reason given' })
        } else failures.push(`${fullName(test)} (never ended)`)
      }
    }
    if (reason !== 'passed' && failures.length === 0) failures.push(`the run was ${reason}`)
    const file = process.env['SLUICE_TALLY_FILE']
    if (file === undefined) throw new Error('SLUICE_TALLY_FILE names no file for the tally')
    writeFileSync(file, JSON.stringify({ passed, failures, skipped } satisfies Tally))
  }
}
