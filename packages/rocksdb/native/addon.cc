// The native half of @sluice/rocksdb: a thin, synchronous binding of what KeyValueStore needs, over
// plain Node-API. One call does the work of a batch; rows cross the border packed into buffers that
// the caller owns. Every number in a packed buffer is an unsigned 32-bit integer, little-endian.
//
// A store belongs to the thread that opened it. What a thread still has open when it ends is closed
// by the clean-up of its environment, so that another thread may open the folder.

#include <node_api.h>

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/slice.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/version.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace {

constexpr uint32_t kAbsent = 0xffffffff;
constexpr size_t kLengthBytes = 4;
constexpr uint8_t kPut = 1;
constexpr uint8_t kDelete = 2;
constexpr uint8_t kDeleteRange = 3;
/** Least bytes of an operation in a batch: its kind and two lengths. */
constexpr size_t kOperationBytes = 1 + 2 * kLengthBytes;

struct Store;

/** What a read goes to: the store as it is, or a view of it as it was. */
struct Reader {
  Store* store;
  const rocksdb::Snapshot* snapshot;
};

struct Store {
  rocksdb::DB* db = nullptr;
  Reader now{nullptr, nullptr};
  std::set<Reader*> views;
  rocksdb::WriteOptions write_options;

  void Close() {
    if (db == nullptr) return;
    for (Reader* view : views) {
      db->ReleaseSnapshot(view->snapshot);
      view->snapshot = nullptr;
      view->store = nullptr;
    }
    views.clear();
    now.store = nullptr;
    // What is in memory is not worth a flush: the folder is a cache.
    db->Close();
    delete db;
    db = nullptr;
  }
};

/** What tells externals of this library apart, and from those of others. */
template <typename T>
constexpr napi_type_tag kTag{};
template <>
constexpr napi_type_tag kTag<Store>{0x8d1f5c0a6be44c7e, 0x9c35a1f27d80b64b};
template <>
constexpr napi_type_tag kTag<Reader>{0x3a97e4520bd14f68, 0xb1c26f8e94d7503a};

/** All that one environment (one thread) has opened. */
struct Instance {
  std::set<Store*> stores;
};

bool Failed(napi_env env, napi_status status) {
  if (status == napi_ok) return false;
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) napi_throw_error(env, "Invalid", "An argument has the wrong type.");
  return true;
}

const char* CodeOf(const rocksdb::Status& status) {
  if (status.IsNoSpace()) return "NoSpace";
  if (status.IsPathNotFound()) return "PathNotFound";
  if (status.IsBusy()) return "Busy";
  if (status.IsCorruption()) return "Corruption";
  if (status.IsMemoryLimit()) return "MemoryLimit";
  if (status.IsNotSupported()) return "NotSupported";
  if (status.IsInvalidArgument()) return "InvalidArgument";
  return status.IsIOError() ? "IOError" : "Failed";
}

napi_value Throw(napi_env env, const rocksdb::Status& status) {
  napi_throw_error(env, CodeOf(status), status.ToString().c_str());
  return nullptr;
}

napi_value ThrowClosed(napi_env env) {
  napi_throw_error(env, "Closed", "The store or the view was closed.");
  return nullptr;
}

struct Bytes {
  uint8_t* data = nullptr;
  size_t length = 0;

  rocksdb::Slice slice() const {
    return rocksdb::Slice(reinterpret_cast<const char*>(data), length);
  }
};

bool BytesOf(napi_env env, napi_value value, Bytes* bytes) {
  napi_typedarray_type type;
  void* data = nullptr;
  size_t length = 0;
  if (Failed(env, napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr))) {
    return false;
  }
  if (type != napi_uint8_array) {
    napi_throw_error(env, "Invalid", "Bytes are a Uint8Array.");
    return false;
  }
  bytes->data = static_cast<uint8_t*>(data);
  bytes->length = length;
  return true;
}

/** The first bytes of a buffer, by a number that must be a size and no more than there is. */
bool FrontOf(napi_env env, napi_value value, napi_value size, Bytes* bytes) {
  double length = 0;
  if (!BytesOf(env, value, bytes) || Failed(env, napi_get_value_double(env, size, &length))) {
    return false;
  }
  if (!(length >= 0 && length <= static_cast<double>(bytes->length))) {
    napi_throw_error(env, "Invalid", "The packed bytes end too early.");
    return false;
  }
  bytes->length = static_cast<size_t>(length);
  return true;
}

