import { afterAll, beforeAll, describe } from 'vitest'
import { registryCases } from './registry-cases.ts'
import { TestRegistry } from './test-registry.ts'

describe('with the registry of the tests', () => {
  let registry: TestRegistry
  beforeAll(async () => {
    registry = await TestRegistry.start()
  })
  afterAll(() => registry.stop())
  registryCases(() => registry.url, 'run1')
})
