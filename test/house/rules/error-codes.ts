// Error codes: a closed list in core, and a section of the documentation for each.

import type { Repository } from '../repository.ts'
import { type Finding, findingAt, findingOn, type Rule } from '../rule.ts'
import { identifierName, isNode, type Node } from '../syntax.ts'

const listPath = 'packages/core/src/errors.ts'
const documentPath = 'docs/errors.md'

/** The properties of `errorCodes`, by name with their offsets. */
function listedCodes(repository: Repository): ReadonlyMap<string, number> {
  const codes = new Map<string, number>()
  repository.file(listPath)?.syntax.walk((node) => {
    if (node.type !== 'VariableDeclarator' || identifierName(node['id']) !== 'errorCodes') return
    let list = node['init'] as Node
    while (isNode(list['expression'])) list = list['expression']
    for (const property of list['properties'] as Node[]) {
      codes.set(identifierName(property['key']) ?? '', property.start)
    }
  })
  return codes
}

/** Headings that are a code, by code with their lines. */
function documentedCodes(repository: Repository): ReadonlyMap<string, number> {
  const lines = repository.file(documentPath)?.lines ?? []
  return new Map(
    lines.flatMap((line, index) => {
      const code = /^#+\s+`?([A-Z][A-Z0-9_]+)`?\s*$/.exec(line)?.[1]
      return code === undefined ? [] : [[code, index + 1] as const]
    }),
  )
}

function differences(repository: Repository): Finding[] {
  const list = repository.file(listPath)
  if (list === undefined) return []
  const listed = listedCodes(repository)
  const documented = documentedCodes(repository)
  const missing = [...listed]
    .filter(([code]) => !documented.has(code))
    .map(([code, offset]) => findingAt(list, offset, `${code} has no section in ${documentPath}`))
  const unknown = [...documented]
    .filter(([code]) => !listed.has(code))
    .map(([code, line]) => ({ path: documentPath, line, message: `${code} is not in ${listPath}` }))
  return listed.size === 0 ? [findingOn(list, 'lists no errorCodes')] : [...missing, ...unknown]
}

function unusedCodes(repository: Repository): Finding[] {
  const list = repository.file(listPath)
  if (list === undefined) return []
  const others = repository.sources.filter((file) => file !== list).map((file) => file.text)
  return [...listedCodes(repository)]
    .filter(([code]) => !others.some((text) => text.includes(`'${code}'`)))
    .map(([code, offset]) => findingAt(list, offset, `${code} is raised nowhere`))
}

const list = { [listPath]: 'export const errorCodes = { A_CODE: user, B_CODE: user } as const' }
const checked = {
  [listPath]: 'export const errorCodes = { A_CODE: user } as const satisfies Codes',
}

export const errorCodeRules: readonly Rule[] = [
  {
    name: 'Every error code has a section in the documentation, and every section a code',
    reason: 'Whoever sees a code can look it up.',
    check: differences,
    fails: [
      list,
      { ...list, [documentPath]: '## A_CODE\n' },
      { ...checked, [documentPath]: '## A_CODE\n## C_CODE\n' },
      { [listPath]: '// Nothing.' },
    ],
    holds: [
      { ...list, [documentPath]: '# Errors\n## A_CODE\n### `B_CODE`\n' },
      { ...checked, [documentPath]: '## A_CODE\n' },
    ],
  },
  {
    name: 'Every error code is raised somewhere',
    reason: 'A code that is never raised documents a behaviour that does not exist.',
    check: unusedCodes,
    fails: [list],
    holds: [{ ...checked, 'packages/core/src/a.ts': "throw new SluiceError('A_CODE')" }],
  },
]
