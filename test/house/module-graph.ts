// Which export is used where, across all files of the repository. Use starts at the imports that
// statements make and at the public entry points, and is followed through files that only pass an
// export on, so that a barrel does not keep alive what nobody takes from it.

import type { Repository, SourceFile } from './repository.ts'
import { identifierName, isNode, type Node } from './syntax.ts'
import { entriesOf, Resolver, workspaces } from './workspaces.ts'

const everything = '*'

/** Entry points that are shared between our packages and promised to nobody. */
const internalSubpaths = new Set(['./internal'])

interface Passed {
  /** Name under which it leaves the file; everything for `export *`. */
  readonly exported: string
  readonly imported: string
  readonly from: string
  readonly isType: boolean
}

export interface ExportedName {
  readonly file: SourceFile
  readonly name: string
  readonly offset: number
}

export interface Declaration {
  readonly file: SourceFile
  readonly name: string
  readonly node: Node
}

interface Module {
  readonly file: SourceFile
  /** Exports declared in the file itself: name outside, name inside. */
  readonly own: ReadonlyMap<string, { readonly local: string; readonly offset: number }>
  readonly passed: readonly Passed[]
  /** What the file's own statements take from others. */
  readonly taken: readonly { readonly name: string; readonly from: string }[]
}

function readModule(file: SourceFile, resolver: Resolver): Module {
  const { module } = file.syntax
  const own = new Map<string, { local: string; offset: number }>()
  const passed: Passed[] = []
  const taken: { name: string; from: string }[] = []
  const take = (name: string, specifier: string) => {
    const from = resolver.resolve(file.path, specifier)
    if (from !== undefined) taken.push({ name, from })
  }
  for (const { entries } of module.staticExports) {
    for (const entry of entries) {
      const name = entry.exportName.name ?? (entry.exportName.kind === 'Default' ? 'default' : null)
      if (entry.moduleRequest === null) {
        if (name !== null) {
          own.set(name, { local: entry.localName.name ?? name, offset: entry.start })
        }
        continue
      }
      const from = resolver.resolve(file.path, entry.moduleRequest.value)
      const imported = entry.importName.name ?? everything
      const { isType } = entry
      if (from !== undefined) passed.push({ exported: name ?? everything, imported, from, isType })
    }
  }
  for (const { moduleRequest, entries } of module.staticImports) {
    for (const { importName } of entries) {
      const whole = importName.kind === 'NamespaceObject' ? everything : 'default'
      take(importName.name ?? whole, moduleRequest.value)
    }
  }
  file.syntax.walk((node) => {
    if (node.type !== 'ImportExpression' && node.type !== 'TSImportType') return
    const source = isNode(node['source']) ? node['source']['value'] : undefined
    if (typeof source === 'string') take(everything, source)
  })
  return { file, own, passed, taken }
}

/** All modules of the repository by path. */
function readModules(repository: Repository): ReadonlyMap<string, Module> {
  const resolver = new Resolver(repository)
  return new Map(repository.code.map((file) => [file.path, readModule(file, resolver)]))
}

/** Calls `reach` for every declared export that `name` of `path` leads to. */
function follow(
  modules: ReadonlyMap<string, Module>,
  path: string,
  name: string,
  reach: (module: Module, name: string) => void,
  seen = new Set<string>(),
): void {
  const module = modules.get(path)
  const key = `${path}\0${name}`
  if (module === undefined || seen.has(key)) return
  seen.add(key)
  for (const own of module.own.keys()) {
    if (name === everything || name === own) reach(module, own)
  }
  for (const { exported, imported, from } of module.passed) {
    if (exported === everything) follow(modules, from, name, reach, seen)
    else if (name === everything || name === exported) {
      follow(modules, from, imported, reach, seen)
    }
  }
}

function publicEntries(repository: Repository): string[] {
  return workspaces(repository).flatMap((workspace) =>
    [...entriesOf(workspace)].flatMap(([subpath, path]) =>
      internalSubpaths.has(subpath) ? [] : [path],
    ),
  )
}

/** Exports of package sources that no import anywhere and no public entry point reaches. */
export function unusedExports(repository: Repository): readonly ExportedName[] {
  const modules = readModules(repository)
  const used = new Set<string>()
  const reach = (module: Module, name: string) => used.add(`${module.file.path}\0${name}`)
  for (const path of publicEntries(repository)) follow(modules, path, everything, reach)
  for (const { taken } of modules.values()) {
    for (const { name, from } of taken) follow(modules, from, name, reach)
  }
  return repository.sources.flatMap((file) =>
    [...(modules.get(file.path)?.own ?? [])].flatMap(([name, { offset }]) =>
      used.has(`${file.path}\0${name}`) ? [] : [{ file, name, offset }],
    ),
  )
}

/**
 * Values that an internal entry point passes on although no other file takes them from it. Types
 * are free: they go with the values whose signatures name them.
 */
export function unusedInternals(repository: Repository): readonly ExportedName[] {
  const modules = readModules(repository)
  const all = [...modules.values()]
  const taken = new Set([
    ...all.flatMap((module) => module.taken.map(({ name, from }) => `${from}\0${name}`)),
    ...all.flatMap((module) => module.passed.map(({ imported, from }) => `${from}\0${imported}`)),
  ])
  return workspaces(repository).flatMap((workspace) =>
    [...entriesOf(workspace)].flatMap(([subpath, path]) => {
      const module = internalSubpaths.has(subpath) ? modules.get(path) : undefined
      if (module === undefined || taken.has(`${path}\0${everything}`)) return []
      return module.passed
        .filter(({ exported, isType }) => exported !== everything && !isType)
        .filter(({ exported }) => !taken.has(`${path}\0${exported}`))
        .map(({ exported: name }) => ({ file: module.file, name, offset: 0 }))
    }),
  )
}

/** The statements that declare what the public entry points export. */
export function publicDeclarations(repository: Repository): readonly Declaration[] {
  const modules = readModules(repository)
  const found = new Map<string, Declaration>()
  const reach = ({ file, own }: Module, name: string) => {
    const local = own.get(name)?.local ?? name
    const node = declarationOf(file, local)
    if (node !== undefined) found.set(`${file.path}\0${name}`, { file, name, node })
  }
  for (const path of publicEntries(repository)) follow(modules, path, everything, reach)
  return [...found.values()]
}

/** The top-level statement of `file` that declares `name`; the first one of overloads. */
function declarationOf(file: SourceFile, name: string): Node | undefined {
  return (file.syntax.program['body'] as Node[]).find((statement) => {
    const declaration = isNode(statement['declaration']) ? statement['declaration'] : statement
    if (identifierName(declaration['id']) === name) return true
    const declarators = declaration['declarations']
    return (
      Array.isArray(declarators) &&
      declarators.some((declarator: Node) => identifierName(declarator['id']) === name)
    )
  })
}
