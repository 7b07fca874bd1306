// Windows over the same bids by a plain loop over a Map: one thread, no shuffle, no checkpoint, and
// bids that must come in order.

import { type Bid, bidInTimeAt } from '../jobs/bid.ts'

export interface PlainWindowsOrder {
  readonly window: 'tumbling' | 'session'
  readonly keys: number
  readonly bidsPerSecond: number
  /** Of a window, or the gap between sessions. */
  readonly lengthMs: number
  readonly warmUpMs: number
  readonly warmUpRecords: number
  readonly measureMs: number
  readonly measureRecords: number
}

interface Content {
  start: number
  end: number
  bids: number
  total: number
}

const RECORDS_PER_LOOK = 1024

const order = JSON.parse(process.argv[2] ?? '{}') as PlainWindowsOrder
const { keys, bidsPerSecond, lengthMs } = order
let open = new Map<number, Content>()
let openUntil = Number.NEGATIVE_INFINITY
let index = 0
let results = 0
let bidsInResults = 0

function emit(key: number, { start, end, bids, total }: Content): void {
  const result = { key, window: { start, end, firing: 0 }, value: { bids, total } }
  results++
  bidsInResults += result.value.bids
}

function contentAt(start: number, price: number): Content {
  return { start, end: start + lengthMs, bids: 1, total: price }
}

function addToWindow({ auction, price, ts }: Bid): void {
  if (ts >= openUntil) {
    for (const [key, content] of open) emit(key, content)
    open = new Map()
    openUntil = Math.floor(ts / lengthMs) * lengthMs + lengthMs
  }
  const content = open.get(auction)
  if (content === undefined) open.set(auction, contentAt(openUntil - lengthMs, price))
  else {
    content.bids++
    content.total += price
  }
}

/** The Map is in order of the last bid: what is put in again stands last. */
function addToSession({ auction, price, ts }: Bid): void {
  const content = open.get(auction)
  if (content !== undefined) open.delete(auction)
  if (content === undefined || content.end <= ts) {
    if (content !== undefined) emit(auction, content)
    open.set(auction, contentAt(ts, price))
    return
  }
  content.end = ts + lengthMs
  content.bids++
  content.total += price
  open.set(auction, content)
}

function closeSessions(ts: number): void {
  for (const [key, content] of open) {
    if (content.end > ts) return
    open.delete(key)
    emit(key, content)
  }
}

function runBatch(): void {
  const end = index + RECORDS_PER_LOOK
  if (order.window === 'tumbling') {
    for (; index < end; index++) addToWindow(bidInTimeAt(index, keys, bidsPerSecond))
  } else {
    for (; index < end; index++) addToSession(bidInTimeAt(index, keys, bidsPerSecond))
    closeSessions(bidInTimeAt(index, keys, bidsPerSecond).ts)
  }
}

function runFor(leastMs: number, leastRecords: number): number {
  const from = index
  const started = performance.now()
  let elapsedMs = 0
  while (elapsedMs < leastMs || index - from < leastRecords) {
    runBatch()
    elapsedMs = performance.now() - started
  }
  return ((index - from) * 1000) / elapsedMs
}

runFor(order.warmUpMs, order.warmUpRecords)
const resultsBefore = results
const recordsPerSecond = runFor(order.measureMs, order.measureRecords)
if (results === resultsBefore || bidsInResults === 0) throw new Error('No window was over.')
console.log(JSON.stringify({ recordsPerSecond }))
