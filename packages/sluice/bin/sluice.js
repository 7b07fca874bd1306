#!/usr/bin/env node
// The `sluice` command. An installed package runs the built command line on Node 24; a clone, which
// has the sources and no build, runs the sources with the pinned Node and the source condition.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findNode, handOver, isNewEnough, requiredNodeMajor, sourceCondition } from './launch.js'

const exitUsage = 2
const self = fileURLToPath(import.meta.url)
const root = fileURLToPath(new URL('../../..', import.meta.url))
const inClone = existsSync(new URL('../src', import.meta.url))

function hasSourceCondition() {
  return import.meta.resolve('@sluice/cli').endsWith('/src/index.ts')
}

async function runCommandLine() {
  const { main } = await import('@sluice/cli')
  process.exitCode = await main(process.argv.slice(2))
}

if (isNewEnough(process.versions.node) && (!inClone || hasSourceCondition())) {
  await runCommandLine()
} else {
  const node = inClone ? findNode(root) : undefined
  if (node === undefined) {
    console.error(
      `Sluice needs Node ${requiredNodeMajor} or newer, ` +
        `and this is Node ${process.versions.node}.\n` +
        (inClone
          ? 'Run `npm run setup` in the clone: it installs the Node that belongs to it.'
          : `Install it (with a version manager: \`nvm install ${requiredNodeMajor}\`, ` +
            `\`fnm install ${requiredNodeMajor}\`, ` +
            `\`volta install node@${requiredNodeMajor}\`) and run this again.`),
    )
    process.exitCode = exitUsage
  } else {
    const condition = `--conditions=${sourceCondition}`
    handOver(root, node, [condition, ...process.execArgv, self, ...process.argv.slice(2)])
  }
}
