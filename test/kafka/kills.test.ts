// Real processes, a real broker, SIGKILL at random moments.

import { afterEach, beforeEach, expect, it } from 'vitest'
import { JavaClient } from '../../packages/kafka/test/real/java-client.ts'
import { kafka } from '../services/kafka/kafka.ts'
import { whyUnavailable } from '../services/provisioned.ts'
import { sharedService } from '../services/shared/shared-service.ts'
import { killProcesses } from './copy/copy-process.ts'
import { killRounds } from './copy/kill-rounds.ts'
import { isFull, killCount } from './scale.ts'

const why = await whyUnavailable(kafka)

beforeEach(({ skip }) => skip(why !== undefined, why))
afterEach(killProcesses)

it.each([
  ['transaction', 2, 'kafka'],
  ['staged', 2, 'kafka'],
  ...(isFull
    ? ([
        ['transaction', 1, 'kafka with transaction version 1'],
        ['staged', 1, 'kafka with transaction version 1'],
      ] as const)
    : []),
] as const)(
  'a copy by commit: %s, transaction version %i, is exact although killed at random moments',
  async (commit, version, service) => {
    const url = await sharedService(service)
    const java = await JavaClient.start(url)
    const lines: string[] = []
    const say = (line: string) => lines.push(line)
    try {
      const report = await killRounds({ url, java, commit, kills: killCount, records: 16_000, say })
      if (isFull) console.log(`kills, ${commit} ${version}: ${JSON.stringify(report)}`)
      expect(report, lines.join('\n')).toMatchObject({
        lost: 0,
        doubled: 0,
        disordered: 0,
        held: 0,
        open: 0,
        kills: killCount,
      })
    } finally {
      await java.close()
    }
  },
  60_000 + killCount * 15_000,
)
