import { defineJob, memorySource, memorySink } from '@sluice/core'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  parameterNames,
  parameterWarnings,
  parseParameters,
  rawParameters,
} from '../../src/settings/parameters.ts'

function job(params?: StandardSchemaV1) {
  return defineJob({
    name: 'shop',
    ...(params === undefined ? {} : { params }),
    graph: (builder) => {
      builder.from('in', memorySource([1])).to('out', memorySink())
    },
  })
}

const withZod = job(z.object({ FILE: z.string(), RATE: z.coerce.number().optional() }))
const opaque: StandardSchemaV1 = {
  '~standard': { version: 1, vendor: 'own', validate: (value) => ({ value }) },
}

describe('--param', () => {
  test('takes everything after the first equals sign, and the last of a name', () => {
    expect(parseParameters(['A=1', 'B=x=y', 'C=', 'A=2'])).toEqual({ A: '2', B: 'x=y', C: '' })
  })

  test('without name and value is an error that repeats no secret', () => {
    expect(() => parseParameters(['FILE'])).toThrow("--param 'FILE' has no name and value.")
    expect(() => parseParameters(['=x'])).toThrow('--param (an argument)')
    expect(() => parseParameters(['hunter2!'])).toThrow(/^--param \(an argument\)/)
  })
})

describe('the parameters of a job', () => {
  test('come from the environment, and the command line wins', () => {
    const environment = { FILE: 'a', RATE: '1', HOME: '/root' }
    expect(rawParameters(withZod, { RATE: '2' }, environment)).toEqual({ FILE: 'a', RATE: '2' })
  })

  test('are all of the environment where the schema does not show its names', () => {
    expect(rawParameters(job(opaque), {}, { A: '1', B: undefined })).toEqual({ A: '1' })
  })

  test('have names that zod and valibot show', () => {
    expect(parameterNames(withZod)).toEqual(['FILE', 'RATE'])
    expect(parameterNames(job(v.object({ URL: v.string() })))).toEqual(['URL'])
    expect(parameterNames(job(opaque))).toBeUndefined()
    expect(parameterNames(job())).toEqual([])
  })

  test('that nobody knows are warned of, with what may be meant', () => {
    expect(parameterWarnings(withZod, { FIEL: 'a', RATE: '1', ZZZZ: 'b' })).toEqual([
      "The job 'shop' has no parameter 'FIEL'. Did you mean FILE?",
      "The job 'shop' has no parameter 'ZZZZ'. It has FILE, RATE.",
    ])
    expect(parameterWarnings(job(), { A: '1' })[0]).toContain('has no parameters')
    expect(parameterWarnings(job(opaque), { A: '1' })).toEqual([])
  })
})
