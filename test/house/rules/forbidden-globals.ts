// Sources of nondeterminism: clock, timers, randomness, process, connections. In the packages that
// the simulator runs they are reached through the platform alone, so that a seed decides a run.

import type { SourceFile } from '../repository.ts'
import { type Finding, findingAt, type Rule } from '../rule.ts'
import { identifierName, isNode, type Node } from '../syntax.ts'

/** Packages whose code runs in the simulator, and the folder that is the seam. */
const governed = new Set(['core', 'runtime', 'files', 'kafka'])
const seam = 'packages/runtime/src/platform/'

const clock = 'the clock is read through the platform'
const timer = 'timers are set through the platform'
const random = 'randomness comes from the platform'
const outside = 'the outside world is reached through the platform'

/** Global names that must not occur at all. */
const globals: Readonly<Record<string, string>> = {
  setTimeout: timer,
  setInterval: timer,
  setImmediate: timer,
  performance: clock,
  process: outside,
  crypto: random,
  fetch: outside,
  WebSocket: outside,
  Worker: outside,
}

/** Members of global names that are otherwise fine. */
const members: Readonly<Record<string, string>> = {
  'Date.now': clock,
  'Math.random': random,
}

function isForbiddenModule(specifier: string): boolean {
  return specifier.startsWith('node:') && !pureModules.has(specifier)
}

/** Modules of Node that compute and touch nothing. */
const pureModules = new Set([
  'node:path',
  'node:path/posix',
  'node:url',
  'node:util',
  'node:assert',
])

/**
 * Names from other modules of Node that compute and touch nothing. Decompression has no other way
 * in bounded memory than a stream; it ends in another thread, so the simulator reads no such files.
 */
const pureNames: Readonly<Record<string, RegExp>> = {
  'node:crypto': /^(createHash|createHmac|hash|pbkdf2Sync|timingSafeEqual)$/,
  'node:zlib': /^(crc32|constants|\w+Sync|createGunzip|createZstdDecompress)$/,
}

function importFindings(file: SourceFile): Finding[] {
  return file.syntax.module.staticImports.flatMap(({ moduleRequest, entries, start }) => {
    const specifier = moduleRequest.value
    const pure = pureNames[specifier]
    const takesMore = entries
      .filter((entry) => !entry.isType)
      .some((entry) => pure?.test(entry.importName.name ?? '') !== true)
    const isSideEffect = entries.length === 0
    return isForbiddenModule(specifier) && (takesMore || isSideEffect)
      ? [findingAt(file, start, `${specifier}: ${outside}`)]
      : []
  })
}

/** Names that the file declares itself, which hide the global ones. */
function ownNames(file: SourceFile): ReadonlySet<string> {
  const names = new Set<string>()
  const add = (node: unknown) => {
    const name = identifierName(node)
    if (name !== undefined) names.add(name)
  }
  file.syntax.walk((node) => {
    if (node.type === 'VariableDeclarator' || node.type === 'FunctionDeclaration') add(node['id'])
    if (node.type === 'ImportSpecifier') add(node['local'])
    if (Array.isArray(node['params'])) node['params'].forEach(add)
  })
  return names
}

/** Whether an identifier stands for a value in scope, not for a property, a key or a type. */
function isReference(node: Node, parent: Node | undefined): boolean {
  if (parent === undefined) return true
  const isKey = parent['key'] === node && parent['computed'] !== true && parent['value'] !== node
  const isProperty = parent['property'] === node && parent['computed'] !== true
  return !isKey && !isProperty && !parent.type.startsWith('TS')
}

function globalFindings(file: SourceFile): Finding[] {
  const findings: Finding[] = []
  const own = ownNames(file)
  const add = (node: Node, name: string, why: string) =>
    findings.push(findingAt(file, node.start, `${name}: ${why}`))
  file.syntax.walk((node, parents) => {
    const parent = parents.at(-1)
    const name = identifierName(node)
    if (name !== undefined && !own.has(name) && isReference(node, parent)) {
      if (Object.hasOwn(globals, name)) add(node, name, globals[name] ?? '')
      if (name === 'Date' && readsClock(node, parent)) add(node, 'Date without argument', clock)
    }
    if (node.type === 'MemberExpression') {
      const object = identifierName(node['object'])
      const property = identifierName(node['property']) ?? ''
      const path = `${object}.${property}`
      if (Object.hasOwn(members, path)) add(node, path, members[path] ?? '')
      if (object === 'globalThis' && Object.hasOwn(globals, property)) {
        add(node, path, globals[property] ?? '')
      }
    }
  })
  return findings
}

/** `new Date()` and `Date()` read the clock; `new Date(millis)` does not. */
function readsClock(node: Node, parent: Node | undefined): boolean {
  if (!isNode(parent) || parent['callee'] !== node) return false
  const withoutArgument = (parent['arguments'] as readonly Node[]).length === 0
  return parent.type === 'CallExpression' || withoutArgument
}

const within = (text: string) => ({ 'packages/runtime/src/task/mailbox.ts': text })

export const forbiddenGlobalRules: readonly Rule[] = [
  {
    name: 'Clock, timers, randomness and the outside world are reached through the platform',
    reason: 'One call that goes around the platform makes a simulated run irreproducible.',
    check: ({ sources }) =>
      sources
        .filter((file) => governed.has(file.sourceOf ?? '') && !file.path.startsWith(seam))
        .flatMap((file) => [...importFindings(file), ...globalFindings(file)]),
    fails: [
      within('const at = Date.now()'),
      within('const at = new Date()'),
      within('const at = Date()'),
      within('const dice = () => Math.random()'),
      within('setTimeout(() => {}, 1)'),
      within('const later = { schedule: setImmediate }'),
      within('export const id = crypto.randomUUID()'),
      within('globalThis.setInterval(() => {}, 1)'),
      within('if (process.env.DEBUG) {}'),
      within('const began = performance.now()'),
      within("import { readFile } from 'node:fs/promises'"),
      within("import { createHash, randomUUID } from 'node:crypto'"),
      within("import 'node:net'"),
      within("import { createGzip } from 'node:zlib'"),
      { 'packages/core/src/a.ts': 'fetch(url)' },
      { 'packages/files/src/a.ts': "import { connect } from 'node:net'" },
      { 'packages/kafka/src/a.ts': "import { connect } from 'node:tls'" },
      { 'packages/kafka/src/a.ts': "import { randomBytes } from 'node:crypto'" },
    ],
    holds: [
      within('const at = new Date(0)'),
      within('stream.process({ setTimeout: 1 }); timers.setTimeout(1)'),
      within('function run(process: Operator) { process.open() }'),
      within("import { gzipSync } from 'node:zlib'\nimport type { Stats } from 'node:fs'"),
      within('queueMicrotask(() => {})'),
      within('type Clock = typeof performance'),
      { 'packages/runtime/src/platform/node-clock.ts': 'export const now = () => Date.now()' },
      { 'packages/cli/src/main.ts': 'process.exitCode = 1' },
    ],
  },
]
