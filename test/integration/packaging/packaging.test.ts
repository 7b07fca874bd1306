// What users get: the packages as npm would publish them, installed into an empty project outside
// of this clone, imported, type-checked and run there on Node 24.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { olderNode } from './older-node.ts'
import { PublishedProject, root } from './published-project.ts'

const node = process.execPath
const timeoutMs = 180_000
let project: PublishedProject

beforeAll(async () => {
  project = await PublishedProject.create()
}, timeoutMs)

afterAll(async () => {
  await project?.remove()
})

/** Every import path that the packages offer: `sluice`, `sluice/test`, `@sluice/core` and so on. */
function entryPoints(): string[] {
  return project.packed.flatMap(({ name }) => {
    const folder = name.replace('@sluice/', '')
    const manifest = readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')
    return Object.keys(JSON.parse(manifest).exports).map((path) => name + path.slice(1))
  })
}

const belongs =
  /^(LICENSE|README\.md|package\.json|native\/addon\.cc|(dist|bin)\/.*(\.js|\.d\.ts))$/

describe('a published package', () => {
  test('holds JavaScript, declarations and the licence, and no TypeScript source', () => {
    expect(project.packed.map(({ name }) => name)).toContain('@sluice/kafka')
    expect(project.packed.length).toBeGreaterThanOrEqual(8)
    for (const { name, files } of project.packed) {
      const paths = files.map(({ path }) => path)
      expect(paths, name).toEqual(expect.arrayContaining(['LICENSE', 'dist/index.js']))
      expect(paths, name).toContain('dist/index.d.ts')
      // What is native is compiled where it is installed.
      const surplus = paths.filter((path) => !belongs.test(path))
      expect(surplus, name).toEqual([])
    }
  })

  test('is imported at every entry point without a condition', async () => {
    const imports = entryPoints().map((path) => `await import('${path}')`)
    await project.write('imports.js', imports.join('\n'))
    const { code, stderr } = await project.run(node, 'imports.js')
    expect(stderr).toBe('')
    expect(code).toBe(0)
  })

  test('type-checks at every entry point, declarations included', {
    timeout: timeoutMs,
  }, async () => {
    const imports = entryPoints().map((path, nth) => `export * as e${nth} from '${path}'`)
    await project.write('imports.ts', imports.join('\n'))
    await project.write('tsconfig.json', JSON.stringify(strictestUser))
    const { code, stdout } = await project.run(join(root, 'node_modules/.bin/tsc'), '-p', '.')
    expect(stdout).toBe('')
    expect(code).toBe(0)
  })
})

/** The settings of a user who checks everything, our declarations too. */
const strictestUser = {
  compilerOptions: {
    target: 'es2024',
    lib: ['es2024', 'esnext.iterator', 'esnext.disposable', 'esnext.sharedmemory', 'esnext.array'],
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    typeRoots: [join(root, 'node_modules/@types')],
    types: ['node'],
  },
  files: ['imports.ts'],
}

describe('the sluice command of an installed package', () => {
  test('says on an older Node which one it needs and how to get it', async (context) => {
    const older = olderNode()
    if (older === undefined) return context.skip('there is no Node older than 24 on this machine')
    const { code, stderr } = await project.run(older, 'node_modules/.bin/sluice', '--version')
    expect(stderr).toContain('Sluice needs Node 24 or newer, and this is Node ')
    expect(stderr).toContain('nvm install 24')
    expect(code).toBe(2)
  })

  test('runs a TypeScript job of the project over worker threads, exactly once', async () => {
    await project.write('orders.ndjson', orderLines(10_000))
    await project.write('job.ts', job)
    const { code, stdout, stderr } = await project.run(
      node,
      'node_modules/sluice/bin/sluice.js',
      'run',
      'job.ts',
    )
    expect(stderr).toContain("finished 'packed'")
    expect(stdout).toBe('')
    expect(code).toBe(0)
    const results = await project.read('out', /\.ndjson$/)
    const shops = results.map((line) => JSON.parse(line) as { shop: string; orders: number })
    expect(shops.toSorted((a, b) => (a.shop < b.shop ? -1 : 1))).toEqual([
      { shop: 'oslo', orders: 5000 },
      { shop: 'rome', orders: 5000 },
    ])
  })

  test('runs a test of the project under node:test', async () => {
    await project.write('job.test.ts', jobTest)
    const { code, stdout } = await project.run(node, '--test', 'job.test.ts')
    expect(stdout).toContain('pass 1')
    expect(code).toBe(0)
  })
})

function orderLines(count: number): string {
  const lines = Array.from({ length: count }, (_, at) =>
    JSON.stringify({ shop: at % 2 === 0 ? 'rome' : 'oslo', at }),
  )
  return `${lines.join('\n')}\n`
}

const job = `
import { fileSink, fileSource, ndjson } from '@sluice/files'
import { count, defineJob, json, tumbling } from 'sluice'

interface Order { readonly shop: string; readonly at: number }

export default defineJob({
  name: 'packed',
  parallelism: 2,
  graph(job) {
    job
      .from('orders', fileSource({ path: 'orders.ndjson', format: ndjson<Order>() }), {
        eventTime: (order) => order.at,
      })
      .keyBy((order) => order.shop)
      .window(tumbling('1h'))
      .aggregate('per-hour', { orders: count() })
      .map(({ key, value }) => ({ shop: key, ...value }))
      .to('out', fileSink({ path: 'out', value: json() }))
  },
})
`

const jobTest = `
import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { testJob } from 'sluice/test'
import job from './job.ts'

test('counts', async () => {
  const run = await testJob(job, { sources: { orders: [{ shop: 'a', at: 1 }] }, crashAfter: 1 })
  deepEqual(run.sink('out'), [{ shop: 'a', orders: 1 }])
})
`
