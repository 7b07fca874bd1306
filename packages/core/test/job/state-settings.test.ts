import { expect, it } from 'vitest'
import { defineJob, type KeyedStateOptions, memorySink, memorySource } from '@sluice/core'
import { buildJob, jobDefinitionFrom } from '@sluice/core/internal'

function settingsOf(state?: KeyedStateOptions) {
  const job = defineJob({
    name: 'job',
    ...(state === undefined ? {} : { state }),
    graph: (builder) => builder.from('in', memorySource([1])).to('out', memorySink()),
  })
  return buildJob(jobDefinitionFrom(job, 'job.ts'), {}).settings.state
}

it('keeps state in memory unless the job says otherwise', () => {
  expect(settingsOf()).toEqual({ backend: 'heap', incremental: true, memoryBytes: 256 * 2 ** 20 })
})

it('takes the backend, its folder and its memory', () => {
  const state = { backend: 'rocksdb', path: '/s', incremental: false, memory: '1GiB' } as const
  expect(settingsOf(state)).toEqual({
    backend: 'rocksdb',
    path: '/s',
    incremental: false,
    memoryBytes: 2 ** 30,
  })
  expect(settingsOf({ backend: 'rocksdb', localRecovery: true })).toMatchObject({
    backend: 'rocksdb',
    localRecovery: true,
  })
})

it.each([
  [{ backend: 'disk' }, 'state.backend is disk'],
  [{ path: '' }, 'state.path must be a path'],
  [{ incremental: 'yes' }, 'state.incremental is yes'],
  [{ localRecovery: 1 }, 'state.localRecovery is 1'],
  [{ memory: '1MiB' }, 'state.memory is 1MiB'],
  [{ memory: 'lots' }, "state.memory: 'lots' is not a size"],
  [{ folder: '/s' }, 'state has no option folder'],
])('refuses %o', (state, message) => {
  expect(() => settingsOf(state as KeyedStateOptions)).toThrow(message)
})
