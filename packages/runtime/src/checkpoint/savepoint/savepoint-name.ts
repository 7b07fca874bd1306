// Names of savepoints, and of the folders in which they are written before they have their name.
// The owner of an unfinished folder stands in its name: a later run removes what a dead one left,
// and nothing else.

import { SluiceError } from '@sluice/core/internal'
import type { Generation, LogId } from '../protocol/identifiers.ts'

const pattern = /^[a-z][a-z0-9-]{0,62}$/

/** Words that say something else where a run is told what to start from. */
const reserved: readonly string[] = ['latest', 'none']

/** Throws USAGE where a text cannot be the name of a savepoint. */
export function checkSavepointName(name: string): string {
  if (isSavepointName(name)) return name
  throw new SluiceError('USAGE', `'${name}' is not a name for a savepoint.`, {
    hint: "A name is 1 to 63 of a-z, 0-9 and '-' and begins with a letter; not 'latest' or 'none'.",
  })
}

/** Whether a text can be the name of a savepoint. */
export function isSavepointName(name: string): boolean {
  return pattern.test(name) && !reserved.includes(name)
}

/** Who writes a savepoint: a run of a job; null for a tool. */
export type SavepointOwner = { readonly logId: LogId; readonly generation: Generation } | null

/** A folder that is no savepoint: one under way, or what is left of one. */
export interface UnfinishedFolder {
  /** `garbage`: taken away from its owner, whoever that was. */
  readonly kind: 'under-way' | 'garbage'
  readonly owner: SavepointOwner
}

/** Hidden beside the savepoints; `random` makes it the only one of its name. */
export function unfinishedName(
  kind: UnfinishedFolder['kind'],
  owner: SavepointOwner,
  random: string,
): string {
  const by = owner === null ? 'tool.0' : `${owner.logId}.${owner.generation}`
  return `.savepoint.${by}.${random}.${kind}`
}

const unfinished = /^\.savepoint\.([0-9a-z]+)\.(0|[1-9][0-9]*)\.[0-9a-f]+\.(under-way|garbage)$/

/** Undefined for a name that is not ours. */
export function parseUnfinishedName(name: string): UnfinishedFolder | undefined {
  const match = unfinished.exec(name)
  if (match === null) return undefined
  const [, logId, generation, kind] = match
  const owner =
    generation === '0'
      ? null
      : { logId: logId as LogId, generation: Number(generation) as Generation }
  return { kind: kind as UnfinishedFolder['kind'], owner }
}
