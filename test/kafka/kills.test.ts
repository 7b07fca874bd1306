// Real processes, a real broker, SIGKILL at random moments.

import { beforeEach, expect, it } from 'vitest'
import { JavaClient } from '../../packages/kafka/test/real/java-client.ts'
import { kafka } from '../services/kafka/kafka.ts'
import { whyUnavailable } from '../services/provisioned.ts'
import { sharedService } from '../services/shared/shared-service.ts'
import { killProcesses } from './copy/copy-process.ts'
import { killRounds } from './copy/kill-rounds.ts'
import { killCount } from './scale.ts'

const why = await whyUnavailable(kafka)

beforeEach(({ skip }) => skip(why !== undefined, why))

it.each(['transaction', 'staged'] as const)(
  'a copy by commit: %s is exact although it is killed at random moments',
  async (commit) => {
    const url = await sharedService('kafka')
    const java = await JavaClient.start(url)
    const lines: string[] = []
    const say = (line: string) => lines.push(line)
    try {
      const report = await killRounds({ url, java, commit, kills: killCount, records: 16_000, say })
      expect(report, lines.join('\n')).toMatchObject({
        lost: 0,
        doubled: 0,
        disordered: 0,
        open: 0,
        kills: killCount,
      })
    } finally {
      await java.close()
      await killProcesses()
    }
  },
  60_000 + killCount * 15_000,
)
