// Builds one package before npm packs it: JavaScript and declarations of its sources and of what it
// rests on, from an empty `dist`, and the licence beside it. npm runs it in the package's folder.

import { execFileSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'

rmSync('dist', { recursive: true, force: true })
copyFileSync('../../LICENSE', 'LICENSE')
execFileSync('tsc', ['-b', 'tsconfig.build.json'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
})
