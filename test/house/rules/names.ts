// What files and things may be called. A name that fits anything says nothing.

import { basename } from 'node:path'
import type { SourceFile } from '../repository.ts'
import { type Finding, findingAt, findingOn, type Rule } from '../rule.ts'
import { identifierName, type Node } from '../syntax.ts'

const kebabCase = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/

/** Files whose names are given by custom or by a tool. */
const customaryNames = /(^|\/)(README|ARCHITECTURE|CONTRIBUTING|CHANGELOG|LICENSE|NOTICE)(\.md)?$/

const emptyFileWords = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'misc', 'types'])

/** Words that no name holds, and words that only names of types do not. */
const emptyWords = new Set(['impl', 'helper', 'helpers', 'manager', 'utils'])
const emptyTypeWords = new Set([...emptyWords, 'abstract', 'base'])

const typeDeclarations = new Set([
  'ClassDeclaration',
  'ClassExpression',
  'TSInterfaceDeclaration',
  'TSTypeAliasDeclaration',
])

const valueDeclarations = new Set([
  'FunctionDeclaration',
  'VariableDeclarator',
  'MethodDefinition',
  'PropertyDefinition',
])

function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
}

function declaredName(node: Node): string | undefined {
  return identifierName(node['id']) ?? identifierName(node['key'])
}

function emptyNames(file: SourceFile): Finding[] {
  const findings: Finding[] = []
  file.syntax.walk((node) => {
    const isType = typeDeclarations.has(node.type)
    if (!isType && !valueDeclarations.has(node.type)) return
    const name = declaredName(node)
    const forbidden = isType ? emptyTypeWords : emptyWords
    const word = name === undefined ? undefined : wordsOf(name).find((each) => forbidden.has(each))
    if (word !== undefined) {
      findings.push(findingAt(file, node.start, `${name}: "${word}" says nothing about it`))
    }
  })
  return findings
}

export const nameRules: readonly Rule[] = [
  {
    name: 'Files and folders are named in kebab-case',
    reason: 'One way to write a name, on file systems that know capitals and on those that do not.',
    check: ({ files }) =>
      files
        .filter((file) => !customaryNames.test(file.path))
        .filter((file) => !file.path.split('/').every((part) => kebabCase.test(part)))
        .map((file) => findingOn(file, 'is not in kebab-case')),
    fails: [{ 'packages/core/src/jobGraph.ts': '' }, { 'packages/core/src/Job/graph.ts': '' }],
    holds: [{ 'packages/core/src/job-graph.test.ts': '' }, { 'docs/README.md': '' }],
  },
  {
    name: 'No file is called utils, helpers, common, misc or types',
    reason: 'A file is named after what it exports; these names collect what has no place.',
    check: ({ code }) =>
      code
        .filter((file) => {
          const stem = basename(file.path).replace(/(\.test)?\.(ts|js)$/, '')
          return emptyFileWords.has(stem.split('-').at(-1) ?? '')
        })
        .map((file) => findingOn(file, 'has a name that says nothing')),
    fails: [{ 'packages/core/src/types.ts': '' }, { 'test/simulation/task-helpers.ts': '' }],
    holds: [{ 'test/types/must-compile.ts': '' }, { 'packages/core/src/common-key.ts': '' }],
  },
  {
    name: 'No name holds Impl, Helper or Manager, and no type Abstract or Base',
    reason: 'These words stand where the name of the concept should.',
    check: ({ code }) => code.flatMap(emptyNames),
    fails: [
      { 'packages/core/src/a.ts': 'class SourceImpl {}' },
      { 'packages/core/src/a.ts': 'interface AbstractSink {}' },
      { 'packages/core/src/a.ts': 'const checkpointManager = 1' },
    ],
    holds: [{ 'packages/core/src/a.ts': 'const baseOffset = 1\ninterface Database {}' }],
  },
]
