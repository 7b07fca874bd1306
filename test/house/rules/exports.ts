// Exports: nothing is exported that nobody takes, and the package that users install adds nothing.

import { unusedExports, unusedInternals } from '../module-graph.ts'
import type { Repository, SourceFile } from '../repository.ts'
import { type Finding, findingAt, type Rule } from '../rule.ts'
import { isNode, type Node } from '../syntax.ts'

/**
 * Names of the types that `file` exports and mentions itself, as in the signature of a function.
 */
function mentionedTypes(file: SourceFile): ReadonlySet<string> {
  const mentions = new Map<string, number>()
  const types = new Set<string>()
  file.syntax.walk((node) => {
    if (node.type === 'Identifier') {
      const name = String(node['name'])
      mentions.set(name, (mentions.get(name) ?? 0) + 1)
    }
    if (node.type === 'TSInterfaceDeclaration' || node.type === 'TSTypeAliasDeclaration') {
      types.add(String((node['id'] as Node)['name']))
    }
  })
  return new Set([...types].filter((name) => (mentions.get(name) ?? 0) > 1))
}

function deadExports(repository: Repository): Finding[] {
  return unusedExports(repository)
    .filter(({ file, name }) => !mentionedTypes(file).has(name))
    .map(({ file, name, offset }) => findingAt(file, offset, `nobody imports ${name}`))
}

function statementsWithLogic(repository: Repository): Finding[] {
  return repository.sources
    .filter((file) => file.sourceOf === 'sluice')
    .flatMap((file) =>
      (file.syntax.program['body'] as Node[])
        .filter((statement) => {
          const passesOn =
            statement.type === 'ExportAllDeclaration' ||
            (statement.type === 'ExportNamedDeclaration' && !isNode(statement['declaration']))
          return !passesOn
        })
        .map((statement) => findingAt(file, statement.start, 'is more than passing an export on')),
    )
}

const core = JSON.stringify({
  name: '@sluice/core',
  exports: {
    '.': { 'sluice-source': './src/index.ts' },
    './internal': { 'sluice-source': './src/internal.ts' },
  },
})

export const exportRules: readonly Rule[] = [
  {
    name: 'Every export is imported somewhere or is public',
    reason: 'An export that nobody takes is dead, or tested and never used.',
    check: deadExports,
    fails: [
      { 'packages/core/src/a.ts': 'export const a = 1' },
      {
        'packages/core/package.json': core,
        'packages/core/src/internal.ts': "export { a } from './a.ts'",
        'packages/core/src/a.ts': 'export function a() {}',
      },
    ],
    holds: [
      {
        'packages/core/package.json': core,
        'packages/core/src/index.ts': "export * from './a.ts'",
        'packages/core/src/a.ts': 'export const a = 1',
      },
      {
        'packages/core/package.json': core,
        'packages/core/src/internal.ts': "export { a } from './a.ts'",
        'packages/core/src/a.ts': 'export function a() {}',
        'packages/runtime/src/b.ts': "import { a } from '@sluice/core/internal'\na()",
      },
      {
        'packages/core/src/a.ts':
          'export interface Options {}\nexport function a(options: Options) {}',
        'packages/core/test/a.test.ts': "import { a } from '../src/a.ts'",
      },
      {
        'packages/core/src/a.ts': 'export function a() {}',
        'packages/core/bin/b.js': "const { a } = await import('../src/a.ts')",
      },
    ],
  },
  {
    name: 'What an internal entry point passes on is taken by another package',
    reason: 'It exists for our own packages alone, so all that it offers is needed by one of them.',
    check: (repository) =>
      unusedInternals(repository).map(({ file, name, offset }) =>
        findingAt(file, offset, `nobody takes ${name} from here`),
      ),
    fails: [
      {
        'packages/core/package.json': core,
        'packages/core/src/internal.ts': "export { a } from './a.ts'",
        'packages/core/src/a.ts': 'export function a() {}',
        'packages/core/src/b.ts': "import { a } from './a.ts'",
      },
    ],
    holds: [
      {
        'packages/core/package.json': core,
        'packages/core/src/internal.ts': "export { a } from './a.ts'",
        'packages/runtime/src/b.ts': "import { a } from '@sluice/core/internal'",
      },
    ],
  },
  {
    name: 'The package that users install has no logic of its own',
    reason: 'It is a shop window: whatever it offers can be had from the package that owns it.',
    check: statementsWithLogic,
    fails: [{ 'packages/sluice/src/index.ts': 'export const a = 1' }],
    holds: [{ 'packages/sluice/src/index.ts': "export * from '@sluice/core'" }],
  },
]
