// What one broker speaks, as it said itself, and which version of an API is the newest that both
// sides know.

import { SluiceError } from '@sluice/core/connector'
import type { AnyApi } from '../codec/define-api.ts'

interface VersionRange {
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
}

interface FeatureLevel {
  readonly name: string
  readonly maxVersionLevel: number
}

/** The oldest broker that has all that is needed: it is the first that names topics by id. */
const oldestBroker = '3.1'

export class BrokerVersions {
  readonly #address: string
  readonly #ranges: ReadonlyMap<number, VersionRange>
  readonly #features: ReadonlyMap<string, number>

  constructor(
    address: string,
    ranges: readonly VersionRange[],
    features: readonly FeatureLevel[] = [],
  ) {
    this.#address = address
    this.#ranges = new Map(ranges.map((range) => [range.apiKey, range]))
    this.#features = new Map(features.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]))
  }

  /** The finalized level of a feature of the cluster (`transaction.version`); 0 without it. */
  featureLevel(name: string): number {
    return this.#features.get(name) ?? 0
  }

  /** The newest version up to `atMost`; undefined where there is none that both speak. */
  newestOf(api: AnyApi, atMost: number = api.newest): number | undefined {
    const range = this.#ranges.get(api.key)
    if (range === undefined) return undefined
    const version = Math.min(range.maxVersion, api.newest, atMost)
    return version >= Math.max(range.minVersion, api.oldest) ? version : undefined
  }

  /** The same; throws KAFKA_BROKER_TOO_OLD where there is none. */
  versionOf(api: AnyApi, atMost: number = api.newest): number {
    const version = this.newestOf(api, atMost)
    if (version !== undefined) return version
    const range = this.#ranges.get(api.key)
    const spoken =
      range === undefined ? 'does not know it' : `speaks ${range.minVersion} to ${range.maxVersion}`
    const newest = Math.min(atMost, api.newest)
    const wanted = `${api.name} in a version from ${api.oldest} to ${newest}`
    throw new SluiceError(
      'KAFKA_BROKER_TOO_OLD',
      `Sluice needs ${wanted}; the broker ${this.#address} ${spoken}.`,
      { hint: `Use a broker of Kafka ${oldestBroker} or later, or one that speaks like it.` },
    )
  }
}
