// Tests that compare with PostgreSQL: a server of their own that holds the events, or one test that
// says why there is none.

import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Event } from '../../../bench/nexmark/generator/event.ts'
import { postgres } from '../../services/postgres/postgres.ts'
import { whyUnavailable } from '../../services/provisioned.ts'
import type { RunningService } from '../../services/service.ts'
import { NexmarkDatabase } from './database.ts'

/** The database is there while a test runs, and not before. */
export async function describeBesidePostgres(
  name: string,
  events: { readonly count: number; readonly eventAt: (index: number) => Event },
  tests: (database: () => NexmarkDatabase) => void,
): Promise<void> {
  const why = await whyUnavailable(postgres)
  describe(name, () => {
    if (why !== undefined) {
      it('is compared with PostgreSQL', ({ skip }) => skip(why))
      return
    }

    let server: RunningService | undefined
    let database: NexmarkDatabase | undefined

    beforeAll(async () => {
      server = await postgres.start()
      database = await NexmarkDatabase.fill(server.url, events.count, events.eventAt)
    }, 60_000)

    afterAll(async () => {
      await database?.close()
      await server?.stop()
    })

    tests(() => database as NexmarkDatabase)
  })
}
