// The kill test by hand: any number of kills.
//
//   node --conditions=sluice-source test/integration/kill/main.ts --kills 50 --seed 1

import { parseArgs } from 'node:util'
import { killRounds } from './kill-rounds.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    records: { type: 'string', default: '400000' },
  },
})
const report = await killRounds({
  kills: Number(values.kills),
  seed: Number(values.seed),
  recordsPerFile: Number(values.records),
  say: (line) => console.log(line),
})
console.log(JSON.stringify(report))
process.exitCode = report.lost + report.doubled + report.gaps === 0 ? 0 : 1
