// Builds one package before npm packs it: JavaScript and declarations of its sources and of what it
// rests on, from an empty `dist`, and the licence beside it. npm runs it in the package's folder.

import { spawnSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'

rmSync('dist', { recursive: true, force: true })
copyFileSync('../../LICENSE', 'LICENSE')
const shell = process.platform === 'win32'
const { status, error } = spawnSync('tsc', ['-b', 'tsconfig.build.json'], {
  stdio: 'inherit',
  shell,
})
if (error !== undefined) console.error(`tsc could not be started: ${error.message}`)
process.exitCode = status ?? 1
