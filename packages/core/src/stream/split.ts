// Splitting a stream into typed branches: the types of the branches and their order of evaluation.

import { SluiceError } from '../errors.ts'
import { checkFunction } from './user-function.ts'

/** A branch: a predicate, or `'rest'` for what no other branch takes. */
export type Branch<T> = ((value: T) => boolean) | 'rest'

/** The branches of a split, by name. */
export type Branches<T> = Readonly<Record<string, Branch<T>>>

type Guard<T, Taken extends T> = (value: T) => value is Taken

/** What type predicates among the branches take; nothing for predicates that do not narrow. */
type Narrowed<T, B> = {
  [Name in keyof B]: B[Name] extends Guard<T, infer Taken> ? Taken : never
}[keyof B]

/** The type of the records in a branch: narrowed by a type predicate, for `'rest'` what is left. */
export type BranchValue<T, B, Own> = Own extends 'rest'
  ? Exclude<T, Narrowed<T, B>>
  : Own extends Guard<T, infer Taken>
    ? Taken
    : T

/** Branches as the engine evaluates them: `rest` last, whatever its place. */
export interface OrderedBranches {
  readonly names: readonly string[]
  readonly predicates: readonly ((value: unknown) => boolean)[]
}

const branchName = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/

/** Checks branches (JOB_INVALID) and puts them in order. */
export function orderedBranches(branches: Branches<never>, step: string): OrderedBranches {
  const entries = Object.entries(branches)
  const rest = entries.filter(([, branch]) => branch === 'rest')
  const named = entries.filter(([, branch]) => branch !== 'rest')
  if (named.length === 0) throw invalidSplit(step, `The split '${step}' has no branch.`)
  if (rest.length > 1) throw invalidSplit(step, `The split '${step}' has more than one rest.`)
  for (const [name, branch] of named) checkFunction(branch, `The branch '${name}' of '${step}'`)
  for (const [name] of entries) {
    if (!branchName.test(name))
      throw invalidSplit(step, `'${name}' cannot be the name of a branch.`)
  }
  const predicates = named.map(([, branch]) => branch as unknown as (value: unknown) => boolean)
  return {
    names: [...named, ...rest].map(([name]) => name),
    predicates: rest.length === 0 ? predicates : [...predicates, () => true],
  }
}

function invalidSplit(step: string, message: string): SluiceError {
  return new SluiceError('JOB_INVALID', message, {
    where: { step },
    hint: "For example: split('size', { large: (order) => order.cents > 500_00, small: 'rest' }).",
  })
}
