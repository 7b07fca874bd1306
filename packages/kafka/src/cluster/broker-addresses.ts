// The addresses under which a cluster is found first.

import { SluiceError } from '@sluice/core/connector'

export interface BrokerAddress {
  readonly host: string
  readonly port: number
}

const highestPort = 65_535

/** `host:port,host:port` or a list of such; the port is never guessed. */
export function brokerAddresses(brokers: string | readonly string[]): readonly BrokerAddress[] {
  const texts = typeof brokers === 'string' ? brokers.split(',') : brokers
  const addresses = texts.map((text) => text.trim()).filter((text) => text !== '')
  if (addresses.length === 0) throw invalid('No broker is named.')
  return addresses.map((text) => {
    const [, host = '', digits = ''] = /^(\[[^\]]+\]|[^:\s/]+):(\d+)$/.exec(text) ?? []
    const port = Number(digits)
    if (host === '' || port === 0 || port > highestPort) {
      throw invalid(`'${text}' is no address of a broker.`)
    }
    return { host: host.replace(/^\[(.*)\]$/, '$1'), port }
  })
}

function invalid(message: string): SluiceError {
  return new SluiceError('SETTING_INVALID', message, {
    hint: "Write host and port, with commas between: 'broker-1:9092,broker-2:9092'.",
  })
}
