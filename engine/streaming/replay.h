// Where each expert of each pass comes from: routing played through the application's cache and the
// page cache.
//
// Hit rates depend on the order of accesses alone, not on speed, so this runs before and apart from
// the simulation of time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cache/replacement.h"
#include "routing/routing_process.h"
#include "routing/routing_trace.h"
#include "scenario/streaming_setup.h"

namespace plimsoll {

// What one layer of one pass needs. Bytes by where they come from, and how many reads they are.
struct LayerReads {
  std::int64_t application = 0;  // held by the application's cache: no read
  std::int64_t cached = 0;       // copied from the page cache
  std::int64_t cold = 0;         // from the drive when they are needed
  std::int64_t foreseen = 0;  // from the drive, asked for ahead of time by a guess that was right
  std::int64_t foreseen_copy = 0;    // copied from the page cache into a buffer by such a guess
  std::int64_t wrong = 0;            // from the drive for nothing: guesses that were wrong
  std::int64_t wrong_copy = 0;       // copied for nothing
  std::int64_t dense_cold = 0;       // dense weights that the page cache had lost
  std::int64_t decompressed = 0;     // memory that the compressor had taken
  std::uint32_t experts = 0;         // distinct experts used
  std::uint32_t cold_reads = 0;      // experts with a part that is cold
  std::uint32_t cached_reads = 0;    // experts read, entirely from the page cache
  std::uint32_t foreseen_reads = 0;  // experts with a part that was asked for ahead of time
  std::uint32_t wrong_reads = 0;     // experts asked for, for nothing

  std::int64_t used() const { return application + cached + cold + foreseen + foreseen_copy; }
  std::int64_t from_drive() const { return cold + foreseen + wrong + dense_cold; }

  LayerReads& operator+=(const LayerReads& other);
};

struct ReplayRequest {
  std::vector<std::int64_t>
      expert_bytes;  // of one expert, by layer; 0: a layer without routed experts
  std::vector<std::int64_t> dense_bytes;  // of a layer's dense weights, by layer
  std::int64_t outside_bytes = 0;         // dense weights outside the layers that every pass reads
  int experts = 0;
  int per_token = 0;
  RoutingParameters routing;
  const RoutingTrace* trace = nullptr;  // instead of the process; starts again at its end
  StreamingSetup setup;
  std::int64_t page_cache_bytes = 0;
  std::int64_t cache_bytes = 0;   // application's
  double compressed_share = 0.0;  // of what is held anonymously
  int sequences = 1;              // of a batch, each with its own text
  // Of each sequence in each pass: chunks of the prompt, then steps of the answer.
  std::vector<int> pass_tokens;
};

struct Replay {
  std::size_t layers = 0;
  std::vector<LayerReads> reads;           // pass by pass
  std::vector<std::int64_t> outside_cold;  // by pass: weights outside the layers that had been lost

  std::size_t passes() const { return outside_cold.size(); }
  std::span<const LayerReads> pass(std::size_t index) const {
    return {&reads[index * layers], layers};
  }
  // Sums over passes [first, last).
  LayerReads sum(std::size_t first, std::size_t last) const;
};

// Share of the experts' bytes that needed no drive when they were used; of the application's cache
// alone.
double hit_rate(const LayerReads& sum);
double application_hit_rate(const LayerReads& sum);

// Start states: cold caches are empty; loaded ones hold the dense weights; warm ones have first
// served a run of other tokens, until they are full or 500 tokens long; what room is left then
// holds the experts that are wanted most.
Replay replay(const ReplayRequest& request);

}  // namespace plimsoll
