// A file system in memory for the tests of this package: it keeps what is durable apart from what
// is only visible, can crash, and can fail any call before or after it took effect.

import {
  type FileHandle,
  type FileStat,
  type FileSystem,
  FileSystemError,
  type FileSystemErrorKind,
} from '@sluice/core/connector'

interface Inode {
  readonly identity: string
  bytes: Uint8Array
  durable: Uint8Array
  modifiedMs: number
}

/** Looks at a call before it runs; may throw. `effect` runs the call early, for lost answers. */
export type Fault = (operation: string, path: string, effect: () => void) => void

export class MemoryFileSystem implements FileSystem {
  visible = new Map<string, Inode>()
  /** The names as they are after a crash. */
  durable = new Map<string, Inode>()
  readonly directories = new Set<string>(['.', '/'])
  fault: Fault = () => {}
  /** Holds a call back before it runs. */
  gate: ((operation: string, path: string) => Promise<void>) | undefined
  /** Bytes that one read gives at the most. */
  readLimit = Number.POSITIVE_INFINITY
  #lastInode = 0
  #timeMs = 1_000_000

  /** All bytes and names that were not synced are gone. */
  crash(): void {
    for (const inode of this.durable.values()) inode.bytes = inode.durable
    this.visible = new Map(this.durable)
  }

  /** A file that is simply there, durably. */
  put(path: string, content: string | Uint8Array): void {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
    const inode = {
      identity: `i${++this.#lastInode}`,
      bytes,
      durable: bytes,
      modifiedMs: ++this.#timeMs,
    }
    this.visible.set(path, inode)
    this.durable.set(path, inode)
    for (let at = path; at.includes('/'); ) {
      at = at.slice(0, at.lastIndexOf('/'))
      this.directories.add(at === '' ? '/' : at)
    }
  }

  /** Writes a file anew in its place. */
  change(path: string, content: string): void {
    const inode = this.visible.get(path)
    if (inode === undefined) throw new Error(`no ${path}`)
    inode.bytes = new TextEncoder().encode(content)
    inode.durable = inode.bytes
    inode.modifiedMs = ++this.#timeMs
  }

  text(path: string): string {
    const inode = this.visible.get(path)
    if (inode === undefined) throw new Error(`no ${path}`)
    return new TextDecoder().decode(inode.bytes)
  }

  paths(): string[] {
    return [...this.visible.keys()].toSorted()
  }

  async open(path: string, mode: 'read' | 'create'): Promise<FileHandle> {
    return await this.#call('open', path, () => {
      const found = this.visible.get(path)
      if (mode === 'read') {
        if (this.directories.has(path)) throw this.#error('is-a-directory', 'open', path)
        if (found === undefined) throw this.#error('not-found', 'open', path)
        return this.#handle(path, found)
      }
      if (found !== undefined) throw this.#error('exists', 'open', path)
      this.#parent('open', path)
      const inode: Inode = {
        identity: `i${++this.#lastInode}`,
        bytes: new Uint8Array(),
        durable: new Uint8Array(),
        modifiedMs: ++this.#timeMs,
      }
      this.visible.set(path, inode)
      return this.#handle(path, inode)
    })
  }

  async stat(path: string): Promise<FileStat | undefined> {
    return await this.#call('stat', path, () => {
      const inode = this.visible.get(path)
      if (inode !== undefined) return stat(inode)
      if (!this.directories.has(path)) return undefined
      return { kind: 'directory', sizeBytes: 0, modifiedMs: 0, identity: path } as const
    })
  }

  async list(path: string): Promise<string[]> {
    return await this.#call('list', path, () => {
      if (!this.directories.has(path)) throw this.#error('not-found', 'list', path)
      const prefix = path === '/' ? '/' : `${path}/`
      const all = [...this.visible.keys(), ...this.directories]
      const below = all.filter((each) => each.startsWith(prefix) && each.length > prefix.length)
      return [
        ...new Set(below.map((each) => each.slice(prefix.length).split('/')[0] as string)),
      ].toSorted()
    })
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#call('makeDirectory', path, () => {
      for (
        let at = path;
        at !== '' && at !== '.';
        at = at.slice(0, Math.max(0, at.lastIndexOf('/')))
      ) {
        this.directories.add(at)
      }
    })
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#call('rename', to, () => {
      const inode = this.visible.get(from)
      if (inode === undefined) throw this.#error('not-found', 'rename', from)
      this.#parent('rename', to)
      this.visible.delete(from)
      this.visible.set(to, inode)
    })
  }

  async link(existing: string, name: string): Promise<void> {
    await this.#call('link', name, () => {
      const inode = this.visible.get(existing)
      if (inode === undefined) throw this.#error('not-found', 'link', existing)
      if (this.visible.has(name)) throw this.#error('exists', 'link', name)
      this.visible.set(name, inode)
    })
  }

  async remove(path: string): Promise<void> {
    await this.#call('remove', path, () => {
      this.visible.delete(path)
    })
  }

  async removeDirectory(path: string): Promise<void> {
    await this.#call('removeDirectory', path, () => {
      this.directories.delete(path)
    })
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#call('syncDirectory', path, () => {
      const inside = (each: string) => each.slice(0, Math.max(0, each.lastIndexOf('/'))) === path
      for (const each of this.durable.keys()) {
        if (inside(each) && !this.visible.has(each)) this.durable.delete(each)
      }
      for (const [each, inode] of this.visible) if (inside(each)) this.durable.set(each, inode)
    })
  }

  #handle(path: string, inode: Inode): FileHandle {
    return {
      read: async (into, position) =>
        await this.#call('read', path, () => {
          const part = inode.bytes.subarray(
            position,
            position + Math.min(into.length, this.readLimit),
          )
          into.set(part)
          return part.length
        }),
      append: async (bytes) =>
        await this.#call('append', path, () => {
          const all = new Uint8Array(inode.bytes.length + bytes.length)
          all.set(inode.bytes)
          all.set(bytes, inode.bytes.length)
          inode.bytes = all
          inode.modifiedMs = ++this.#timeMs
        }),
      stat: async () => await this.#call('stat', path, () => stat(inode)),
      sync: async () =>
        await this.#call('sync', path, () => {
          inode.durable = inode.bytes
        }),
      close: async () => {},
    }
  }

  async #call<Result>(operation: string, path: string, effect: () => Result): Promise<Result> {
    if (this.gate !== undefined) await this.gate(operation, path)
    this.fault(operation, path, effect)
    const result = effect()
    await Promise.resolve()
    return result
  }

  #parent(operation: string, path: string): void {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    if (folder !== '' && !this.directories.has(folder))
      throw this.#error('not-found', operation, path)
  }

  #error(kind: FileSystemErrorKind, operation: string, path: string): FileSystemError {
    return new FileSystemError(kind, operation, path)
  }
}

function stat(inode: Inode): FileStat {
  const { identity, modifiedMs } = inode
  return { kind: 'file', sizeBytes: inode.bytes.length, modifiedMs, identity }
}
