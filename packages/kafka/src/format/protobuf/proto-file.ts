// A schema of Protobuf: its file and the files that it imports, read by protobufjs, and the place
// of each message in its own file, by which the frame of a record names it.

import { SluiceError } from '@sluice/core'
import protobuf from 'protobufjs'
import type { Dependency } from '../registry/registered-schema.ts'

const ownFile = 'schema.proto'

/** The messages of one schema. */
export class ProtoFile {
  readonly #messages: readonly protobuf.Type[]

  constructor(messages: readonly protobuf.Type[]) {
    this.#messages = messages
  }

  /** The message at a place, or undefined. */
  messageAt(path: readonly number[]): protobuf.Type | undefined {
    let messages = this.#messages
    let found: protobuf.Type | undefined
    for (const place of path) {
      found = messages[place]
      if (found === undefined) return undefined
      messages = messagesIn(found)
    }
    return found
  }

  /** The message of a name, full or without its package, and its place; undefined for none. */
  find(
    name: string,
  ): { readonly message: protobuf.Type; readonly path: readonly number[] } | undefined {
    const search = (
      messages: readonly protobuf.Type[],
      above: readonly number[],
    ): ReturnType<ProtoFile['find']> => {
      for (const [place, message] of messages.entries()) {
        const path = [...above, place]
        const full = message.fullName.slice(1)
        if (full === name || full.endsWith(`.${name}`)) return { message, path }
        const inside = search(messagesIn(message), path)
        if (inside !== undefined) return inside
      }
      return undefined
    }
    return search(this.#messages, [])
  }
}

/** In the order of the file, without the entries of maps and without enums. */
function messagesIn(parent: protobuf.NamespaceBase): protobuf.Type[] {
  return parent.nestedArray.filter((each) => each instanceof protobuf.Type)
}

/** Throws KAFKA_SCHEMA_INVALID; `of` names the schema in it. */
export function parseProto(
  text: string,
  dependencies: readonly Dependency[],
  of: string,
): ProtoFile {
  const root = new protobuf.Root()
  try {
    const imports = new Map(dependencies.map(({ name, text: used }) => [name, used]))
    const loaded = new Set<string>()
    const load = (path: string, source: string): void => {
      for (const { imported } of parseInto(root, path, source)) {
        if (loaded.has(imported)) continue
        loaded.add(imported)
        const known = imports.get(imported)
        if (known !== undefined) load(imported, known)
        else if (!addWellKnown(root, imported)) {
          throw new Error(`it imports ${imported}, which is not among its references`)
        }
      }
    }
    load(ownFile, text)
    root.resolveAll()
    return new ProtoFile(ownMessages(root))
  } catch (error) {
    const cause = error
    if (isDescriptor(text)) {
      throw new SluiceError(
        'KAFKA_SCHEMA_INVALID',
        `${of} is a serialized descriptor in base64, and the text of a .proto file is read.`,
        { cause, hint: 'Register the text of the .proto file under its subject.' },
      )
    }
    const reason = error instanceof Error ? error.message : String(error)
    throw new SluiceError('KAFKA_SCHEMA_INVALID', `${of} is no Protobuf schema: ${reason}`, {
      cause,
    })
  }
}

/** A FileDescriptorProto begins with its name, the first field: 0x0a. */
function isDescriptor(text: string): boolean {
  const base64 = text.trim()
  return /^Cg[A-Za-z0-9+/]+={0,2}$/.test(base64) && base64.length % 4 === 0
}

function parseInto(root: protobuf.Root, path: string, source: string): { imported: string }[] {
  // The parser notes in each message from which file it is.
  const parse = protobuf.parse as typeof protobuf.parse & { filename: string | null }
  parse.filename = path
  try {
    const { imports = [], weakImports = [] } = parse(source, root, { keepCase: true })
    return [...imports, ...weakImports].map((imported) => ({ imported }))
  } finally {
    parse.filename = null
  }
}

/** The messages that come with Protobuf: timestamps, wrappers, structs and the like. */
function addWellKnown(root: protobuf.Root, path: string): boolean {
  const known = protobuf.common.get(path)
  if (known === null) {
    // Options of options carry no data.
    return path === 'google/protobuf/descriptor.proto'
  }
  if (known.nested !== undefined) root.addJSON(known.nested)
  return true
}

/** A package may be in several files: only what is in the schema's own counts. */
function ownMessages(root: protobuf.Root): protobuf.Type[] {
  const messages: protobuf.Type[] = []
  const walk = (namespace: protobuf.NamespaceBase): void => {
    for (const each of namespace.nestedArray) {
      if (each instanceof protobuf.Type) {
        if (each.filename === ownFile) messages.push(each)
      } else if (each instanceof protobuf.Namespace) walk(each)
    }
  }
  walk(root)
  return messages
}
