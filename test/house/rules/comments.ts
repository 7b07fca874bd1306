// Comments: every module says what it owns, every public export what it does, and code that does
// not run is not kept as a comment.

import type { Comment } from 'oxc-parser'
import { publicDeclarations } from '../module-graph.ts'
import type { Repository, SourceFile } from '../repository.ts'
import { type Finding, findingAt, findingOn, type Rule } from '../rule.ts'
import { type Node, parsesTo, type Syntax } from '../syntax.ts'

const headerLines = 8

/** Comments in blocks: line comments that follow each other line by line are one. */
function commentBlocks(syntax: Syntax, from = 0): Comment[][] {
  const blocks: Comment[][] = []
  for (const comment of syntax.comments) {
    if (comment.start < from) continue
    const block = blocks.at(-1)
    const last = block?.at(-1)
    const follows =
      last?.type === 'Line' &&
      comment.type === 'Line' &&
      syntax.lineOf(comment.start) === syntax.lineOf(last.end) + 1
    if (block !== undefined && follows) block.push(comment)
    else blocks.push([comment])
  }
  return blocks
}

/** A file of tests needs no header: the names of its tests are sentences. */
function isTestFile(file: SourceFile): boolean {
  return file.path.endsWith('.test.ts')
}

function headerFinding(file: SourceFile): Finding[] {
  const { syntax } = file
  const hashbang = file.text.startsWith('#!') ? file.text.indexOf('\n') + 1 : 0
  // The parser lists a hashbang as a comment, which is not the header.
  const header = commentBlocks(syntax, hashbang)[0]
  const first = header?.[0]
  const last = header?.at(-1)
  if (first === undefined || last === undefined || !syntax.isBlankBetween(hashbang, first.start)) {
    return [findingOn(file, 'does not begin with a comment that says what the module owns')]
  }
  const lines = syntax.lineOf(last.end) - syntax.lineOf(first.start) + 1
  return lines > headerLines
    ? [findingOn(file, `has a header of ${lines} lines, above ${headerLines}`)]
    : []
}

const codeStatements = new Set([
  'VariableDeclaration',
  'FunctionDeclaration',
  'ClassDeclaration',
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'IfStatement',
  'ForStatement',
  'ForOfStatement',
  'WhileStatement',
  'ReturnStatement',
  'ThrowStatement',
])

const codeExpressions = new Set(['CallExpression', 'AssignmentExpression', 'AwaitExpression'])

function isCodeStatement(statement: Node): boolean {
  const expression = statement['expression'] as Node | undefined
  return (
    codeStatements.has(statement.type) ||
    (statement.type === 'ExpressionStatement' &&
      expression !== undefined &&
      codeExpressions.has(expression.type))
  )
}

function commentedCode(file: SourceFile): Finding[] {
  return commentBlocks(file.syntax).flatMap((block) => {
    const first = block[0]
    if (first?.type !== 'Line') return []
    const text = block.map((comment) => comment.value).join('\n')
    return parsesTo(text, isCodeStatement)
      ? [findingAt(file, first.start, 'is code that was commented out')]
      : []
  })
}

function undocumentedExports(repository: Repository): Finding[] {
  return publicDeclarations(repository).flatMap(({ file, name, node }) => {
    const { syntax } = file
    const documented = syntax.comments.some(
      (comment) =>
        comment.type === 'Block' &&
        comment.value.startsWith('*') &&
        comment.end <= node.start &&
        syntax.isBlankBetween(comment.end, node.start),
    )
    return documented ? [] : [findingAt(file, node.start, `${name} is public and has no TSDoc`)]
  })
}

const entry = (exports: string) => JSON.stringify({ name: 'a', exports: JSON.parse(exports) })
const packageA = { 'packages/a/package.json': entry('{".":{"sluice-source":"./src/index.ts"}}') }

export const commentRules: readonly Rule[] = [
  {
    name: `Every module begins with a comment of one to ${headerLines} lines`,
    reason: 'A reader learns what the module owns and which invariant it keeps before the code.',
    check: ({ code }) => code.filter((file) => !isTestFile(file)).flatMap(headerFinding),
    fails: [
      { 'packages/core/src/a.ts': 'export const a = 1\n// Late.' },
      { 'packages/core/src/a.ts': '// Line.\n'.repeat(9) },
      { 'scripts/a.js': '#!/usr/bin/env node\nexport const a = 1' },
    ],
    holds: [
      { 'packages/core/src/a.ts': '// Owns a.\n\nexport const a = 1' },
      { 'packages/core/src/a.ts': '/** Owns a. */\n\nexport const a = 1' },
      { 'scripts/a.js': '#!/usr/bin/env node\n// Owns a.\nexport const a = 1' },
      { 'packages/core/test/a.test.ts': "test('a is one', () => {})" },
    ],
  },
  {
    name: 'No comment holds code',
    reason: 'What no longer runs is in the history; what does not run yet belongs nowhere.',
    check: ({ code }) => code.flatMap(commentedCode),
    fails: [
      { 'packages/core/src/a.ts': '// const a = 1' },
      { 'packages/core/src/a.ts': '// if (a) {\n//   b()\n// }' },
    ],
    holds: [{ 'packages/core/src/a.ts': '// The value of a, if any; then b.' }],
  },
  {
    name: 'Every public export carries TSDoc',
    reason: 'The editor shows it where the export is used.',
    check: undocumentedExports,
    fails: [
      { ...packageA, 'packages/a/src/index.ts': '// A.\n\nexport const a = 1' },
      {
        ...packageA,
        'packages/a/src/index.ts': "export { b } from './b.ts'",
        'packages/a/src/b.ts': 'export function b() {}',
      },
    ],
    holds: [
      { ...packageA, 'packages/a/src/index.ts': '/** One. */\nexport const a = 1' },
      {
        ...packageA,
        'packages/a/src/index.ts': "export { b } from './b.ts'",
        'packages/a/src/b.ts': '/** Two. */\nfunction b() {}\nexport { b }\nexport function c() {}',
      },
    ],
  },
]
