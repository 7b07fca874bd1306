// The workspace packages as their package.json files describe them, and where an import leads.

import { dirname, posix } from 'node:path'
import type { Repository, SourceFile } from './repository.ts'

export interface Manifest {
  readonly name: string
  readonly version?: string
  readonly license?: string
  readonly type?: string
  readonly private?: boolean
  readonly engines?: Readonly<Record<string, string>>
  readonly files?: readonly string[]
  readonly scripts?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export interface Workspace {
  /** Name of the folder below `packages/`. */
  readonly folder: string
  readonly file: SourceFile
  readonly manifest: Manifest
}

export function workspaces(repository: Repository): readonly Workspace[] {
  return repository.files.flatMap((file) => {
    const folder = /^packages\/([^/]+)\/package\.json$/.exec(file.path)?.[1]
    return folder === undefined ? [] : [{ folder, file, manifest: JSON.parse(file.text) }]
  })
}

/** Name of the npm package in an import: `@sluice/core/connector` gives `@sluice/core`. */
export function packageNameOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Entry points of a package: the sources that its exports name, by subpath. */
export function entriesOf({ folder, manifest }: Workspace): ReadonlyMap<string, string> {
  const targets = Object.entries(manifest.exports ?? {}).flatMap(([subpath, conditions]) => {
    const source = conditions['sluice-source']
    return source === undefined
      ? []
      : [[subpath, posix.join('packages', folder, source)] as [string, string]]
  })
  return new Map(targets)
}

/** Finds the file of this repository that an import means; undefined for anything outside of it. */
export class Resolver {
  readonly #bySpecifier: ReadonlyMap<string, string>

  constructor(repository: Repository) {
    const entries = workspaces(repository).flatMap((workspace) =>
      [...entriesOf(workspace)].map(
        ([subpath, path]) =>
          [posix.join(workspace.manifest.name, subpath), path] as [string, string],
      ),
    )
    this.#bySpecifier = new Map(entries)
  }

  resolve(from: string, specifier: string): string | undefined {
    return specifier.startsWith('.')
      ? posix.join(dirname(from), specifier)
      : this.#bySpecifier.get(specifier)
  }
}
