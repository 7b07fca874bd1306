import { it } from 'vitest'
import { whyNoRocksDb } from '../../conformance/key-value-store/rocksdb-here.ts'
import { describeNexmark } from './describe-nexmark.ts'
import { rocksdbScenarios } from './scenarios.ts'

const missing = whyNoRocksDb()

if (missing === undefined) await describeNexmark(rocksdbScenarios)
else it('Nexmark on RocksDB', ({ skip }) => skip(missing))
