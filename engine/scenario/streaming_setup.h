// The `streaming` section of a scenario: how experts get from the drive to the device. Keys in
// doc/formats.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "catalog/link_spec.h"
#include "catalog/streaming_spec.h"
#include "scenario/given.h"

namespace plimsoll {

// State of the page cache and the application's cache when the run begins.
enum class StartState {
  cold,    // nothing of the model is in memory
  loaded,  // dense weights have just been read, experts not
  warm,    // as after a long run with another text
};

enum class PrefetchKind {
  none,
  previous_token,  // the experts that the layer used for the token before
  predictor,       // a predictor that is right with the accuracy given
};

std::string_view to_text(StartState state);
std::string_view to_text(PrefetchKind kind);

// When a layer's experts are asked for ahead of time: when the host begins that part of the layer.
struct PrefetchSetup {
  PrefetchKind kind = PrefetchKind::none;
  double accuracy = 1.0;  // predictor: share of the experts it names that are used
  LayerPart issued_before = LayerPart::attention;
  bool into_page_cache = true;  // a hint (the real read copies from there); else into a buffer
};

// What the user wrote.
struct StreamingSection {
  Given<ReadAccess> access;             // access
  Given<int> threads;                   // threads
  Given<int> reads_per_expert;          // reads_per_expert
  Given<ReplacementKind> page_cache;    // page_cache: the policy, instead of the operating system's
  Given<ReplacementKind> cache_policy;  // cache.policy: the application's own
  Given<Bytes> cache_size;              // cache.size
  Given<WeightMemory> cache_memory;     // cache.memory
  Given<WeightMemory> dense_weights;    // dense_weights
  Given<StartState> start;              // start
  Given<PrefetchKind> prefetch;         // prefetch.predicts
  Given<double> prefetch_accuracy;      // prefetch.accuracy
  Given<LayerPart> prefetch_before;     // prefetch.before
  Given<bool> prefetch_hint;            // prefetch.hint
  Given<Bytes> other_memory;            // other_memory: of programs that run beside
  Given<Bytes> extent;                  // extent: bytes that the page cache holds or drops as one
  Given<std::string> routing_trace;     // routing: a CSV file; absolute once read
  Given<std::int64_t> seed;             // seed
};

// Resolved, with the engine's defaults filled in.
struct StreamingSetup {
  ReadAccess access = ReadAccess::parallel_pread;
  int threads = 1;
  int reads_per_expert = 1;
  ReplacementKind page_cache = ReplacementKind::lru;
  ReplacementKind cache_policy = ReplacementKind::none;
  Bytes cache_size;  // 0 with a policy: the engine's habit, its cache_default
  WeightMemory cache_memory = WeightMemory::wired;
  WeightMemory dense_weights = WeightMemory::mapped;
  StartState start = StartState::loaded;
  PrefetchSetup prefetch;
  Bytes other_memory;
  Bytes extent;               // 0: each read is an extent of its own
  std::string routing_trace;  // absolute path; empty: the process
  std::int64_t seed = 1;
  // What the reads meet, on the machine that streams.
  const StorageSpec* drive = nullptr;
  int drives = 1;  // striped
  const PageCacheSpec* files = nullptr;
};

}  // namespace plimsoll
