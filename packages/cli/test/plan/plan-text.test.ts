import { consoleSink, count, defineJob, generatorSource, tumbling } from '@sluice/core'
import { buildJob } from '@sluice/core/internal'
import { planJob } from '@sluice/runtime/internal'
import { describe, expect, test } from 'vitest'
import { mermaidLines } from '../../src/plan/plan-mermaid.ts'
import { planLines } from '../../src/plan/plan-text.ts'
import { plain } from '../../src/text/paint.ts'
import { widthOf } from '../../src/text/width.ts'

const definition = defineJob({
  name: 'shop',
  graph(job) {
    const orders = job.from(
      'orders',
      generatorSource({ generate: (at) => ({ shop: at % 3, at }), count: 10 }),
      { eventTime: (order) => order.at, maxOutOfOrderness: '5s' },
    )
    const perMinute = orders
      .filter((order) => order.shop > 0)
      .keyBy((order) => order.shop)
      .window(tumbling('1m'))
      .aggregate('per-minute', { orders: count() })
    perMinute.to('screen', consoleSink())
    perMinute.late.to('late', consoleSink())
  },
})
const plan = planJob(buildJob(definition, {}).graph, { parallelism: 2 })

describe('a plan as text', () => {
  const lines = planLines(plan, plain, Number.POSITIVE_INFINITY)

  test('begins with its size', () => {
    expect(lines[0]).toBe('shop: 2 chains, 4 subtasks in 2 workers, 128 key groups')
  })

  test('shows each step with what it does, and where the records of a chain go', () => {
    const text = lines.join('\n')
    expect(text).toContain('chain 0 ×2\n  orders')
    expect(text).toMatch(
      /orders {2,}source generator \(bounded, event time, 5 s out of order, count 10/,
    )
    expect(text).toContain('└─ hash by key → chain 1 (per-minute)')
    expect(text).toMatch(/per-minute {2,}window \(tumbling, size 1 min/)
    expect(text).toMatch(/late {2,}sink console \(no guarantee\)/)
  })

  test('fits into the window', () => {
    for (const line of planLines(plan, plain, 40)) expect(widthOf(line)).toBeLessThanOrEqual(40)
  })
})

test('a plan as a flowchart has a box per chain, a node per step, and every edge once', () => {
  const lines = mermaidLines(plan)
  expect(lines[0]).toBe('flowchart LR')
  expect(lines.filter((line) => line.includes('subgraph'))).toHaveLength(2)
  const edges = lines.filter((line) => /-->|==>/.test(line)).map((line) => line.trim())
  expect(edges).toEqual(['s0 --> s1', 's2 --> s3', 's2 --> s4', 's1 == "hash by key" ==> s2'])
})

test('a flowchart holds nothing that Mermaid would take for its own', () => {
  const odd = {
    ...plan,
    chains: plan.chains.map((chain) => ({
      ...chain,
      steps: chain.steps.map((step) => ({ ...step, id: step.id.replace('orders', 'o"<b>') })),
    })),
  }
  expect(mermaidLines(odd).join('\n')).toContain('o&quot;&lt;b&gt;')
})
