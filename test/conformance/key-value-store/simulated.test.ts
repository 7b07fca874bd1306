import { MemoryKeyValueStore } from '@sluice/testing/simulator'
import { describe, test } from 'vitest'
import { keyValueStoreCases } from './cases.ts'

describe('the key-value store of the simulator', () => {
  for (const each of keyValueStoreCases) {
    test(each.name, () => each.run(new MemoryKeyValueStore()))
  }
})
