// A real broker for the cases that the simulated one passes as well: connections that ask with
// exactly the version they were told.

import { createNodePlatform } from '@sluice/runtime/internal'
import { uniqueName } from '../../../../test/services/shared/shared-service.ts'
import { connectBroker } from '../../src/wire/connection/connect-broker.ts'
import type { AskingConnection, BrokerUnderTest } from '../conformance/broker-under-test.ts'
import { placeOf, plainOptions } from '../wire/wire-context.ts'

export interface RealBroker extends BrokerUnderTest {
  /** Closes every connection that was opened. */
  closeAll(): void
}

const platform = createNodePlatform()

/** `url` is asked for when the first connection is opened. */
export function realBroker(version: 1 | 2, url: () => Promise<string>): RealBroker {
  const opened: AskingConnection[] = []
  return {
    version,
    nowMs: () => platform.clock.now(),
    pass: (delayMs) => platform.timers.sleep(delayMs),
    unique: uniqueName,
    closeAll() {
      for (const connection of opened.splice(0)) connection.close()
    },
    async connect() {
      const [host, port] = placeOf(await url())
      const session = await connectBroker(platform, host, port, plainOptions)
      const connection: AskingConnection = {
        ask(api, exactly, request) {
          if (session.versions.newestOf(api, exactly) !== exactly) {
            throw new Error(`The broker does not know version ${exactly} of ${api.name}.`)
          }
          return session.send(api, request, { atMost: exactly })
        },
        close: () => session.close(),
      }
      opened.push(connection)
      return connection
    },
  }
}
