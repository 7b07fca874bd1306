import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findJobFile, loadJob } from '../../src/job/job-file.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-job-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function load(name: string, text: string) {
  await writeFile(join(folder, name), text)
  return await loadJob(findJobFile(join(folder, name)))
}

describe('a job file', () => {
  test('that is missing is said with what may be meant', async () => {
    await writeFile(join(folder, 'orders.ts'), '')
    expect(() => findJobFile(join(folder, 'oders.ts'))).toThrow(
      expect.objectContaining({
        code: 'JOB_FILE_UNREADABLE',
        message: expect.stringMatching(/oders\.ts does not exist\.$/),
        hint: `Did you mean ${join(folder, 'orders.ts')}?`,
      }),
    )
  })

  test('must be a module and a file', async () => {
    await writeFile(join(folder, 'job.json'), '{}')
    expect(() => findJobFile(join(folder, 'job.json'))).toThrow('is not a module')
    expect(() => findJobFile(folder)).toThrow('is not a file')
  })

  test.each([
    ['broken.mjs', 'const = 1', { code: 'JOB_FILE_UNREADABLE' }],
    [
      'throws.mjs',
      "throw new Error('boom')",
      { code: 'JOB_FILE_UNREADABLE', message: expect.stringContaining('boom') },
    ],
    ['empty.mjs', 'export const a = 1', { code: 'JOB_NO_DEFAULT_EXPORT' }],
    ['number.mjs', 'export default 7', { code: 'JOB_NO_DEFAULT_EXPORT' }],
  ])('%s is an error with a code', async (name, text, error) => {
    await expect(load(name, text)).rejects.toMatchObject(error)
  })
})
