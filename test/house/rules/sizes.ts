// How large things may be: files, functions, lines, folders.

import { dirname } from 'node:path'
import type { SourceFile } from '../repository.ts'
import { type Finding, findingAt, findingOn, type Rule } from '../rule.ts'
import { identifierName, isNode, type Node } from '../syntax.ts'

const limits = { fileLines: 500, functionLines: 70, columns: 100, folderFiles: 14 }

const functionTypes = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
])

/** A `describe` callback is a chapter of tests, not a function that somebody has to follow. */
function isChapterOfTests(node: Node, parent: Node | undefined): boolean {
  if (parent?.type !== 'CallExpression' || parent['callee'] === node) return false
  let callee: unknown = parent['callee']
  while (isNode(callee) && callee.type !== 'Identifier')
    callee = callee['callee'] ?? callee['object']
  return identifierName(callee) === 'describe'
}

function longFunctions(file: SourceFile): Finding[] {
  const findings: Finding[] = []
  const { syntax } = file
  syntax.walk((node, parents) => {
    if (!functionTypes.has(node.type) || isChapterOfTests(node, parents.at(-1))) return
    const lines = syntax.lineOf(node.end) - syntax.lineOf(node.start) + 1
    if (lines > limits.functionLines) {
      const message = `function of ${lines} lines, above ${limits.functionLines}`
      findings.push(findingAt(file, node.start, message))
    }
  })
  return findings
}

const longBody = `{\n${'  a()\n'.repeat(70)}}`

export const sizeRules: readonly Rule[] = [
  {
    name: `A file has at most ${limits.fileLines} lines`,
    reason: 'One module, one concept: a file that grows past this holds two.',
    check: ({ code }) =>
      code
        .filter((file) => file.lines.length > limits.fileLines)
        .map((file) => findingOn(file, `${file.lines.length} lines`)),
    fails: [{ 'packages/core/src/a.ts': 'a()\n'.repeat(501) }],
    holds: [{ 'packages/core/src/a.ts': 'a()\n'.repeat(500) }],
  },
  {
    name: `A function has at most ${limits.functionLines} lines`,
    reason: 'A function fits a screen, so that it is read as a whole.',
    check: ({ code }) => code.flatMap(longFunctions),
    fails: [
      { 'packages/core/src/a.ts': `function a() ${longBody}` },
      { 'packages/core/src/a.ts': `class A { a() ${longBody} }` },
      { 'test/a.test.ts': `test('a', () => ${longBody})` },
    ],
    holds: [
      { 'packages/core/src/a.ts': `function a() ${longBody.replace('  a()\n  a()\n', '')}` },
      { 'test/a.test.ts': `describe('a', () => ${longBody})` },
      { 'test/a.test.ts': `describe.each(b)('a', () => ${longBody})` },
    ],
  },
  {
    name: `A line has at most ${limits.columns} columns`,
    reason: 'Two files fit side by side; the formatter cannot break strings and comments.',
    check: ({ code }) =>
      code.flatMap((file) =>
        file.lines.flatMap((line, index) =>
          line.length > limits.columns
            ? [findingOn(file, `${line.length} columns`, index + 1)]
            : [],
        ),
      ),
    fails: [{ 'scripts/a.ts': `// ${'x'.repeat(98)}` }],
    holds: [{ 'scripts/a.ts': `// ${'x'.repeat(97)}` }],
  },
  {
    name: `A folder has at most ${limits.folderFiles} files`,
    reason: 'About a dozen names can be taken in at a glance.',
    check: ({ files }) => {
      const folders = Map.groupBy(files, (file) => dirname(file.path))
      folders.delete('.')
      return [...folders].flatMap(([path, inside]) =>
        inside.length > limits.folderFiles
          ? [{ path, line: 1, message: `${inside.length} files, above ${limits.folderFiles}` }]
          : [],
      )
    },
    fails: [Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`docs/a${n}.md`, '']))],
    holds: [Object.fromEntries(Array.from({ length: 14 }, (_, n) => [`docs/a${n}.md`, '']))],
  },
]
