// Which broker to ask where any will do, and what to say when none can be reached.

import { type Random, SluiceError } from '@sluice/core/connector'
import type { BrokerSession } from '../wire/connection/broker-session.ts'
import type { BrokerAddress } from './broker-addresses.ts'
import type { SessionPool } from './session-pool.ts'

/**
 * Connects to one of the addresses: to one with an open connection if there is one, else in random
 * order. Another one is tried only where a broker cannot be reached: a wrong password is wrong at
 * the next one, too.
 */
export async function anySession(
  pool: SessionPool,
  addresses: readonly BrokerAddress[],
  random: Random,
  {
    purpose,
    connectTimeoutMs,
  }: { readonly purpose: string; readonly connectTimeoutMs: number | undefined },
): Promise<BrokerSession> {
  const open = addresses.find((address) => pool.has(address, purpose))
  const failures: SluiceError[] = []
  for (const address of open === undefined ? shuffled(addresses, random) : [open]) {
    try {
      return await pool.session(address, purpose, connectTimeoutMs)
    } catch (error) {
      if (!(error instanceof SluiceError) || error.code !== 'KAFKA_UNREACHABLE') throw error
      failures.push(error)
    }
  }
  throw noneReached(failures)
}

function noneReached(failures: readonly SluiceError[]): SluiceError {
  const [first] = failures
  if (first !== undefined && failures.length === 1) return first
  const reasons = [...new Set(failures.map(({ message }) => message))].join(' ')
  const options = first?.hint === undefined ? {} : { hint: first.hint }
  return new SluiceError('KAFKA_UNREACHABLE', `No broker can be reached. ${reasons}`, {
    ...options,
    cause: first,
  })
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const order = [...items]
  for (let index = order.length - 1; index > 0; index--) {
    const other = Math.floor(random.fraction() * (index + 1))
    const item = order[index] as Item
    order[index] = order[other] as Item
    order[other] = item
  }
  return order
}
