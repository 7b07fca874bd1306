// Import directions: which package may import which, the order of the folders inside core and
// runtime, and no circles between folders. It is what keeps a part understandable without the rest.

import type { Repository, SourceFile } from '../repository.ts'
import { type Finding, findingAt, type Rule } from '../rule.ts'
import { packageNameOf, Resolver } from '../workspaces.ts'

/** What each workspace package may import of the others; a connector imports core alone. */
const packageDirections: Readonly<Record<string, readonly string[]>> = {
  core: [],
  runtime: ['core'],
  testing: ['core', 'runtime'],
  cli: ['core', 'runtime'],
  sluice: ['core', 'runtime', 'files', 'testing', 'cli'],
}
const connectorDirections = ['core']

/** Folders from the lowest up: each imports from its own level and those before it. */
const folderLevels: Readonly<Record<string, readonly (readonly string[])[]>> = {
  core: [['time', 'state', 'aggregate'], ['window'], ['join'], ['stream'], ['job']],
  runtime: [
    ['platform'],
    ['storage', 'metrics'],
    ['state', 'network', 'checkpoint'],
    ['task'],
    ['worker'],
    ['restore'],
    ['coordinator'],
    ['savepoint-tools', 'http'],
  ],
}

/** Packages that core may name in types, so that nothing is installed or run because of it. */
const typesOfCore = new Set(['@standard-schema/spec'])

interface Edge {
  readonly file: SourceFile
  readonly offset: number
  readonly specifier: string
  /** The file of this repository that is meant, if it is one. */
  readonly target: string | undefined
  readonly isType: boolean
}

function edgesOf(file: SourceFile, resolver: Resolver): Edge[] {
  const { staticImports, staticExports, dynamicImports } = file.syntax.module
  const edge = (specifier: string, offset: number, isType: boolean): Edge => {
    return { file, offset, specifier, target: resolver.resolve(file.path, specifier), isType }
  }
  const imports = staticImports.map(({ moduleRequest, entries, start }) => {
    const isType = entries.length > 0 && entries.every((entry) => entry.isType)
    return edge(moduleRequest.value, start, isType)
  })
  const exports = staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest, start, isType }) =>
      moduleRequest === null ? [] : [edge(moduleRequest.value, start, isType)],
    ),
  )
  const dynamic = dynamicImports.flatMap(({ start, moduleRequest }) => {
    const text = file.text.slice(moduleRequest.start, moduleRequest.end)
    const specifier = /^['"](.*)['"]$/.exec(text)?.[1]
    return specifier === undefined ? [] : [edge(specifier, start, false)]
  })
  return [...imports, ...exports, ...dynamic]
}

function sourceEdges(repository: Repository): Edge[] {
  const resolver = new Resolver(repository)
  return repository.sources.flatMap((file) => edgesOf(file, resolver))
}

function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1]
}

/** The folder directly below `src`, or undefined for the files beside the folders. */
function folderOf(path: string): string | undefined {
  return /^packages\/[^/]+\/src\/([^/]+)\//.exec(path)?.[1]
}

function wrongPackages(repository: Repository): Finding[] {
  return sourceEdges(repository).flatMap(({ file, offset, specifier, target }) => {
    const from = packageOf(file.path) ?? ''
    const to = target === undefined ? undefined : packageOf(target)
    if (to === from) return []
    if (specifier.startsWith('.')) {
      return [findingAt(file, offset, `${specifier} leaves the package by its path`)]
    }
    const ours = /^@sluice\/|^sluice(\/|$)/.test(specifier)
    const name = to ?? (ours ? packageNameOf(specifier).replace('@sluice/', '') : undefined)
    const allowed = packageDirections[from] ?? connectorDirections
    return name === undefined || allowed.includes(name)
      ? []
      : [findingAt(file, offset, `${from} does not import ${name}`)]
  })
}

function foreignToCore(repository: Repository): Finding[] {
  return sourceEdges(repository)
    .filter(({ file, specifier }) => file.sourceOf === 'core' && !specifier.startsWith('.'))
    .filter(({ specifier, isType }) => !(isType && typesOfCore.has(specifier)))
    .map(({ file, offset, specifier }) => findingAt(file, offset, `core imports ${specifier}`))
}

function wrongLevels(repository: Repository): Finding[] {
  return sourceEdges(repository).flatMap(({ file, offset, target }) => {
    const levels = folderLevels[file.sourceOf ?? ''] ?? []
    const levelOf = (path: string) =>
      levels.findIndex((level) => level.includes(folderOf(path) ?? ''))
    if (target === undefined || packageOf(target) !== file.sourceOf) return []
    const from = levelOf(file.path)
    const to = levelOf(target)
    return from >= 0 && to > from
      ? [findingAt(file, offset, `${folderOf(file.path)} comes before ${folderOf(target)}`)]
      : []
  })
}

