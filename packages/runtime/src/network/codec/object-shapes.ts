// The key lists of plain objects in the self-describing format: each list is one block of bytes,
// which repeats from record to record. The encoder keeps the block of a list, the decoder the list
// of a block and, once a block has come often, a constructor that builds the object by a literal.
// Caches only save time; they never change what is written or read.

import { damaged, ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { compile, isCodeGenerationAllowed, literalKey } from './code-generation.ts'

const CACHED_KEYS = 64
const CACHED_FIRST_KEYS = 512
const LISTS_PER_FIRST_KEY = 8
const DECODER_SLOTS = 1024
const USES_BEFORE_COMPILING = 64

interface EncodedKeys {
  readonly keys: readonly string[]
  readonly block: Uint8Array
}

const encodedKeys = new Map<string | undefined, EncodedKeys[]>()
const scratch = new ByteWriter(256)

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Writes varint(size of the block), then the block: varint(count) and the keys. */
export function writeKeys(writer: ByteWriter, keys: readonly string[]): void {
  const known = encodedKeys.get(keys[0])
  if (known !== undefined) {
    for (const entry of known) {
      if (sameKeys(entry.keys, keys)) {
        writeBlock(writer, entry.block)
        return
      }
    }
  }
  scratch.reset()
  scratch.varint(keys.length)
  for (const key of keys) scratch.string(key)
  if (keys.length <= CACHED_KEYS) rememberKeys(keys, known)
  writeBlock(writer, scratch.written())
}

function rememberKeys(keys: readonly string[], known: EncodedKeys[] | undefined): void {
  const entry = { keys, block: scratch.copy() }
  if (known === undefined) {
    if (encodedKeys.size >= CACHED_FIRST_KEYS) encodedKeys.clear()
    encodedKeys.set(keys[0], [entry])
    return
  }
  if (known.length >= LISTS_PER_FIRST_KEY) known.shift()
  known.push(entry)
}

function writeBlock(writer: ByteWriter, block: Uint8Array): void {
  writer.varint(block.length)
  const length = block.length
  if (length > 64) {
    writer.raw(block)
    return
  }
  writer.reserve(length)
  const bytes = writer.bytes
  const start = writer.position
  for (let i = 0; i < length; i++) bytes[start + i] = block[i] as number
  writer.position = start + length
}

/** Reads one value of an object that is being built. */
type ValueReader = (reader: ByteReader, depth: number) => unknown

/** Reads the values of all keys, in order, into a new object. */
type ObjectReader = (reader: ByteReader, depth: number, readValue: ValueReader) => object

/** A key list as it was read, with the fastest way known to build an object of it. */
interface DecodedKeys {
  readonly block: Uint8Array
  readonly keys: readonly string[]
  uses: number
  build: ObjectReader | undefined
}

const decodedKeys: (DecodedKeys | undefined)[] = new Array(DECODER_SLOTS).fill(undefined)

/** The counterpart of `writeKeys`. */
export function readKeys(reader: ByteReader): DecodedKeys {
  const length = reader.count()
  const start = reader.position
  const bytes = reader.bytes
  let hash = length
  for (let i = start; i < start + length; i++)
    hash = Math.imul(hash ^ (bytes[i] as number), 16777619)
  const slot = (hash ^ (hash >>> 15)) & (DECODER_SLOTS - 1)
  const known = decodedKeys[slot]
  if (known !== undefined && sameBytes(known.block, bytes, start, length)) {
    reader.position = start + length
    if (known.uses < USES_BEFORE_COMPILING && ++known.uses === USES_BEFORE_COMPILING) {
      known.build = compileObjectReader(known.keys)
    }
    return known
  }
  const block = reader.raw(length)
  const fresh = { block, keys: parseKeys(block), uses: 0, build: undefined }
  if (fresh.keys.length <= CACHED_KEYS) decodedKeys[slot] = fresh
  return fresh
}

function sameBytes(block: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (block.length !== length) return false
  for (let i = 0; i < length; i++) if (block[i] !== bytes[start + i]) return false
  return true
}

function parseKeys(block: Uint8Array): string[] {
  const reader = new ByteReader(block)
  const count = reader.count()
  const keys: string[] = []
  for (let i = 0; i < count; i++) keys.push(reader.string())
  if (reader.remaining !== 0) throw damaged('a list of keys is longer than it says')
  if (new Set(keys).size !== count) throw damaged('an object has one key twice')
  return keys
}

function compileObjectReader(keys: readonly string[]): ObjectReader | undefined {
  if (!isCodeGenerationAllowed()) return undefined
  const properties = keys.map((key) => `${literalKey(key)}: readValue(reader, depth)`)
  const body = `return (reader, depth, readValue) => ({ ${properties.join(', ')} })`
  return compile<ObjectReader>('object', {}, body)
}

/** Defines a property as a literal would, `__proto__` included. */
export function defineKey(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') {
    target[key] = value
    return
  }
  Object.defineProperty(target, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  })
}
