// `npm run format`: writes every source in the one format that the test run checks.

import { runToEnd } from './child-process.ts'

const ended = await runToEnd(['biome', 'format', '--write', '.'], 60)
process.exitCode = ended.ok ? 0 : 1
