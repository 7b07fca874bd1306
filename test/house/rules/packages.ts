// What the packages declare: exports that match their sources, dependencies that match their
// imports, one version, and nothing in a published package that only a clone can use.

import { posix } from 'node:path'
import type { Repository } from '../repository.ts'
import { type Finding, findingAt, findingOn, type Rule } from '../rule.ts'
import { identifierName, isNode } from '../syntax.ts'
import { type Manifest, packageNameOf, type Workspace, workspaces } from '../workspaces.ts'

const exactVersion = /^\d+\.\d+\.\d+(-[\w.]+)?$/

function findEach(
  repository: Repository,
  problemsOf: (manifest: Manifest, workspace: Workspace) => readonly string[],
): Finding[] {
  return workspaces(repository).flatMap((workspace) =>
    problemsOf(workspace.manifest, workspace).map((message) => findingOn(workspace.file, message)),
  )
}

function exportProblems(repository: Repository): Finding[] {
  return findEach(repository, ({ exports = {} }, { folder }) =>
    Object.entries(exports).flatMap(([subpath, conditions]) => {
      const source = conditions['sluice-source'] ?? ''
      const built = source.replace('./src/', './dist/').replace(/\.ts$/, '')
      const wanted = {
        'sluice-source': source,
        types: `${built}.d.ts`,
        default: `${built}.js`,
      }
      const problems: string[] = []
      if (JSON.stringify(conditions) !== JSON.stringify(wanted)) {
        problems.push(`export ${subpath}: is not ${JSON.stringify(wanted)}, in this order`)
      }
      if (repository.file(posix.join('packages', folder, source)) === undefined) {
        problems.push(`export ${subpath}: ${source} does not exist`)
      }
      return problems
    }),
  )
}

function publishingProblems(repository: Repository): Finding[] {
  const version = workspaces(repository)[0]?.manifest.version
  return findEach(repository, (manifest, { folder }) => {
    const checks: readonly [boolean, string][] = [
      [manifest.name === (folder === 'sluice' ? folder : `@sluice/${folder}`), 'name'],
      [manifest.version === version, 'version: all packages have one'],
      [manifest.license === 'Apache-2.0', 'license'],
      [manifest.type === 'module', 'type'],
      [manifest.engines?.['node'] === '>=24', 'engines'],
      [manifest.files?.includes('dist') === true, 'files: dist is missing'],
      [manifest.files?.every((path) => !path.startsWith('src')) === true, 'files: src is in it'],
      [manifest.scripts?.['prepack'] === 'node ../../scripts/prepack.js', 'scripts: prepack'],
    ]
    return checks.filter(([holds]) => !holds).map(([, name]) => `wrong ${name}`)
  })
}

function dependencyProblems(repository: Repository): Finding[] {
  return findEach(repository, (manifest, { folder }) => {
    const { dependencies = {}, peerDependencies = {}, optionalDependencies = {} } = manifest
    const declared = { ...dependencies, ...peerDependencies, ...optionalDependencies }
    const imported = importedPackages(repository, folder)
    return [
      ...Object.entries(declared)
        .filter(([, range]) => !exactVersion.test(range))
        .map(([name, range]) => `${name} is not pinned: ${range}`),
      ...Object.entries(declared)
        .filter(([name, range]) => name.startsWith('@sluice/') && range !== manifest.version)
        .map(([name]) => `${name} is not of the version of this package`),
      ...[...imported]
        .filter((name) => !Object.hasOwn(declared, name))
        .map((name) => `${name} is imported and not declared`),
      ...Object.keys(declared)
        .filter((name) => !imported.has(name))
        .map((name) => `${name} is declared and not imported`),
    ]
  })
}

/** Names of the packages that the shipped files of a workspace import. */
function importedPackages(repository: Repository, folder: string): ReadonlySet<string> {
  const shipped = new RegExp(`^packages/${folder}/(src|bin)/`)
  const specifiers = repository.code
    .filter((file) => shipped.test(file.path))
    .flatMap((file) => {
      const { staticImports, staticExports, dynamicImports } = file.syntax.module
      return [
        ...staticImports.map((each) => each.moduleRequest.value),
        ...staticExports.flatMap((each) => each.entries.map((entry) => entry.moduleRequest?.value)),
        ...dynamicImports.map(({ moduleRequest: { start, end } }) =>
          /^['"](.*)['"]$/.exec(file.text.slice(start, end))?.at(1),
        ),
      ]
    })
  const packages = specifiers
    .filter((specifier) => specifier !== undefined)
    .filter((specifier) => !/^(\.|node:)/.test(specifier))
  return new Set(packages.map(packageNameOf))
}

/** `new URL('./a.ts', import.meta.url)` in a source: the built package has no such file. */
function sourceUrls(repository: Repository): Finding[] {
  return repository.sources.flatMap((file) => {
    const findings: Finding[] = []
    file.syntax.walk((node) => {
      if (node.type !== 'NewExpression' || identifierName(node['callee']) !== 'URL') return
      const argument = (node['arguments'] as unknown[])[0]
      const path = isNode(argument) ? argument['value'] : undefined
      if (typeof path === 'string' && path.startsWith('.') && path.endsWith('.ts')) {
        findings.push(
          findingAt(
            file,
            node.start,
            `${path} is not in the built package; take the extension of import.meta.url`,
          ),
        )
      }
    })
    return findings
  })
}

function lockedAddresses(repository: Repository): Finding[] {
  const lock = repository.file('package-lock.json')
  return (lock?.lines ?? []).flatMap((line, index) =>
    lock !== undefined && /"resolved": "(?!packages\/)/.test(line)
      ? [findingOn(lock, 'holds a download address', index + 1)]
      : [],
  )
}

/**
 * Optional packages that the lock file does not hold: the registry had no such version for a
 * platform when it was written. `npm install` passes over that, `npm ci` refuses the whole lock
 * file.
 */
function unlockedPlatforms(repository: Repository): Finding[] {
  const lock = repository.file('package-lock.json')
  if (lock === undefined) return []
  const packages: Readonly<Record<string, Manifest>> = JSON.parse(lock.text).packages
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter(
        (name) => !Object.keys(packages).some((each) => each.endsWith(`node_modules/${name}`)),
      )
      .map((name) => findingOn(lock, `${name}, optional for ${path || 'the root'}, is missing`)),
  )
}

