// The points of the protocol where something can be half done.

import type { Strike } from './copy-process.ts'

const points = {
  'before the barrier': [{ at: 'triggered', nth: 2 }],
  'between snapshot and acknowledgement': [{ at: 'prepared', nth: 2 }],
  'after some acknowledgements': [{ at: 'aligning', nth: 2 }],
  'before the first checkpoint is complete': [{ at: 'before-manifest', nth: 1 }],
  'after acknowledgement, before the manifest': [{ at: 'before-manifest', nth: 2 }],
  'after the manifest, before the commit': [{ at: 'after-manifest', nth: 2 }],
  'in the middle of the commit': [{ at: 'in-commit', nth: 2 }],
  'after the commit, before it is noted': [{ at: 'after-commit', nth: 2 }],
  'after it is noted': [{ at: 'noted', nth: 2 }],
  "during recovery's own commit": [
    { at: 'after-manifest', nth: 2 },
    { at: 'in-commit', nth: 1 },
  ],
  "after recovery's own commit": [
    { at: 'in-commit', nth: 2 },
    { at: 'after-commit', nth: 1 },
  ],
  'twice in a row': [
    { at: 'in-commit', nth: 2 },
    { at: 'recovering', nth: 1 },
  ],
} as const satisfies Readonly<Record<string, readonly Strike[]>>

export type PointName = keyof typeof points

/** One kill after the other; the first strikes of a run are those of its recovery. */
export const crashPoints: Readonly<Record<PointName, readonly Strike[]>> = points

export const pointNames = Object.keys(points) as PointName[]
