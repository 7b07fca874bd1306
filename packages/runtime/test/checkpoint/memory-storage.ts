// Checkpoint storage in memory, with the faults of a real one: a call fails before it took
// effect, or after it, and the caller cannot tell which.

import { SluiceError } from '@sluice/core'
import type { AppendOutcome, CheckpointStorage } from '../../src/storage/checkpoint-storage.ts'

/** What happens to the next append. */
export type AppendFault = 'none' | 'lost-request' | 'lost-answer'

export class MemoryStorage implements CheckpointStorage {
  readonly location = 'memory'
  readonly durable = true
  readonly entries = new Map<number, Uint8Array>()
  readonly appended: { readonly position: number; readonly bytes: Uint8Array }[] = []
  readonly segments = new Map<string, Uint8Array>()
  readonly notes = new Map<string, Uint8Array>()
  floor = 0
  /** Asked before each append. */
  faultOf: (position: number) => AppendFault = () => 'none'
  /** Asked before each read; what it throws is the answer. */
  beforeRead: (position: number) => void = () => {}

  async open(): Promise<void> {}

  async append(position: number, bytes: Uint8Array): Promise<AppendOutcome> {
    this.appended.push({ position, bytes })
    const fault = this.faultOf(position)
    if (fault === 'lost-request') throw new Error('no answer')
    const taken = this.entries.has(position)
    if (!taken) this.entries.set(position, bytes)
    if (fault === 'lost-answer') throw new Error('no answer')
    return taken ? 'taken' : 'created'
  }

  async readEntry(position: number): Promise<Uint8Array | undefined> {
    this.beforeRead(position)
    return this.entries.get(position)
  }

  async listPositions(): Promise<number[]> {
    return [...this.entries.keys()].sort((a, b) => a - b)
  }

  async deleteEntry(position: number): Promise<void> {
    this.entries.delete(position)
  }

  async readFloor(): Promise<number> {
    return this.floor
  }

  async raiseFloor(position: number): Promise<void> {
    this.floor = Math.max(this.floor, position)
  }

  async writeSegment(name: string): Promise<void> {
    this.segments.set(name, new Uint8Array())
  }

  async readSegment(name: string): Promise<Uint8Array> {
    const bytes = this.segments.get(name)
    if (bytes === undefined) throw new SluiceError('CHECKPOINT_DAMAGED', `no segment ${name}`)
    return bytes
  }

  async readSegmentParts(name: string, see: (part: Uint8Array) => void): Promise<void> {
    see(await this.readSegment(name))
  }

  async listSegments(): Promise<string[]> {
    return [...this.segments.keys()].sort()
  }

  async deleteSegment(name: string): Promise<void> {
    this.segments.delete(name)
  }

  async writeNote(name: string, bytes: Uint8Array): Promise<void> {
    this.notes.set(name, bytes)
  }

  async readNote(name: string): Promise<Uint8Array | undefined> {
    return this.notes.get(name)
  }

  async listNotes(): Promise<string[]> {
    return [...this.notes.keys()].sort()
  }

  async deleteNote(name: string): Promise<void> {
    this.notes.delete(name)
  }
}
