// Texts that no tracked file holds, whatever its language: unfinished work, and traces of the one
// machine on which it was written. This file alone is exempt, because it spells them out.

import type { Repository } from '../repository.ts'
import { type Finding, findingOn, type Planted, type Rule } from '../rule.ts'

interface ForbiddenText {
  readonly name: string
  readonly reason: string
  readonly pattern: RegExp
  readonly fails: readonly string[]
  readonly holds: readonly string[]
}

const self = 'test/house/rules/forbidden-texts.ts'

const texts: readonly ForbiddenText[] = [
  {
    name: 'No file holds unfinished work',
    reason: 'What is not done is an issue, where it is seen, and not a note in the code.',
    pattern: /(\/\/|\*|#|<!--).*\b(TODO|FIXME|XXX|HACK)\b/,
    fails: ['// TODO: the rest', '<!-- FIXME -->'],
    holds: ['// a mastodon', 'const TODO = 1'],
  },
  {
    name: 'No file holds an absolute path of a machine',
    reason: 'It runs in any folder of any machine.',
    pattern: /(?<![\w./~*}])\/(work|home|root|Users)\/\w|\b[A-Z]:\\\\?Users\b/,
    fails: ["const a = '/home/ada/a.ts'", 'cd /work/main', 'C:\\Users\\ada'],
    holds: ['out/home/a.txt', '${folder}/work/a', 'https://example.org/home/'],
  },
  {
    name: 'No file names the host of a package registry or an internal tool',
    reason: 'Registries are those that the clients are set up for.',
    pattern: /\b(registry\.\w+\.\w+|npmjs\.(org|com)|pypi\.org|crates\.io)\b|\.library\//,
    fails: ['"resolved": "https://registry.npmjs.org/a/-/a-1.0.0.tgz"', 'see .library/a'],
    holds: ['const registry = metrics.registry', 'npm install sluice'],
  },
]

function findText(repository: Repository, pattern: RegExp): Finding[] {
  return repository.files
    .filter((file) => file.path !== self)
    .flatMap((file) =>
      file.lines.flatMap((line, index) => {
        const match = pattern.exec(line)
        return match === null ? [] : [findingOn(file, `holds "${match[0]}"`, index + 1)]
      }),
    )
}

const plant = (text: string): Planted => ({ 'docs/a.md': `\n${text}\n` })

export const forbiddenTextRules: readonly Rule[] = texts.map(
  ({ name, reason, pattern, fails, holds }) => ({
    name,
    reason,
    check: (repository) => findText(repository, pattern),
    fails: fails.map(plant),
    holds: holds.map(plant),
  }),
)
