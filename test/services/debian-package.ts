// Installs a package of the system where that is possible: as root, with apt.

import { spawn } from 'node:child_process'
import { ServiceUnavailable } from './service.ts'

/** Installs what a service needs. Throws `ServiceUnavailable` where there is no way to. */
export async function installPackage(service: string, name: string): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new ServiceUnavailable(service, `install it (\`apt-get install ${name}\`, as root)`)
  }
  console.error(`Installing ${name} …`)
  const install = () => runApt('install', '-y', '--no-install-recommends', name)
  if ((await install()).code === 0) return
  // Most often the lists are missing or too old.
  const update = await runApt('update')
  const { code, said } = await install()
  if (code === 0) return
  const reasons = `${update.said}\n${said}`.trim()
  throw new ServiceUnavailable(service, `apt-get could not install ${name}: ${reasons}`)
}

function runApt(...args: string[]): Promise<{ readonly code: number; readonly said: string }> {
  return new Promise((resolve) => {
    const child = spawn('apt-get', ['-q', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    child.once('error', (error) => resolve({ code: 1, said: error.message }))
    child.once('close', (code) => resolve({ code: code ?? 1, said }))
  })
}
