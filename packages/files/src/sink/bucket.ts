// Buckets: folders below the sink's own, chosen by record. A bucket often comes from data, so its
// name is checked: it can neither leave the folder nor hide from readers, and a file system can
// hold it, for a commit that can never be done would be owed for ever.

import { SluiceError } from '@sluice/core/connector'

/** Chooses the folder of a record, relative to the sink's: `2001-01-31` or `day=2001-01-31/SFO`. */
export type BucketOf<T> = (record: T, timestamp: number) => string

/** What file systems allow for one name, and a path that leaves room for the sink's own. */
const longestSegmentBytes = 255
const longestBucketBytes = 1024

const encoder = new TextEncoder()

/** Throws BUCKET_INVALID for a name that is not a plain relative folder. */
export function checkBucket(bucket: unknown, sink: string): asserts bucket is string {
  const problem = bucketProblem(bucket)
  if (problem === undefined) return
  throw new SluiceError(
    'BUCKET_INVALID',
    `Sink '${sink}': the bucket ${shown(bucket)} ${problem}.`,
    {
      where: { sink },
      hint: "Return a folder such as 'day=2001-01-31'; encodeURIComponent makes one of any text.",
    },
  )
}

function bucketProblem(bucket: unknown): string | undefined {
  if (typeof bucket !== 'string') return 'is not a string'
  for (const segment of bucket.split('/')) {
    if (segment === '') return 'is empty or has an empty part'
    if (segment.startsWith('.')) return "has a part that starts with '.'"
    if (segment.startsWith('_')) return "has a part that starts with '_'"
    if (encoder.encode(segment).length > longestSegmentBytes) {
      return `has a part of more than ${longestSegmentBytes} bytes`
    }
    if (!isPlain(segment)) return 'has a control character, a backslash or a lone surrogate'
  }
  if (encoder.encode(bucket).length > longestBucketBytes) {
    return `has more than ${longestBucketBytes} bytes`
  }
  return undefined
}

function isPlain(segment: string): boolean {
  if (!segment.isWellFormed() || segment.includes('\\')) return false
  for (let index = 0; index < segment.length; index++) {
    const code = segment.charCodeAt(index)
    if (code < 0x20 || code === 0x7f) return false
  }
  return true
}

function shown(bucket: unknown): string {
  return typeof bucket === 'string' ? JSON.stringify(bucket.slice(0, 200)) : String(bucket)
}
