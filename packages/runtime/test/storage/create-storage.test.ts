import { describe, expect, it } from 'vitest'
import { createNodePlatform } from '../../src/platform/node/node-platform.ts'
import { createStorage } from '../../src/storage/create-storage.ts'

const platform = createNodePlatform({ logLevel: 'silent' })

function locationOf(place: string): string {
  return createStorage(platform, place).location
}

describe('A place for checkpoints', () => {
  it('may be a path or a file URL', () => {
    expect(locationOf('./checkpoints/job')).toBe('folder ./checkpoints/job')
    expect(locationOf('/var/lib/job/')).toBe('folder /var/lib/job')
    expect(locationOf('file:///var/lib/my%20job')).toBe('folder /var/lib/my job')
    expect(locationOf('C:/jobs/one')).toBe('folder C:/jobs/one')
    expect(locationOf('file:///C:/jobs/one')).toBe('folder C:/jobs/one')
  })

  it.each(['s3://bucket/job', 'hdfs://name/job', 'file://elsewhere/job', ''])(
    'is refused with a hint where it is %j',
    (place) => {
      expect(() => createStorage(platform, place)).toThrow(
        expect.objectContaining({
          code: 'SETTING_INVALID',
          hint: expect.stringContaining('file:///') as string,
        }),
      )
    },
  )
})
