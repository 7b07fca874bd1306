// Key-value stores of this machine: RocksDB, from a package that is installed only where a job
// wants it, and therefore found when it is wanted.

import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { KeyValueStore, KeyValueStoreOptions } from '@sluice/core/connector'
import { SluiceError } from '@sluice/core/internal'
import { codeOf } from './files/file-errors.ts'

const packageName = '@sluice/rocksdb'

/** What the package exports. */
interface RocksDbPackage {
  openKeyValueStore(path: string, options: KeyValueStoreOptions): KeyValueStore
}

export async function openNodeKeyValueStore(
  path: string,
  options: KeyValueStoreOptions,
): Promise<KeyValueStore> {
  const { openKeyValueStore } = await importRocksDb()
  const folder = resolve(path)
  try {
    await mkdir(dirname(folder), { recursive: true })
  } catch (error) {
    throw SluiceError.from(error, 'STATE_STORE_FAILED', `The folder ${folder} cannot be made`)
  }
  return openKeyValueStore(folder, options)
}

/** Beside this package, or where the job is run. */
async function importRocksDb(): Promise<RocksDbPackage> {
  try {
    return await import(packageName)
  } catch (error) {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error
  }
  let file: string
  try {
    file = createRequire(join(process.cwd(), 'package.json')).resolve(packageName)
  } catch (error) {
    throw new SluiceError('STATE_STORE_MISSING', `The package ${packageName} is not installed.`, {
      hint: `Run \`npm install ${packageName}\`, or keep the state in memory: backend 'heap'.`,
      cause: error,
    })
  }
  return import(pathToFileURL(file).href)
}