bool TextOf(napi_env env, napi_value value, std::string* text) {
  size_t length = 0;
  if (Failed(env, napi_get_value_string_utf8(env, value, nullptr, 0, &length))) return false;
  text->resize(length + 1);
  if (Failed(env, napi_get_value_string_utf8(env, value, text->data(), length + 1, &length))) {
    return false;
  }
  text->resize(length);
  return true;
}

template <typename T>
bool ExternalOf(napi_env env, napi_value value, T** pointer) {
  void* data = nullptr;
  bool ours = false;
  if (Failed(env, napi_get_value_external(env, value, &data)) ||
      Failed(env, napi_check_object_type_tag(env, value, &kTag<T>, &ours))) {
    return false;
  }
  if (!ours) {
    napi_throw_error(env, "Invalid", "An argument is a handle of something else.");
    return false;
  }
  *pointer = static_cast<T*>(data);
  return true;
}

/** A handle that no other function takes for its own; `finalize` is called in any case. */
template <typename T>
napi_value ExternalFor(napi_env env, T* pointer, napi_finalize finalize) {
  napi_value external = nullptr;
  if (Failed(env, napi_create_external(env, pointer, finalize, nullptr, &external))) {
    if (finalize != nullptr) finalize(env, pointer, nullptr);
    return nullptr;
  }
  return Failed(env, napi_type_tag_object(env, external, &kTag<T>)) ? nullptr : external;
}

napi_value Number(napi_env env, double number) {
  napi_value value = nullptr;
  napi_create_double(env, number, &value);
  return value;
}

uint32_t Load32(const uint8_t* at) {
  uint32_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

void Store32(uint8_t* at, uint32_t value) { std::memcpy(at, &value, sizeof value); }

double NumberOption(napi_env env, napi_value options, const char* name, double fallback) {
  napi_value value = nullptr;
  double number = fallback;
  if (napi_get_named_property(env, options, name, &value) != napi_ok) return fallback;
  return napi_get_value_double(env, value, &number) == napi_ok ? number : fallback;
}

bool Wanted(napi_env env, napi_value options, const char* name) {
  napi_value value = nullptr;
  bool wanted = false;
  return napi_get_named_property(env, options, name, &value) == napi_ok &&
         napi_get_value_bool(env, value, &wanted) == napi_ok && wanted;
}

rocksdb::Options OptionsOf(napi_env env, napi_value given) {
  rocksdb::Options options;
  const bool reopen = Wanted(env, given, "reopen");
  options.create_if_missing = !reopen;
  options.error_if_exists = !reopen;
  options.write_buffer_size =
      static_cast<size_t>(NumberOption(env, given, "writeBufferBytes", 32.0 * 1024 * 1024));
  options.max_write_buffer_number = 2;
  options.max_background_jobs = 2;
  // One thread writes: insertion then profits from keys that come in order.
  options.allow_concurrent_memtable_write = false;
  options.enable_write_thread_adaptive_yield = false;
  options.memtable_whole_key_filtering = true;
  options.memtable_prefix_bloom_size_ratio = 0.1;
  options.level_compaction_dynamic_level_bytes = true;
  // Filters make it cheap to look into some more files; each merge writes all that there is anew.
  options.level0_file_num_compaction_trigger = 8;
  // Small stores stay in the first levels, where compressing costs more than it saves.
  options.compression_per_level = {rocksdb::kNoCompression,  rocksdb::kNoCompression,
                                   rocksdb::kLZ4Compression, rocksdb::kLZ4Compression,
                                   rocksdb::kLZ4Compression, rocksdb::kLZ4Compression,
                                   rocksdb::kLZ4Compression};
  options.avoid_flush_during_shutdown = true;
  options.info_log_level = rocksdb::InfoLogLevel::ERROR_LEVEL;
  options.keep_log_file_num = 1;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;

  rocksdb::BlockBasedTableOptions table;
  const auto cache_bytes =
      static_cast<size_t>(NumberOption(env, given, "blockCacheBytes", 32.0 * 1024 * 1024));
  // Filters and indexes live in the cache too, so that the limit holds for them.
  table.block_cache = rocksdb::NewLRUCache(cache_bytes, -1, false, 0.6);
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10, false));
  table.format_version = 5;
  table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

template <size_t Count>
bool Arguments(napi_env env, napi_callback_info info, napi_value (&values)[Count]) {
  size_t count = Count;
  if (Failed(env, napi_get_cb_info(env, info, &count, values, nullptr, nullptr))) return false;
  if (count == Count) return true;
  napi_throw_error(env, "Invalid", "An argument is missing.");
  return false;
}

Instance* InstanceOf(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return static_cast<Instance*>(data);
}

