// The public surface of the RocksDB state backend: how the engine opens a store. A job selects it
// with `state: { backend: 'rocksdb' }` and imports nothing from here.

export { openKeyValueStore } from './rocksdb-store.ts'