function unpinnedAtRoot(repository: Repository): Finding[] {
  const root = repository.file('package.json')
  if (root === undefined) return []
  const { devDependencies, optionalDependencies }: Manifest = JSON.parse(root.text)
  return Object.entries({ ...devDependencies, ...optionalDependencies })
    .filter(([, range]) => !exactVersion.test(range))
    .map(([name, range]) => findingOn(root, `${name} is not pinned: ${range}`))
}

const sound = {
  name: '@sluice/core',
  version: '0.1.0',
  license: 'Apache-2.0',
  type: 'module',
  engines: { node: '>=24' },
  files: ['dist'],
  scripts: { prepack: 'node ../../scripts/prepack.js' },
  exports: {
    '.': {
      'sluice-source': './src/index.ts',
      types: './dist/index.d.ts',
      default: './dist/index.js',
    },
  },
}

const plant = (changes: object, source = '// A.') => ({
  'packages/core/package.json': JSON.stringify({ ...sound, ...changes }),
  'packages/core/src/index.ts': source,
})

const exportOf = (conditions: object) => plant({ exports: { '.': conditions } })

export const packageRules: readonly Rule[] = [
  {
    name: 'Exports name a source and what is built from it',
    reason:
      'A clone runs the sources and an installed package the build: they are the same modules.',
    check: exportProblems,
    fails: [
      exportOf({ 'sluice-source': './src/b.ts', types: './dist/b.d.ts', default: './dist/b.js' }),
      exportOf({ ...sound.exports['.'], default: './dist/main.js' }),
      exportOf({ default: './dist/index.js', 'sluice-source': './src/index.ts' }),
    ],
    holds: [plant({})],
  },
  {
    name: 'Packages are published alike',
    reason: 'One version, one licence, one way to build; no source that only a clone can run.',
    check: publishingProblems,
    fails: [
      plant({ files: ['dist', 'src'] }),
      plant({ name: 'core' }),
      plant({ license: 'MIT' }),
      plant({ scripts: {} }),
    ],
    holds: [plant({})],
  },
  {
    name: 'Packages declare what they import, pinned, and nothing else',
    reason:
      'In this repository every package is found, in an empty project only the declared ones.',
    check: dependencyProblems,
    fails: [
      plant({}, "import { z } from 'zod'"),
      plant({}, "const { z } = await import('zod/mini')"),
      plant({ dependencies: { zod: '1.0.0' } }),
      plant({ dependencies: { zod: '^1.0.0' } }, "import { z } from 'zod'"),
      plant({ dependencies: { '@sluice/a': '0.0.9' } }, "import { a } from '@sluice/a'"),
    ],
    holds: [plant({ dependencies: { zod: '1.0.0' } }, "export { z } from 'zod/mini'")],
  },
  {
    name: 'No source finds a module by a URL that ends in .ts',
    reason:
      'The compiler rewrites import paths and leaves strings alone, so the build would miss it.',
    check: sourceUrls,
    fails: [plant({}, "new Worker(new URL('./worker-entry.ts', import.meta.url))")],
    holds: [plant({}, 'new URL(`./worker-entry${extension}`, import.meta.url)')],
  },
  {
    name: 'The lock file holds no download address',
    reason: 'Everybody installs from the registry that the client is set up for.',
    check: lockedAddresses,
    fails: [{ 'package-lock.json': '{\n"resolved": "https://example.org/a.tgz"\n}' }],
    holds: [{ 'package-lock.json': '{\n"resolved": "packages/core", "url": "https://a.org"\n}' }],
  },
  {
    name: 'The lock file holds the packages of every platform',
    reason:
      '`npm ci` refuses it otherwise, everywhere; take a version that exists for all platforms.',
    check: unlockedPlatforms,
    fails: [
      { 'package-lock.json': '{"packages":{"":{"optionalDependencies":{"a-linux":"1.0.0"}}}}' },
    ],
    holds: [
      {
        'package-lock.json': JSON.stringify({
          packages: {
            'node_modules/a': { optionalDependencies: { '@a/linux': '1.0.0' } },
            'node_modules/@a/linux': { version: '1.0.0' },
          },
        }),
      },
    ],
  },
  {
    name: 'The tools of the repository are pinned',
    reason: 'A check that is green today is green tomorrow.',
    check: unpinnedAtRoot,
    fails: [{ 'package.json': '{ "devDependencies": { "a": "^1.0.0" } }' }],
    holds: [{ 'package.json': '{ "devDependencies": { "a": "1.0.0" } }' }],
  },
]
