// The moments at which a disaster can strike: a phase of the protocol, a line of the event log, or
// a time. Lines reach between the phases: into the middle of a write, a link or a message.

import type { Phase } from '@sluice/runtime'

/** What a process does before it reports its first phase: it reads the log and raises its fence. */
export type PhaseOrStart = Phase | 'starting'

export const phases = [
  'starting',
  'recovering',
  'reading',
  'triggered',
  'aligning',
  'acknowledged',
  'before-manifest',
  'after-manifest',
  'before-commit',
  'in-commit',
  'after-commit',
  'noted',
] as const satisfies readonly PhaseOrStart[]

/** A savepoint is being written; a run that begins with one reads nothing yet. */
export const activities = ['copying', 'beginning'] as const

export type Activity = (typeof activities)[number]

const ownLines = {
  'link of an entry issued': /^kernel: file link \S+ \/checkpoints\/log\//,
  'link of an entry answered': /: link \S+ \/checkpoints\/log\/\d+ /,
  'folder of the log synced': /^kernel: file syncDirectory \/checkpoints\/log$/,
  'segment renamed': /^kernel: file rename \S+ \/checkpoints\/segments\//,
  'part prepared': /^kernel: file rename \/out\/\S+\.tmp \/out\/\S+\.tmp$/,
  'part published': /^kernel: file rename \/out\/\S+\.tmp \/out\/\S+(?<!\.tmp)$/,
  'manifest of the sink renamed': /^kernel: file rename \S+ \/out\/\S+\/_manifests\//,
  'part thrown away': /^kernel: file remove \/out\//,
  'floor raised': /^kernel: file open \/checkpoints\/floor\//,
  'entry deleted': /^kernel: file remove \/checkpoints\/log\//,
  'segment deleted': /^kernel: file remove \/checkpoints\/segments\//,
  'note written': /^kernel: file rename \S+ \/checkpoints\/notes\//,
  'trigger heard': /: message trigger$/,
  'acknowledgement heard': /: message acknowledge$/,
  'completion heard': /: message completed$/,
  'split assigned': /: message assign$/,
  'worker ready': /: message ready$/,
  'savepoint begun': /^kernel: file makeDirectory \S+\/\.savepoint\.\S+\.under-way$/,
  'segment of a savepoint written': /^kernel: file append \S+\.under-way\/segments\//,
  'segment of a savepoint read back': /^kernel: file read \S+\.under-way\/segments\//,
  'manifest of a savepoint written': /^kernel: file append \S+\.under-way\/savepoint/,
  'savepoint named': /^kernel: file rename \S+\.under-way \/\S+$/,
  'savepoint swept': /^kernel: file rename \S+\.under-way \S+\.garbage$/,
  'name of a savepoint synced': /^kernel: file syncDirectory \S*\/(savepoints|backup)$/,
  'state opened': /: opens \//,
} as const

export type LineName = keyof typeof ownLines

/** Moments that only a savepoint has. */
export const savepointLines = [
  'savepoint begun',
  'segment of a savepoint written',
  'segment of a savepoint read back',
  'manifest of a savepoint written',
  'savepoint named',
  'name of a savepoint synced',
] as const satisfies readonly LineName[]

export const lineNames = Object.keys(ownLines) as readonly LineName[]

export type Moment =
  | { readonly kind: 'phase'; readonly phase: Phase; readonly nth: number }
  | { readonly kind: 'line'; readonly line: LineName; readonly nth: number }
  | { readonly kind: 'time'; readonly afterMs: number }

/** `line` is of the event log: time, who, what. */
export function isLine(name: LineName, line: string): boolean {
  return ownLines[name].test(line.slice(line.indexOf(' ') + 1))
}
