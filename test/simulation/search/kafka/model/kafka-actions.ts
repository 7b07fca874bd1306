// What can happen in one step of the Kafka search, and how a trace says it. R is the run, N a
// number: a checkpoint or a slot.

import type { Action } from '../../model/actions.ts'

const work = (says: string): Action => ({ kind: 'work', says })
const fault = (says: string): Action => ({ kind: 'fault', says })

export const KAFKA_ACTIONS = {
  start: fault('run R starts: its fence stands, it goes on from checkpoint N'),
  crash: fault('run R dies'),
  crashLate: fault('run R dies; its records of checkpoint N are still under way'),
  initialize: work('run R: InitProducerId for slot N, answered'),
  initializeLost: fault('run R: InitProducerId for slot N takes effect, the answer is lost'),
  initializeLate: fault('run R: InitProducerId for slot N, no answer: it is still under way'),
  prepare: work('run R: the writer prepares checkpoint N and acknowledges'),
  prepareEmpty: work('run R: the writer has nothing for checkpoint N and acknowledges'),
  produceRefused: work(
    'run R: the broker refuses the records of checkpoint N: the attempt is over',
  ),
  declined: fault('run R: the writer prepares checkpoint N, which is declined'),
  hearsComplete: work('run R: the writer hears that checkpoint N is complete'),
  hearsNote: work('run R: the writer hears of a note that checkpoint N is committed'),
  append: work('run R appends the entry of checkpoint N'),
  appendLost: work('run R finds a fence in the place of checkpoint N: it is over'),
  commit: work('run R commits checkpoint N: EndTxn is answered, it is proven'),
  commitLost: fault('run R: EndTxn of checkpoint N takes effect, the answer is lost'),
  commitLate: fault('run R: EndTxn of checkpoint N, no answer: it is still under way'),
  commitAsks: work('run R: EndTxn of checkpoint N is refused: it asks what became of it'),
  stateAsked: work('run R: DescribeTransactions does not decide about checkpoint N'),
  stateProves: work('run R: DescribeTransactions proves checkpoint N'),
  ledgerProves: work('run R: the ledger proves checkpoint N'),
  triesAgain: work('run R tries the commit of checkpoint N again'),
  impossible: work('run R: checkpoint N cannot be committed; it stops and says so'),
  notSwept: work('run R does not sweep again'),
  swept: work('run R lists transactions and has nothing to end'),
  sweepLists: work('run R lists transactions; there is something to end'),
  sweepEnds: work('run R ends what it found in slot N'),
  sweepEndsLate: fault('run R ends what it found in slot N; the request is still under way'),
  finish: work('run R has processed everything and ends'),
  stagedInitialize: work('run R: InitProducerId for what is staged of checkpoint N'),
  stagedInitializeLate: fault('run R: InitProducerId for checkpoint N is still under way'),
  stagedReads: work('run R reads the ledger for checkpoint N'),
  stagedThere: work('run R: the ledger has checkpoint N: proven'),
  stagedSends: work('run R sends the records of checkpoint N'),
  stagedRefused: work('run R is fenced while it sends checkpoint N: it begins again'),
  stagedWaits: work('run R lets go of checkpoint N: the one before it is not committed'),
  timesOut: fault('the broker aborts the transaction of slot N: its time has passed'),
  abortedFromOutside: fault('an operator aborts the transaction of slot N with a tool'),
  forgets: fault('the broker forgets the id of slot N'),
  lateLands: fault('the request that was under way takes effect'),
} as const
