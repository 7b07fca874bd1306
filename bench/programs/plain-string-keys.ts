// What a Map of as many texts and numbers takes, without an engine.

const order = JSON.parse(process.argv[2] ?? '{}') as { readonly records: number }
const counts = new Map<string, number>()
for (let index = 0; index < order.records; index++) {
  counts.set(`0f8fad5b-d9cb-469f-a165-${String(index).padStart(12, '0')}`, 1)
}
const mostResidentMb = process.memoryUsage.rss() / 1e6
if (counts.size !== order.records) throw new Error('Keys were lost.')
console.log(JSON.stringify({ mostResidentMb }))
