// Every feature of a job is drawn now and then, and has a name.

import { SimulatedWorld } from '@sluice/testing/simulator'
import { expect, test } from 'vitest'
import { drawShape } from './draw-shape.ts'
import { features, featuresOf } from './features.ts'

test('each feature is in some of a thousand jobs, and in no list twice', () => {
  const drawn = new Set<string>()
  for (let seed = 1; seed <= 1000; seed++) {
    const { random } = new SimulatedWorld({ seed })
    const found = featuresOf(drawShape(random.fork('shape')))
    expect(new Set(found).size).toBe(found.length)
    for (const feature of found) drawn.add(feature)
  }
  expect([...drawn].toSorted()).toEqual([...features].toSorted())
})
