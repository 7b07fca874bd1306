// `npm run services -- kafka --topics orders:4,results`: starts real servers for people, and ends
// them with Ctrl-C.

import { once } from 'node:events'
import { parseArgs } from 'node:util'
import type { RunningService, Service, ServiceWishes } from './service.ts'
import { services } from './services.ts'

const known = services.map(({ name }) => name).join(', ')

class UsageError extends Error {}

function serviceOf(name: string): Service {
  const service = services.find((each) => each.name === name)
  if (service === undefined)
    throw new UsageError(`There is no service ${name}; there are ${known}.`)
  return service
}

/** A whole number from 1 up. */
function numberOf(text: string, what: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new UsageError(`${what} is ${text}, which is no number.`)
}

function topicsOf(text: string): NonNullable<ServiceWishes['topics']> {
  return text.split(',').map((each) => {
    const [topic = '', partitions = '1'] = each.trim().split(':')
    return { topic, partitions: numberOf(partitions, `The count of partitions of ${topic}`) }
  })
}

function readArguments(): { wanted: readonly Service[]; wishes: ServiceWishes } {
  const { values, positionals } = parseArgs({
    options: { port: { type: 'string' }, topics: { type: 'string' } },
    allowPositionals: true,
  })
  if (positionals.length === 0) {
    throw new UsageError(`Say which services: npm run services -- ${known}`)
  }
  if (positionals.length > 1 && values.port !== undefined) {
    throw new UsageError('--port is for one service.')
  }
  return {
    wanted: positionals.map(serviceOf),
    wishes: {
      ...(values.port === undefined ? {} : { port: numberOf(values.port, '--port') }),
      ...(values.topics === undefined ? {} : { topics: topicsOf(values.topics) }),
    },
  }
}

async function serve(wanted: readonly Service[], wishes: ServiceWishes): Promise<void> {
  const running: RunningService[] = []
  const ended = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  try {
    for (const service of wanted) {
      await service.provision()
      const started = await service.start(wishes)
      running.push(started)
      console.log(`${service.name}: ${started.url}`)
    }
    console.log('Ctrl-C ends them and deletes their data.')
    await ended
  } finally {
    await Promise.all(running.map((service) => service.stop()))
  }
}

try {
  const { wanted, wishes } = readArguments()
  await serve(wanted, wishes)
} catch (error) {
  const isUsage = error instanceof UsageError || error instanceof TypeError
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = isUsage ? 2 : 1
}