/**
 * open(path, { writeBufferBytes, blockCacheBytes, reopen }): opens the folder, emptied; as it is, and
 * only if a store is there, where `reopen`.
 */
napi_value Open(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  if (!Arguments(env, info, arguments)) return nullptr;
  std::string path;
  if (!TextOf(env, arguments[0], &path)) return nullptr;
  const rocksdb::Options options = OptionsOf(env, arguments[1]);
  // Of this thread: nobody reads what RocksDB would count of each step of a read.
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
  rocksdb::Status status;
  if (options.create_if_missing) status = rocksdb::DestroyDB(path, options);
  if (!status.ok() && !status.IsNotFound() && !status.IsPathNotFound()) return Throw(env, status);
  rocksdb::DB* db = nullptr;
  status = rocksdb::DB::Open(options, path, &db);
  if (!status.ok()) return Throw(env, status);
  auto* store = new Store();
  store->db = db;
  store->now.store = store;
  store->write_options.disableWAL = true;
  Instance* instance = InstanceOf(env);
  instance->stores.insert(store);
  return ExternalFor(env, store, [](napi_env finalizing, void* data, void*) {
    auto* dropped = static_cast<Store*>(data);
    Instance* owner = InstanceOf(finalizing);
    if (owner != nullptr) owner->stores.erase(dropped);
    dropped->Close();
    delete dropped;
  });
}

/** close(store): once more is no error. */
napi_value Close(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  Store* store = nullptr;
  if (!Arguments(env, info, arguments) || !ExternalOf(env, arguments[0], &store)) return nullptr;
  store->Close();
  return nullptr;
}

/** reader(store): what the reading functions take, of the store as it is. */
napi_value ReaderOf(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  Store* store = nullptr;
  if (!Arguments(env, info, arguments) || !ExternalOf(env, arguments[0], &store)) return nullptr;
  return ExternalFor(env, &store->now, nullptr);
}

/** view(store): a reader of the store as it is now, whatever is written later. */
napi_value View(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  Store* store = nullptr;
  if (!Arguments(env, info, arguments) || !ExternalOf(env, arguments[0], &store)) return nullptr;
  if (store->db == nullptr) return ThrowClosed(env);
  auto* view = new Reader{store, store->db->GetSnapshot()};
  store->views.insert(view);
  return ExternalFor(env, view, [](napi_env, void* data, void*) {
    auto* dropped = static_cast<Reader*>(data);
    if (dropped->store != nullptr) {
      dropped->store->views.erase(dropped);
      dropped->store->db->ReleaseSnapshot(dropped->snapshot);
    }
    delete dropped;
  });
}

/** closeView(view): once more is no error. */
napi_value CloseView(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  Reader* view = nullptr;
  if (!Arguments(env, info, arguments) || !ExternalOf(env, arguments[0], &view)) return nullptr;
  if (view->store == nullptr) return nullptr;
  view->store->views.erase(view);
  view->store->db->ReleaseSnapshot(view->snapshot);
  view->store = nullptr;
  return nullptr;
}

bool OpenReader(napi_env env, napi_value value, Reader** reader) {
  if (!ExternalOf(env, value, reader)) return false;
  if ((*reader)->store != nullptr) return true;
  ThrowClosed(env);
  return false;
}

rocksdb::ReadOptions ReadingOf(const Reader* reader) {
  rocksdb::ReadOptions options;
  options.snapshot = reader->snapshot;
  return options;
}

/** get(reader, key, into): the size of the value, copied if it fits; -1 where there is none. */
napi_value Get(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  Reader* reader = nullptr;
  Bytes key, into;
  if (!Arguments(env, info, arguments) || !OpenReader(env, arguments[0], &reader) ||
      !BytesOf(env, arguments[1], &key) || !BytesOf(env, arguments[2], &into)) {
    return nullptr;
  }
  rocksdb::DB* db = reader->store->db;
  rocksdb::PinnableSlice value;
  const auto status = db->Get(ReadingOf(reader), db->DefaultColumnFamily(), key.slice(), &value);
  if (status.IsNotFound()) return Number(env, -1);
  if (!status.ok()) return Throw(env, status);
  if (value.size() <= into.length) std::memcpy(into.data, value.data(), value.size());
  return Number(env, static_cast<double>(value.size()));
}

/**
 * multiGet(reader, keys, length, into): `keys` packs a length and the bytes of each key; `into`
 * gets a length (all ones: none) and the bytes of each value. Returns the bytes that this takes;
 * where that is more than there is room for, `into` holds nothing.
 */
