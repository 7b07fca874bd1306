// Sources run as they are: the condition below makes every workspace package resolve to its src.

import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['sluice-source'] },
  ssr: { resolve: { conditions: ['sluice-source'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts', 'examples/connectors/*.test.ts'],
    execArgv: ['--conditions=sluice-source'],
    globalSetup: ['test/services/shared/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
  },
})
