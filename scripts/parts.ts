// What a test run consists of: parts in order, cheap ones first, each with its steps. A folder
// below `test/` is a part of its own name: its vitest files run, and its `run.ts` if it has one, as
// a program of its own. Tests of a package that need a real server are in its `test/real/` and run
// with the services. The limits add up to less than what CI has.

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './child-process.ts'
import { rocksDbStep } from './rocksdb.ts'
import { commandStep, programStep, type Step, type VitestOptions, vitestStep } from './steps.ts'

export interface Part {
  readonly name: string
  readonly steps: readonly Step[]
}

interface LayerOptions extends VitestOptions {
  /** Where else it has tests. */
  readonly also?: string
}

/** Limits in seconds where five minutes do not fit, and the order of the parts after `unit`. */
const layers: Record<string, LayerOptions> = {
  types: { limitSeconds: 120 },
  conformance: { limitSeconds: 300 },
  simulation: { limitSeconds: 420 },
  integration: { limitSeconds: 720, oneAtATime: true },
  services: { limitSeconds: 600, oneAtATime: true, also: '/test/real/' },
  kafka: { limitSeconds: 300, without: ['packages/**'] },
}

/** Everything about the form of the sources; `npm run check` runs this part alone. */
const house: Part = {
  name: 'house',
  steps: [
    commandStep('types of the whole repository', ['tsc', '-p', '.']),
    commandStep('types of core, without those of Node', ['tsc', '-p', 'packages/core']),
    commandStep('format', ['biome', 'format', '.']),
    commandStep('lint', ['oxlint']),
    vitestStep('style', ['test/house/'], { limitSeconds: 120 }),
  ],
}

const unit: Part = {
  name: 'unit',
  steps: [
    rocksDbStep,
    vitestStep('unit tests', ['packages/', 'examples/', 'bench/'], {
      limitSeconds: 420,
      without: ['test/**', 'packages/*/test/real/**'],
    }),
  ],
}

function layerPart(name: string): Part {
  const { also, ...options } = layers[name] ?? { limitSeconds: 300 }
  const paths = [`test/${name}/`, ...(also === undefined ? [] : [also])]
  const steps = [vitestStep(`test/${name}`, paths, options)]
  const program = join('test', name, 'run.ts')
  if (existsSync(join(root, program))) {
    steps.push(programStep(program, program, options.limitSeconds))
  }
  return { name, steps }
}

/** All parts in the order in which they run. */
export function allParts(): readonly Part[] {
  const order = Object.keys(layers)
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length)
  const folders = readdirSync(join(root, 'test'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== house.name)
    .map((entry) => entry.name)
    .toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
  return [house, unit, ...folders.map(layerPart)]
}
