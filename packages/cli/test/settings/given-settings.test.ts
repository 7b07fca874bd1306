import { buildJob, type JobDefinition } from '@sluice/core/internal'
import { defineJob, memorySink, memorySource, type CheckpointOptions } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { explainedSettings } from '../../src/settings/explained-settings.ts'
import { givenSettings, settingsOverride } from '../../src/settings/given-settings.ts'
import {
  parseCount,
  parseFrom,
  parseMemory,
  parseSpan,
  parseWord,
} from '../../src/settings/setting-texts.ts'

function job(checkpoint?: CheckpointOptions | 'off'): JobDefinition {
  return defineJob({
    name: 'shop',
    parallelism: 3,
    ...(checkpoint === undefined ? {} : { checkpoint }),
    graph: (builder) => {
      builder.from('in', memorySource([1])).to('out', memorySink())
    },
  })
}

describe('texts of settings', () => {
  test('are parsed', () => {
    expect(parseCount('4', '--parallelism')).toBe(4)
    expect(parseSpan('1.5s', '--every')).toBe(1500)
    expect(
      ['512mb', '512MiB', '0.5g', '2048k', '1 GB'].map((text) => parseMemory(text, 'm')),
    ).toEqual([2 ** 29, 2 ** 29, 2 ** 29, 2 ** 21, 2 ** 30])
    expect(['latest', 'none', '12'].map(parseFrom)).toEqual(['latest', 'none', 12])
    expect(['daily', './moved/daily'].map(parseFrom)).toEqual([
      { savepoint: 'daily' },
      { savepoint: './moved/daily' },
    ])
  })

  test.each([
    [() => parseCount('0', '--parallelism'), "--parallelism: '0' is not a whole number"],
    [() => parseCount('2x', 'SLUICE_PARALLELISM'), "SLUICE_PARALLELISM: '2x' is not"],
    [() => parseSpan('10 seconds', '--every'), "--every: '10 seconds' is not a span of time."],
    [() => parseSpan('0s', '--every'), "--every: '0s' is not a span of time."],
    [() => parseMemory('big', '--memory'), "--memory: 'big' is not a size."],
    [() => parseFrom('12th'), "--from: '12th' is not 'latest', 'none', the id"],
    [() => parseWord('warning', '--log-level', ['warn', 'info']), "'warning' is not one of"],
  ])('that are wrong are said with the option %#', (parse, message) => {
    expect(parse).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(message) }),
    )
  })
})

describe('settings', () => {
  test('of the command line win over the environment', () => {
    const given = givenSettings(
      { every: '1s' },
      { SLUICE_EVERY: '5s', SLUICE_PARALLELISM: '2', SLUICE_MEMORY: '' },
    )
    expect(given).toEqual({
      everyMs: { value: 1000, kind: 'option', by: '--every' },
      parallelism: { value: 2, kind: 'environment', by: 'SLUICE_PARALLELISM' },
    })
  })

  test('take the pause along when the interval is overridden, unless the job says it', () => {
    const given = givenSettings({ every: '200ms' }, {})
    expect(settingsOverride(given, job()).checkpoint).toEqual({ everyMs: 200, minPauseMs: 100 })
    expect(settingsOverride(given, job({ minPause: '2s' })).checkpoint).toEqual({ everyMs: 200 })
  })

  test('of the environment do not meet a job without checkpoints; an option does', () => {
    const off = job('off')
    expect(settingsOverride(givenSettings({}, { SLUICE_EVERY: '1s' }), off)).toEqual({})
    expect(settingsOverride(givenSettings({ every: '1s' }, {}), off)).toHaveProperty('checkpoint')
  })

  test('are explained with where each comes from', () => {
    const definition = job({ keep: 5 })
    const { settings } = buildJob(definition, {})
    const explained = explainedSettings({
      definition,
      given: givenSettings({ every: '10s' }, { SLUICE_MEMORY: '1gb' }),
      settings: { ...settings, parallelism: 3, memoryPerWorkerBytes: 2 ** 30 },
      storage: '.sluice/shop',
    })
    const by = Object.fromEntries(explained.map((each) => [each.name, `${each.text} | ${each.by}`]))
    expect(by).toMatchObject({
      parallelism: '3 | the job',
      maxParallelism: '128 | default',
      'memory.perWorker': '1 GiB | SLUICE_MEMORY',
      'checkpoint.every': '10 s | --every',
      'checkpoint.storage': '.sluice/shop | default',
      'checkpoint.keep': '5 | the job',
      'restart.strategy': 'exponential | default',
      'restart.maxDelay': '1 min | default',
    })
  })

  test('of a job without checkpoints say so in one line', () => {
    const definition = job('off')
    const { settings } = buildJob(definition, {})
    const given = givenSettings({}, {})
    const explained = explainedSettings({
      definition,
      given,
      settings: { ...settings, parallelism: 3 },
      storage: undefined,
    })
    expect(explained.filter(({ name }) => name.startsWith('checkpoint'))).toEqual([
      { name: 'checkpoint', text: 'off', value: 'off', origin: 'job', by: 'the job' },
    ])
  })
})

test('memory for state is enough for RocksDB', () => {
  expect(givenSettings({ stateMemory: '16mb' }, {}).stateMemoryBytes?.value).toBe(16 * 2 ** 20)
  expect(() => givenSettings({ stateMemory: '1kb' }, {})).toThrow("--state-memory: '1kb' is not")
})

test('local recovery is given and explained like the other settings of state', () => {
  expect(() => givenSettings({ stateLocalRecovery: 'yes' }, {})).toThrow(
    "--state-local-recovery: 'yes' is not one of true, false.",
  )
  const definition = job()
  const shown = (environment: Record<string, string>) => {
    const given = givenSettings({ stateBackend: 'rocksdb' }, environment)
    const { settings } = buildJob(definition, {})
    const state = { ...settings.state, ...settingsOverride(given, definition).state }
    return explainedSettings({
      definition,
      given,
      settings: { ...settings, state, parallelism: 3 },
      storage: undefined,
    }).find(({ name }) => name === 'state.localRecovery')
  }
  expect(shown({})).toMatchObject({ value: 'false', origin: 'default' })
  const by = 'SLUICE_STATE_LOCAL_RECOVERY'
  expect(shown({ [by]: 'true' })).toMatchObject({ value: 'true', origin: 'environment', by })
  expect(shown({ [by]: 'false' })).toMatchObject({ value: 'false', origin: 'environment', by })
})
