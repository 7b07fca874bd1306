// The declared states of a step, together: their descriptors for the graph, their schemas for the
// engine, their handles for the user's functions.

import { SluiceError } from '../errors.ts'
import type { StateDeclaration } from './declaration.ts'
import type { StateDescriptor, StateKind } from './descriptor.ts'
import type { ValueState } from './handle.ts'
import type { StateSchema, StateSchemas } from './state-schema.ts'

/** The states of a step, by name. */
export type StateDeclarations = Readonly<Record<string, StateDeclaration<unknown>>>

/** The handles of declared states, by name. */
export type StateOf<Declarations extends StateDeclarations> = {
  readonly [Name in keyof Declarations]: Declarations[Name] extends StateDeclaration<infer Handle>
    ? Handle
    : never
}

const stateName = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/
const kinds: readonly string[] = ['value', 'counter', 'list', 'map'] satisfies StateKind[]

/**
 * Descriptors of the declared states of a step; throws JOB_INVALID for what is not a declaration.
 */
export function describeStates(declarations: StateDeclarations, step: string): StateDescriptor[] {
  return Object.entries(declarations).map(([name, declared]) => {
    if (!stateName.test(name)) {
      throw new SluiceError('JOB_INVALID', `'${name}' cannot be the name of a state.`, {
        where: { step },
        hint: 'Names of states are letters, digits, hyphens and underscores, a letter first.',
      })
    }
    if (typeof declared !== 'object' || declared === null || !kinds.includes(declared.kind)) {
      throw new SluiceError('JOB_INVALID', `The state '${name}' is not declared as one.`, {
        where: { step },
        hint: 'Declare it with value(), counter(), list(), map(), reducing() or aggregating().',
      })
    }
    const { kind, ttlMs, ttlClock, ttlRefresh, schema } = declared
    return {
      name,
      kind,
      namespace: 'none',
      ...(ttlMs === undefined ? {} : { ttlMs, ttlClock: ttlClock ?? 'processing' }),
      ...(ttlRefresh === undefined ? {} : { ttlRefresh }),
      ...(schema === undefined || schema.version === 1 ? {} : { version: schema.version }),
      ...(schema?.form === undefined ? {} : { form: schema.form }),
    }
  })
}

/** The schemas of the states that have one. */
export function stateSchemas(declarations: StateDeclarations): StateSchemas {
  const schemas: Record<string, StateSchema> = {}
  for (const [name, { schema }] of Object.entries(declarations)) {
    if (schema !== undefined) schemas[name] = schema
  }
  return schemas
}

/** What opens states: the part of an operator's host that is needed here. */
interface StateOpener {
  state(descriptor: StateDescriptor): unknown
}

/** The handles of the states as the user's functions see them. */
export function openStates(
  host: StateOpener,
  descriptors: readonly StateDescriptor[],
  declarations: StateDeclarations,
): StateOf<StateDeclarations> {
  const handles: Record<string, unknown> = {}
  for (const descriptor of descriptors) {
    const stored = host.state(descriptor)
    const wrap = declarations[descriptor.name]?.wrap
    handles[descriptor.name] = wrap === undefined ? stored : wrap(stored as ValueState<unknown>)
  }
  return handles
}
