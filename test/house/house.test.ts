// Holds the repository to its rules, and each rule to its planted examples.

import { describe, expect, test } from 'vitest'
import { plantedRepository, readRepository } from './repository.ts'
import { formatFinding, type Rule } from './rule.ts'
import { commentRules } from './rules/comments.ts'
import { errorCodeRules } from './rules/error-codes.ts'
import { exportRules } from './rules/exports.ts'
import { forbiddenGlobalRules } from './rules/forbidden-globals.ts'
import { forbiddenTextRules } from './rules/forbidden-texts.ts'
import { importRules } from './rules/imports.ts'
import { nameRules } from './rules/names.ts'
import { packageRules } from './rules/packages.ts'
import { sizeRules } from './rules/sizes.ts'

const rules: readonly Rule[] = [
  ...sizeRules,
  ...nameRules,
  ...commentRules,
  ...importRules,
  ...forbiddenGlobalRules,
  ...exportRules,
  ...forbiddenTextRules,
  ...packageRules,
  ...errorCodeRules,
]

const repository = readRepository()

for (const { name, check, reason, fails, holds } of rules) {
  describe(name, () => {
    test('in the whole repository', () => {
      const found = check(repository).map(formatFinding)
      if (found.length > 0) expect.fail([reason, ...found].join('\n  '))
    })

    test('and fails where it is broken', () => {
      expect(fails.length).toBeGreaterThan(0)
      for (const planted of fails) {
        expect(check(plantedRepository(planted)), JSON.stringify(planted)).not.toEqual([])
      }
    })

    test('and holds where it only comes close', () => {
      for (const planted of holds) {
        expect(check(plantedRepository(planted)), JSON.stringify(planted)).toEqual([])
      }
    })
  })
}
