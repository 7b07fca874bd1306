// The functions of the sixth job over the same records, called the plain way in one loop.

import { givenBid, variants } from '../jobs/six-steps.ts'
import type { SixStepsOrder } from './six-steps.ts'

const RECORDS_PER_LOOK = 16_384

const order = JSON.parse(process.argv[2] ?? '{}') as SixStepsOrder
const steps = variants.at(-1)
if (steps === undefined) throw new Error('There are no jobs.')
const { offer, isDear, converted, isOpen, score, isHigh } = steps
let index = 0
let kept = 0

function run(leastMs: number): number {
  const from = index
  const started = performance.now()
  let elapsedMs = 0
  while (elapsedMs < leastMs) {
    runBatch()
    elapsedMs = performance.now() - started
  }
  return ((index - from) * 1000) / elapsedMs
}

function runBatch(): void {
  for (const end = index + RECORDS_PER_LOOK; index < end; index++) {
    const first = offer(givenBid(index))
    if (!isDear(first)) continue
    const second = converted(first)
    if (!isOpen(second)) continue
    const third = score(second)
    if (isHigh(third)) kept += third
  }
}

run(order.warmUpMs)
const recordsPerSecond = run(order.measureMs)
if (kept === 0) throw new Error('Nothing was kept.')
console.log(JSON.stringify({ recordsPerSecond }))
