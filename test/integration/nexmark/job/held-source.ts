// A source that hands over what another one has, up to a number of records in each reader, and then
// nothing more: so a run that is to be killed cannot finish before, however slow the machine is.

import type { Source, SourceReader, SourceSplit } from 'sluice/connector'

export function heldSource<T, Split extends SourceSplit>(
  source: Source<T, Split>,
  recordsPerReader: number,
): Source<T, Split> {
  return {
    kind: source.kind,
    bounded: source.bounded,
    ordered: source.ordered,
    description: source.description,
    createEnumerator: (context, restored) => source.createEnumerator(context, restored),
    createReader: (context) => heldReader(source.createReader(context), recordsPerReader),
  }
}

function heldReader<T, Split extends SourceSplit>(
  reader: SourceReader<T, Split>,
  records: number,
): SourceReader<T, Split> {
  let left = records
  return {
    addSplits: (splits) => reader.addSplits(splits),
    noMoreSplits: () => reader.noMoreSplits(),
    snapshot: () => reader.snapshot(),
    close: () => reader.close(),
    ready: () => (left > 0 ? reader.ready() : new Promise(() => {})),
    poll(batch) {
      if (left <= 0) return 'wait'
      const before = batch.length
      const status = reader.poll(batch)
      left -= batch.length - before
      return status
    },
  }
}
