// `npm run services -- postgres`: starts real servers for people, and ends them with Ctrl-C.

import { once } from 'node:events'
import type { RunningService, Service } from './service.ts'
import { services } from './services.ts'

const known = services.map(({ name }) => name).join(', ')
const wanted = process.argv.slice(2).map((name) => {
  const service = services.find((each) => each.name === name)
  if (service === undefined) {
    console.error(`There is no service ${name}; there are ${known}.`)
    process.exit(2)
  }
  return service
})

async function start(service: Service): Promise<RunningService> {
  await service.provision()
  const running = await service.start()
  console.log(`${service.name}: ${running.url}`)
  return running
}

if (wanted.length === 0) {
  console.error(`Say which services: npm run services -- ${known}`)
  process.exitCode = 2
} else {
  const running: RunningService[] = []
  const ended = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  try {
    for (const service of wanted) running.push(await start(service))
    console.log('Ctrl-C ends them and deletes their data.')
    await ended
  } finally {
    await Promise.all(running.map((service) => service.stop()))
  }
}