napi_value MultiGet(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  Reader* reader = nullptr;
  Bytes keys, into;
  if (!Arguments(env, info, arguments) || !OpenReader(env, arguments[0], &reader) ||
      !FrontOf(env, arguments[1], arguments[2], &keys) || !BytesOf(env, arguments[3], &into)) {
    return nullptr;
  }
  const size_t end = keys.length;
  std::vector<rocksdb::Slice> slices;
  for (size_t at = 0; at < end;) {
    const bool whole = end - at >= kLengthBytes;
    const size_t size = whole ? Load32(keys.data + at) : 0;
    at += kLengthBytes;
    if (!whole || size > end - at) {
      napi_throw_error(env, "Invalid", "The packed keys end too early.");
      return nullptr;
    }
    slices.emplace_back(reinterpret_cast<const char*>(keys.data + at), size);
    at += size;
  }
  rocksdb::DB* db = reader->store->db;
  std::vector<rocksdb::PinnableSlice> values(slices.size());
  std::vector<rocksdb::Status> statuses(slices.size());
  db->MultiGet(ReadingOf(reader), db->DefaultColumnFamily(), slices.size(), slices.data(),
               values.data(), statuses.data());
  size_t needed = 0;
  for (size_t i = 0; i < slices.size(); i++) {
    if (!statuses[i].ok() && !statuses[i].IsNotFound()) return Throw(env, statuses[i]);
    needed += kLengthBytes + (statuses[i].ok() ? values[i].size() : 0);
  }
  if (needed > into.length) return Number(env, static_cast<double>(needed));
  uint8_t* at = into.data;
  for (size_t i = 0; i < slices.size(); i++) {
    const bool found = statuses[i].ok();
    Store32(at, found ? static_cast<uint32_t>(values[i].size()) : kAbsent);
    at += kLengthBytes;
    if (!found) continue;
    std::memcpy(at, values[i].data(), values[i].size());
    at += values[i].size();
  }
  return Number(env, static_cast<double>(needed));
}

/**
 * scan(reader, start, end, into): rows from `start` up to but not including `end`, in order, as
 * many as fit: the lengths of key and value, then both. Returns the bytes used; minus the bytes
 * that the first row needs where not even that one fits.
 */
napi_value Scan(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  Reader* reader = nullptr;
  Bytes start, end, into;
  if (!Arguments(env, info, arguments) || !OpenReader(env, arguments[0], &reader) ||
      !BytesOf(env, arguments[1], &start) || !BytesOf(env, arguments[2], &end) ||
      !BytesOf(env, arguments[3], &into)) {
    return nullptr;
  }
  rocksdb::ReadOptions options = ReadingOf(reader);
  const rocksdb::Slice upper = end.slice();
  options.iterate_upper_bound = &upper;
  // A snapshot goes through everything once: it must not push out what is read again and again.
  options.fill_cache = reader->snapshot == nullptr;
  std::unique_ptr<rocksdb::Iterator> rows(reader->store->db->NewIterator(options));
  size_t used = 0;
  for (rows->Seek(start.slice()); rows->Valid(); rows->Next()) {
    const rocksdb::Slice key = rows->key();
    const rocksdb::Slice value = rows->value();
    const size_t needed = 2 * kLengthBytes + key.size() + value.size();
    if (needed > into.length - used) {
      if (used == 0) return Number(env, -static_cast<double>(needed));
      break;
    }
    uint8_t* at = into.data + used;
    Store32(at, static_cast<uint32_t>(key.size()));
    Store32(at + kLengthBytes, static_cast<uint32_t>(value.size()));
    at += 2 * kLengthBytes;
    std::memcpy(at, key.data(), key.size());
    std::memcpy(at + key.size(), value.data(), value.size());
    used += needed;
  }
  if (!rows->status().ok()) return Throw(env, rows->status());
  return Number(env, static_cast<double>(used));
}

struct Operation {
  uint8_t kind;
  rocksdb::Slice key;
  rocksdb::Slice value;
};

/**
 * Keys that come in order go into a table in memory about twice as fast. Of several operations on
 * one key only the last counts, so the others are dropped.
 */
void SortByKey(std::vector<Operation>* operations) {
  std::stable_sort(
      operations->begin(), operations->end(),
      [](const Operation& a, const Operation& b) { return a.key.compare(b.key) < 0; });
  size_t kept = 0;
  for (size_t i = 0; i < operations->size(); i++) {
    const bool last = i + 1 == operations->size() ||
                      (*operations)[i].key.compare((*operations)[i + 1].key) != 0;
    if (last) (*operations)[kept++] = (*operations)[i];
  }
  operations->resize(kept);
}

