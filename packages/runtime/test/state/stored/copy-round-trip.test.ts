// The round trip of backends that go on from local copies wherever there is one.

import { afterAll, expect } from 'vitest'
import { createStoredBackend } from '../../../src/state/stored-backend.ts'
import { describeRoundTrip } from '../round-trip.ts'
import type { CreateBackend } from '../state-under-test.ts'
import { CopiedStores } from './copied-stores.ts'

const counts = { adopted: 0, loaded: 0 }

function copied(cacheBytes: number): CreateBackend {
  let stores = new CopiedStores()
  return (options, restored) => {
    // A history begins: names of segments begin anew too.
    if (restored.length === 0) stores = new CopiedStores()
    const { store, copy } = stores.open(restored)
    const copies = stores.keeper()
    const backend = createStoredBackend({ ...options, cacheBytes, copies, copy }, store)
    const adopt = backend.adopt?.bind(backend)
    backend.adopt = (segments, dropped) => {
      const adopted = adopt?.(segments, dropped) === true
      counts[adopted ? 'adopted' : 'loaded']++
      return adopted
    }
    return backend
  }
}

describeRoundTrip('a stored backend with local copies', copied(16 * 1024 * 1024))

describeRoundTrip('a stored backend with local copies and next to no cache', copied(8 * 1024))

afterAll(() => {
  expect(counts.adopted).toBeGreaterThan(10)
  expect(counts.loaded).toBeGreaterThan(10)
})
