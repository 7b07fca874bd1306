// What the coordinator tells a source, in the order in which it was told. A barrier waits for a
// record boundary; what was told after it waits behind it: a split that is assigned after the
// trigger is in the enumerator's snapshot, so it must not be in the reader's as well.

export interface Trigger {
  readonly checkpoint: number
  /** After this barrier the source reads nothing more. */
  readonly stop: boolean
}

type Command =
  | { readonly kind: 'trigger'; readonly trigger: Trigger }
  | { readonly kind: 'call'; readonly call: () => void }

export class SourceCommands {
  #commands: Command[] = []

  trigger(trigger: Trigger): void {
    this.#commands.push({ kind: 'trigger', trigger })
  }

  /** Runs the call at once, or behind the triggers that wait. */
  tell(call: () => void): void {
    if (this.#commands.length === 0) call()
    else this.#commands.push({ kind: 'call', call })
  }

  /** At a record boundary: the trigger whose barrier starts now, if any waits. */
  next(): Trigger | undefined {
    this.#runCalls()
    const first = this.#commands[0]
    if (first?.kind !== 'trigger') return undefined
    this.#commands.shift()
    return first.trigger
  }

  /** After the snapshot of a trigger, or to go on without it. */
  settle(): void {
    this.#runCalls()
  }

  /** A checkpoint was given up before its barrier started. */
  abandon(checkpoint: number): void {
    this.#commands = this.#commands.filter(
      (command) => command.kind === 'call' || command.trigger.checkpoint !== checkpoint,
    )
    this.#runCalls()
  }

  /** Calls that no trigger stands before. */
  #runCalls(): void {
    for (;;) {
      const first = this.#commands[0]
      if (first?.kind !== 'call') return
      this.#commands.shift()
      first.call()
    }
  }
}
