// Notices that files have changed, by looking at them a few times a second: that works on every
// file system, network mounts and containers included, and for the few files of a job costs
// nothing. A change counts when it has come to rest and the content is another.

import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'

const lookEveryMs = 200

export class FileWatch {
  readonly #changed: (paths: readonly string[]) => void
  #files = new Map<string, { stamp: string; content: string }>()
  #moving = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #generation = 0

  constructor(changed: (paths: readonly string[]) => void) {
    this.#changed = changed
  }

  /**
   * Watches these files from now on, instead of those before; known ones keep what is known of
   * them.
   */
  async watch(paths: readonly string[]): Promise<void> {
    const generation = ++this.#generation
    const files = new Map<string, { stamp: string; content: string }>()
    for (const path of paths) {
      const known = this.#files.get(path)
      files.set(path, known ?? { stamp: await stampOf(path), content: await contentOf(path) })
    }
    if (generation !== this.#generation) return
    this.#files = files
    this.#timer ??= setInterval(() => void this.#look(), lookEveryMs)
  }

  end(): void {
    this.#generation += 1
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#files.clear()
  }

  async #look(): Promise<void> {
    const generation = this.#generation
    const moved: string[] = []
    for (const [path, known] of this.#files) {
      const stamp = await stampOf(path)
      if (generation !== this.#generation) return
      if (stamp === known.stamp) continue
      known.stamp = stamp
      moved.push(path)
    }
    for (const path of moved) this.#moving.add(path)
    // Editors and checkouts write in several steps.
    if (moved.length > 0 || this.#moving.size === 0) return
    const rested = [...this.#moving]
    this.#moving.clear()
    const changed: string[] = []
    for (const path of rested) {
      const known = this.#files.get(path)
      const content = await contentOf(path)
      if (known === undefined || known.content === content) continue
      known.content = content
      changed.push(path)
    }
    if (changed.length > 0 && generation === this.#generation) this.#changed(changed)
  }
}

async function stampOf(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path)
    return `${mtimeMs} ${size} ${ino}`
  } catch {
    // Not there, or not readable: a state like any other, until it changes.
    return 'absent'
  }
}

async function contentOf(path: string): Promise<string> {
  try {
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
  } catch {
    // As above.
    return 'absent'
  }
}
