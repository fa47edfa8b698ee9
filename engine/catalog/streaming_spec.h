// How an engine runs a model whose experts stay on a drive: what a layer does in which order, how
// experts are read, what is kept. And what operating systems and machines add to a read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cache/replacement.h"
#include "catalog/figure.h"

namespace plimsoll {

enum class ReadAccess {
  pread,           // one thread, through the page cache
  parallel_pread,  // several threads, through the page cache
  direct,          // several threads, past the page cache (O_DIRECT, F_NOCACHE)
  mmap,            // pages fault in where they are touched
};

// The three parts of a layer's operators that commands are made of.
enum class LayerPart {
  attention,  // from the layer's norm to the attention core (or the recurrence), that included
  router,     // output projection, norm, router, shared expert; of a dense layer its whole FFN
  experts,    // routed experts and what mixes their results
};

// One step of the host's work on a layer, in order. A command is kernels handed to the device
// together; the device runs commands in order. The host waits for a command only where `wait` says
// so.
struct StreamStep {
  enum class Kind { command, host, read };
  Kind kind = Kind::command;
  std::vector<LayerPart> parts;         // command
  bool wait = false;                    // command
  std::string what;                     // host: "attention on the CPU", "softmax and top-k"
  std::optional<Figure<Seconds>> time;  // host
};

// Where the dense weights and the application's own cache live.
// In the order of what the system may do with it.
enum class WeightMemory {
  mapped,     // file-backed: the page cache may evict them
  anonymous,  // may be compressed
  wired,      // held
};

enum class PrefillKind { token_by_token, layer_by_layer };

struct StreamingSpec {
  bool always = true;  // false: only where the weights do not fit into memory (key always)
  std::vector<ReadAccess> access;  // what it can do, default first
  int threads = 1;                 // that read at once; 0: one per CPU core
  int reads_per_expert = 1;        // calls for one expert (packed: 1; gate, up and down apart: 3)
  std::vector<StreamStep> layer;
  Figure<Seconds> submission;       // host time to encode and hand over a command
  Figure<Seconds> synchronisation;  // from a command's end until the host that waits for it goes on
  Figure<Seconds> command_gap;      // device time between two commands
  PrefillKind prefill = PrefillKind::token_by_token;
  WeightMemory dense_weights = WeightMemory::mapped;
  // Its own cache of experts; none unless the scenario asks for one, or `cache_default`.
  std::vector<ReplacementKind> cache_policies;
  WeightMemory cache_memory = WeightMemory::wired;
  double cache_default = 0.0;                   // share of what memory is left
  std::optional<Figure<Seconds>> cache_lookup;  // host time per expert and token to keep that cache
  // Format ids that are copied into another layout at load: anonymous memory, which never pages.
  std::vector<std::string> repacked;
};

// What the operating system does with files (key page_cache of an OS).
struct PageCacheSpec {
  ReplacementKind policy = ReplacementKind::lru;
  Bytes page;                   // of a fault
  Figure<Bytes> read_ahead;     // brought in by one major fault under random access
  Figure<Seconds> major_fault;  // software time of a fault that reads, besides the drive
  Figure<Seconds> minor_fault;  // of one whose page is cached, per page
  Bytes command;                // largest command to the drive that a read is cut into
  Figure<Seconds> read_call;    // software time per read call
  Figure<double> free_share;    // of memory kept free
  Figure<double> file_floor;    // of memory that anonymous memory leaves to files
  std::optional<Figure<double>> compression;     // original over compressed
  std::optional<Figure<Seconds>> decompression;  // per page
};

// Copy rate of reads that the page cache serves, with that many threads (key cached_reads of a
// device).
struct CachedReadPoint {
  int threads = 1;
  Figure<BytesPerSecond> rate;
};

// How experts are chosen (key routing of a model; the prior is in hwdb/routing.yaml). See
// routing/routing_process.h.
struct RoutingSpec {
  Figure<double> skew;                  // 0 to 8
  Figure<double> reuse;                 // 0 to 0.99
  Figure<double> memory{.value = 1.0};  // tokens, 1 to 1000
};

// hwdb/routing.yaml: models of which nobody counted it.
struct RoutingPrior {
  RoutingSpec of_text;
  // Of the experts that tokens of many texts together choose, which lie less far apart than those
  // of one: of a model with the skew above, of others in proportion to theirs. 0: all alike.
  Figure<double> mixed_skew;
};

// Two thermal nodes (key thermal of a system). See thermal/thermal.h.
struct ThermalSpec {
  Figure<double> chip_capacity;    // J/K
  Figure<double> chip_resistance;  // K/W, chip to case
  Figure<double> chip_limit;       // degrees C
  Figure<double> body_capacity;
  Figure<double> body_resistance;  // case to air
  Figure<double> body_limit;
  Figure<double> ambient;
  Figure<Watts> peak_power;  // of the chip, everything busy
  Figure<Watts> idle_power;
  Figure<double> speed_exponent;
};

}  // namespace plimsoll
