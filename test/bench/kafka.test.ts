// The benchmarks of Kafka run on a real broker. What they measure here means nothing.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { kafka as benchmark } from '../../bench/kafka/benchmark.ts'
import { kafka as service } from '../services/kafka/kafka.ts'
import { whyUnavailable } from '../services/provisioned.ts'

const main = fileURLToPath(new URL('../../bench/main.ts', import.meta.url))
const why = await whyUnavailable(service)

test.skipIf(why !== undefined)(
  'every figure of Kafka is measured and printed',
  () => {
    const run = spawnSync(
      process.execPath,
      ['--conditions=sluice-source', main, '--tiny', '--json', 'kafka'],
      { encoding: 'utf8' },
    )
    expect(run.status, run.stderr).toBe(0)
    const lines = run.stdout.trimEnd().split('\n')
    const figures = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(figures.map(({ name }) => name)).toEqual(benchmark.figures)
    for (const figure of figures) {
      expect(Number.isFinite(figure['value']), JSON.stringify(figure)).toBe(true)
    }
  },
  240_000,
)