/** Imports between folders of one package that are part of a circle. */
function circles(repository: Repository): Finding[] {
  const edges = sourceEdges(repository).flatMap((edge) => {
    const from = folderOf(edge.file.path)
    const to = edge.target === undefined ? undefined : folderOf(edge.target)
    const inside = packageOf(edge.target ?? '') === edge.file.sourceOf
    return from === undefined || to === undefined || from === to || !inside
      ? []
      : [{ edge, from: `${edge.file.sourceOf}/${from}`, to: `${edge.file.sourceOf}/${to}` }]
  })
  const next = Map.groupBy(edges, ({ from }) => from)
  const reaches = (start: string, goal: string): boolean => {
    const seen = new Set([start])
    for (const folder of seen) for (const { to } of next.get(folder) ?? []) seen.add(to)
    return seen.has(goal)
  }
  return edges
    .filter(({ from, to }) => reaches(to, from))
    .map(({ edge, from, to }) =>
      findingAt(edge.file, edge.offset, `closes a circle between ${from} and ${to}`),
    )
}

const manifests = Object.fromEntries(
  ['core', 'runtime', 'files', 'kafka'].map((folder) => [
    `packages/${folder}/package.json`,
    JSON.stringify({
      name: `@sluice/${folder}`,
      exports: { '.': { 'sluice-source': './src/index.ts' } },
    }),
  ]),
)

const plant = (path: string, text: string) => ({ ...manifests, [`packages/${path}`]: text })

export const importRules: readonly Rule[] = [
  {
    name: 'Packages import one way: core <- connectors, core <- runtime <- testing and cli',
    reason: 'The runtime knows no connector, a connector knows no engine, core knows neither.',
    check: wrongPackages,
    fails: [
      plant('core/src/a.ts', "import { a } from '@sluice/runtime'"),
      plant('runtime/src/a.ts', "import type { a } from '@sluice/files'"),
      plant('files/src/a.ts', "export { a } from '@sluice/runtime'"),
      plant('kafka/src/a.ts', "await import('@sluice/files')"),
      plant('runtime/src/a.ts', "import { a } from '../../core/src/a.ts'"),
      plant('runtime/src/a.ts', "import { a } from 'sluice/test'"),
    ],
    holds: [
      plant('files/src/a.ts', "import { a } from '@sluice/core'\nimport { b } from 'hyparquet'"),
      plant('kafka/src/a.ts', "import { a } from '@sluice/core'"),
      plant('sluice/src/a.ts', "export { a } from '@sluice/files'"),
      plant('runtime/src/a.ts', "import { a } from './b.ts'\nimport fs from 'node:fs'"),
    ],
  },
  {
    name: 'Core imports neither Node nor any package, but for types',
    reason: 'It runs on any host: worker thread, simulator, a process beside Flink, a browser.',
    check: foreignToCore,
    fails: [
      plant('core/src/a.ts', "import { join } from 'node:path'"),
      plant('core/src/a.ts', "import { z } from 'zod'"),
      plant('core/src/a.ts', "import { StandardSchemaV1 } from '@standard-schema/spec'"),
    ],
    holds: [
      plant('core/src/a.ts', "import type { StandardSchemaV1 } from '@standard-schema/spec'"),
    ],
  },
  {
    name: 'Folders of core and runtime import only what comes before them',
    reason: 'The order of the folders is the order in which the parts can be understood.',
    check: wrongLevels,
    fails: [
      plant('core/src/window/a.ts', "import { a } from '../stream/a.ts'"),
      plant('runtime/src/storage/a.ts', "import { a } from '../checkpoint/a.ts'"),
      plant('runtime/src/task/a.ts', "export * from '../coordinator/deep/a.ts'"),
    ],
    holds: [
      plant('core/src/job/a.ts', "import { a } from '../stream/a.ts'"),
      plant('core/src/state/a.ts', "import { a } from '../time/a.ts'"),
      plant('runtime/src/task/a.ts', "import { a } from '../platform/a.ts'"),
    ],
  },
  {
    name: 'Folders of a package do not import each other in a circle',
    reason: 'Parts in a circle are one part.',
    check: circles,
    fails: [
      {
        'packages/core/src/time/a.ts': "import { b } from '../state/b.ts'",
        'packages/core/src/state/b.ts': "import type { c } from '../graph/c.ts'",
        'packages/core/src/graph/c.ts': "import { a } from '../time/a.ts'",
      },
    ],
    holds: [
      {
        'packages/core/src/time/a.ts': "import { b } from '../state/b.ts'",
        'packages/core/src/state/b.ts': "import { a } from '../errors.ts'",
        'packages/core/src/errors.ts': "import { a } from './time/a.ts'",
        'packages/files/src/state/b.ts': "import { a } from '../time/a.ts'",
      },
    ],
  },
]
