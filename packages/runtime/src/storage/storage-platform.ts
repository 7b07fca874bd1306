// What the storage of checkpoints needs of the platform.

import type { Platform } from '../platform/platform.ts'

export type StoragePlatform = Pick<Platform, 'files' | 'random' | 'clock' | 'log'>
