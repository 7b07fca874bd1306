// Something whose calls a test delays, refuses or counts: the file system of a platform that fails,
// or that belongs to a process that dies.

/** One call of a method. */
export interface Call {
  readonly name: string
  readonly given: readonly unknown[]
  /** Does what was asked for. */
  carryOut(): Promise<unknown>
}

/** All methods of the target answer with what `around` makes of the call. */
export function callsAround<Target extends object>(
  target: Target,
  around: (call: Call) => Promise<unknown>,
): Target {
  return new Proxy(target, {
    get(_, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      const method = member as (...given: unknown[]) => unknown
      return async (...given: unknown[]): Promise<unknown> => {
        const carryOut = async (): Promise<unknown> => await method.apply(target, given)
        return await around({ name: String(name), given, carryOut })
      }
    },
  })
}
