import { describe, expect, it } from 'vitest'
import { MetricRegistry } from '../../src/metrics/metric-registry.ts'

describe('The registry of metrics', () => {
  it('keeps figures apart by step and subtask, and gives the same figure for the same name', () => {
    const registry = new MetricRegistry()
    registry.of('orders', 0).counter('bytes-read').add(10)
    registry.of('orders', 0).counter('bytes-read').add()
    registry.of('orders', 1).counter('bytes-read').add(5)
    registry.of('orders', 0).gauge('files-open').set(3)
    registry.of('orders', 0).gauge('files-open').set(2)
    expect(registry.snapshot('orders', 0)).toEqual({ 'bytes-read': 11, 'files-open': 2 })
    expect(registry.snapshot('orders', 1)).toEqual({ 'bytes-read': 5 })
    expect(registry.snapshot('other', 0)).toEqual({})
  })

  it('refuses a name that changes its kind, or that is no name', () => {
    const metrics = new MetricRegistry().of('orders', 0)
    metrics.counter('bytes-read')
    expect(() => metrics.gauge('bytes-read')).toThrow('is a counter')
    expect(() => metrics.counter('Bytes read')).toThrow('kebab-case')
  })
})
