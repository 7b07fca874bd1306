// Deliberate defects, each at a seam of the engine, put in and taken out again by tests: what a
// simulator that finds nothing would have to find. The engine itself knows nothing of them.

import { SimulatedFileSystem } from '@sluice/testing/simulator'
import * as owing from '../../../packages/runtime/src/checkpoint/protocol/committable-ledger.ts'
import { Batch } from '../../../packages/runtime/src/network/batch.ts'
import {
  FRAME_BARRIER,
  FRAME_DATA,
  type Frame,
} from '../../../packages/runtime/src/network/frame.ts'
import { RingReceiver } from '../../../packages/runtime/src/network/ring-channel.ts'
import { TimerQueue } from '../../../packages/runtime/src/state/heap/timer-queue.ts'
import { LocalStorage } from '../../../packages/runtime/src/storage/local-storage.ts'
import { SmallRings } from '../run/small-rings.ts'
import { Starts } from '../run/starts.ts'
import { renaming } from '../scenario/renamed-job.ts'

export interface Plant {
  readonly what: string
  /** Puts the defect in; the returned function takes it out. */
  install(): () => void
}

/** The folder of the log is never synced, so a manifest is committed that a crash can take back. */
const commitsBeforeDurable: Plant = {
  what: 'a commit begins before its manifest is durable',
  install() {
    const files = SimulatedFileSystem.prototype
    const { syncDirectory } = files
    files.syncDirectory = async function sync(this: SimulatedFileSystem, path: string) {
      if (path !== '/checkpoints/log') await syncDirectory.call(this, path)
    }
    return () => {
      files.syncDirectory = syncDirectory
    }
  },
}

/** The first record behind a barrier is handed over before it. */
const leakyAlignment: Plant = {
  what: 'alignment lets one record of the next epoch through',
  install() {
    const receiver = RingReceiver.prototype
    const { poll } = receiver
    const kept = new WeakMap<RingReceiver, Frame[]>()
    receiver.poll = function leak(this: RingReceiver) {
      const waiting = kept.get(this)?.shift()
      if (waiting !== undefined) return waiting
      const frame = poll.call(this)
      if (frame?.kind !== FRAME_BARRIER) return frame
      const next = poll.call(this)
      if (next === undefined) return frame
      if (next.kind !== FRAME_DATA) {
        kept.set(this, [next])
        return frame
      }
      const [first, rest] = cutAfterFirst(next.batch)
      kept.set(this, rest.length === 0 ? [frame] : [frame, { kind: FRAME_DATA, batch: rest }])
      return { kind: FRAME_DATA, batch: first }
    }
    return () => {
      receiver.poll = poll
    }
  },
}

function cutAfterFirst(batch: Batch): [Batch, Batch] {
  const { values, timestamps, length } = batch
  const part = (from: number, until: number): Batch =>
    Batch.of({
      values: values.slice(from, until),
      timestamps: timestamps.slice(from, until),
      length: until - from,
    })
  return [part(0, 1), part(1, length)]
}

/** An acknowledgement names only what was prepared for its own checkpoint. */
const forgottenCommittables: Plant = {
  what: 'a committable of a failed checkpoint is forgotten',
  install() {
    const ledger = owing.CommittableLedger.prototype
    const { owed } = ledger
    ledger.owed = function forget(this: owing.CommittableLedger, checkpoint) {
      return owed.call(this, checkpoint).filter(({ name }) => name.checkpoint === checkpoint)
    }
    return () => {
      ledger.owed = owed
    }
  },
}

const forgottenTimers: Plant = {
  what: 'timers are not in the snapshot',
  install() {
    const queue = TimerQueue.prototype
    const { rebuild } = queue
    queue.rebuild = () => {}
    return () => {
      queue.rebuild = rebuild
    }
  },
}

/** A position that was collected can be won again: whoever wins it does not look at the floor. */
const collectedFence: Plant = {
  what: 'a fence is collected, so that a sleeper writes in its place',
  install() {
    const storage = LocalStorage.prototype
    const { append, readFloor } = storage
    const appended = new WeakSet<LocalStorage>()
    storage.append = async function write(this: LocalStorage, position, bytes) {
      appended.add(this)
      return await append.call(this, position, bytes)
    }
    storage.readFloor = async function read(this: LocalStorage) {
      return appended.delete(this) ? 0 : await readFloor.call(this)
    }
    return () => {
      storage.append = append
      storage.readFloor = readFloor
    }
  },
}

/** Whoever collects a segment takes it from the savepoints that hold it, too. */
const sharedSegment: Plant = {
  what: 'a savepoint shares a segment with the checkpoints and loses it to collection',
  install() {
    const files = SimulatedFileSystem.prototype
    const { remove, list, stat } = files
    files.remove = async function share(this: SimulatedFileSystem, path: string) {
      await remove.call(this, path)
      const segment = /^\/checkpoints\/(segments\/.+)$/.exec(path)?.[1]
      if (segment === undefined) return
      const savepoints = '/checkpoints/savepoints'
      if ((await stat.call(this, savepoints)) === undefined) return
      for (const name of await list.call(this, savepoints)) {
        if (!name.startsWith('.')) await remove.call(this, `${savepoints}/${name}/${segment}`)
      }
    }
    return () => {
      files.remove = remove
    }
  },
}

/** The names of a savepoint's segments are never made durable. */
const hastySavepoint: Plant = {
  what: 'a savepoint has its name before its segments are durable',
  install() {
    const files = SimulatedFileSystem.prototype
    const { syncDirectory } = files
    files.syncDirectory = async function sync(this: SimulatedFileSystem, path: string) {
      if (!path.endsWith('.under-way/segments')) await syncDirectory.call(this, path)
    }
    return () => {
      files.syncDirectory = syncDirectory
    }
  },
}

/** Of what is restored only the base reaches a store. */
const lostDelta: Plant = {
  what: 'a delta is lost when state is loaded into a store on disk',
  install() {
    const rings = SmallRings.prototype
    const { exchanged } = rings
    rings.exchanged = function lose(this: SmallRings, start) {
      const whole = exchanged.call(this, start)
      if (start.state.backend === 'heap') return whole
      const restore = whole.restore.map((each) => ({
        ...each,
        keyed: Object.fromEntries(
          Object.entries(each.keyed).map(([step, refs]) => [
            step,
            refs.filter(({ kind }) => kind === 'base'),
          ]),
        ),
      }))
      return { ...whole, restore }
    }
    return () => {
      rings.exchanged = exchanged
    }
  },
}

/** What a step held under its former name is dropped. */
const forgottenName: Plant = {
  what: 'a step that was renamed starts empty',
  install() {
    const { options } = Starts.prototype
    renaming.keepsState = false
    Starts.prototype.options = function drop(this: Starts, start) {
      return { ...options.call(this, start), allowDroppedState: true }
    }
    return () => {
      renaming.keepsState = true
      Starts.prototype.options = options
    }
  },
}

export const plants: readonly Plant[] = [
  commitsBeforeDurable,
  leakyAlignment,
  forgottenCommittables,
  forgottenTimers,
  collectedFence,
  sharedSegment,
  hastySavepoint,
  lostDelta,
  forgottenName,
]