/** write(store, batch, length): operations, each its kind, two lengths, key and value; all or none. */
napi_value Write(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  Store* store = nullptr;
  Bytes packed;
  if (!Arguments(env, info, arguments) || !ExternalOf(env, arguments[0], &store) ||
      !FrontOf(env, arguments[1], arguments[2], &packed)) {
    return nullptr;
  }
  if (store->db == nullptr) return ThrowClosed(env);
  const size_t end = packed.length;
  std::vector<Operation> operations;
  bool ranges = false;
  size_t at = 0;
  while (at < end) {
    if (end - at < kOperationBytes) break;
    const uint8_t kind = packed.data[at];
    const size_t key_size = Load32(packed.data + at + 1);
    const size_t value_size = Load32(packed.data + at + 1 + kLengthBytes);
    at += kOperationBytes;
    if (key_size > end - at || value_size > end - at - key_size) break;
    if (kind < kPut || kind > kDeleteRange) {
      napi_throw_error(env, "Invalid", "There is no such operation.");
      return nullptr;
    }
    ranges = ranges || kind == kDeleteRange;
    const rocksdb::Slice key(reinterpret_cast<const char*>(packed.data + at), key_size);
    operations.push_back({kind, key, rocksdb::Slice(key.data() + key_size, value_size)});
    at += key_size + value_size;
  }
  if (at != end) {
    napi_throw_error(env, "Invalid", "The packed operations end too early.");
    return nullptr;
  }
  if (!ranges) SortByKey(&operations);
  rocksdb::WriteBatch batch(end + 16);
  for (const auto& [kind, key, value] : operations) {
    rocksdb::Status status;
    if (kind == kPut) status = batch.Put(key, value);
    if (kind == kDelete) status = batch.Delete(key);
    // A range that ends before it begins would be an error of this store for good.
    if (kind == kDeleteRange && key.compare(value) < 0) status = batch.DeleteRange(key, value);
    if (!status.ok()) return Throw(env, status);
  }
  const auto status = store->db->Write(store->write_options, &batch);
  return status.ok() ? nullptr : Throw(env, status);
}

/** checkpoint(store, path): a consistent copy in a folder that must not be there yet. */
napi_value MakeCheckpoint(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  Store* store = nullptr;
  std::string path;
  if (!Arguments(env, info, arguments) || !ExternalOf(env, arguments[0], &store) ||
      !TextOf(env, arguments[1], &path)) {
    return nullptr;
  }
  if (store->db == nullptr) return ThrowClosed(env);
  rocksdb::Checkpoint* made = nullptr;
  auto status = rocksdb::Checkpoint::Create(store->db, &made);
  if (!status.ok()) return Throw(env, status);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  status = checkpoint->CreateCheckpoint(path);
  return status.ok() ? nullptr : Throw(env, status);
}

/** memory(store): bytes of memtables, of cached blocks and of open tables. */
napi_value Memory(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  Store* store = nullptr;
  if (!Arguments(env, info, arguments) || !ExternalOf(env, arguments[0], &store)) return nullptr;
  if (store->db == nullptr) return Number(env, 0);
  uint64_t sum = 0;
  for (const auto& property :
       {rocksdb::DB::Properties::kCurSizeAllMemTables, rocksdb::DB::Properties::kBlockCacheUsage,
        rocksdb::DB::Properties::kEstimateTableReadersMem}) {
    uint64_t bytes = 0;
    if (store->db->GetIntProperty(property, &bytes)) sum += bytes;
  }
  return Number(env, static_cast<double>(sum));
}

napi_value Init(napi_env env, napi_value exports) {
  auto* instance = new Instance();
  const auto finalize = [](napi_env, void* data, void*) {
    auto* ended = static_cast<Instance*>(data);
    for (Store* store : ended->stores) store->Close();
    ended->stores.clear();
  };
  if (Failed(env, napi_set_instance_data(env, instance, finalize, nullptr))) return nullptr;
  const struct {
    const char* name;
    napi_callback call;
  } functions[] = {
      {"open", Open},         {"close", Close},   {"reader", ReaderOf}, {"view", View},
      {"closeView", CloseView}, {"get", Get},     {"multiGet", MultiGet}, {"scan", Scan},
      {"write", Write},       {"checkpoint", MakeCheckpoint}, {"memory", Memory},
  };
  for (const auto& [name, call] : functions) {
    napi_value function = nullptr;
    if (Failed(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, call, nullptr, &function)) ||
        Failed(env, napi_set_named_property(env, exports, name, function))) {
      return nullptr;
    }
  }
  return exports;
}

}  // namespace

NAPI_MODULE_INIT() { return Init(env, exports); }
