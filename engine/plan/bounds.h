// What a candidate could at best come to, without placing or simulating it.
//
// Every bound is admissible: a simulated plan is never faster, never answers sooner and never holds
// a longer context than its bound says. A test holds them against the simulator over the whole
// catalogue. So no plan that would meet a requirement is ever cut.
//
//   memory    weights + cache                          <= usable memory of all pools
//   decode    bytes read per step / (bandwidth x efficiency of the best executor) x executors that
//             can work on one token at the same time; and what no accelerator has room for is read
//             by the CPU
//   prefill   FLOP of the prompt / matrix rate of all executors together
//   context   (usable memory - weights) / cache bytes per token
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "fabric/fabric.h"
#include "footprint/footprint.h"
#include "scenario/scenario.h"

namespace plimsoll {

// What every decoded token and every prompt token needs of a model in one quantization.
struct QuantizedWork {
  struct Read {
    Bytes dense;    // by every pass
    Bytes experts;  // by a pass that touches them all
    friend bool operator==(const Read&, const Read&) = default;
  };
  std::map<std::string, Read> reads;  // by kernel family
  Bytes weights;                      // everything, read or not
  Bytes dense_read, expert_read;      // sums of `reads`
  double prompt_elements = 0.0;       // multiply-adds of matrix products per prompt token
  double bits_per_weight = 0.0;

  // Equal ones are alike to every engine: float16 and bfloat16.
  friend bool operator==(const QuantizedWork&, const QuantizedWork&) = default;
};
QuantizedWork quantized_work(const ModelSpec& model, const QuantizationSpec& recipe,
                             Catalog& catalog, Diagnostics& diagnostics);

// The same of the cache of `batch` sequences: depends on the engine's formats and on the workload.
struct CacheWork {
  Bytes total;      // of all sequences at the scenario's context
  Bytes read;       // by the first decoded token, all sequences
  Bytes fixed;      // of all sequences whatever the context
  Bytes per_token;  // by which `total` grows at least with one more token of context
};
CacheWork cache_work(const Scenario& scenario, int batch);

// One machine under one backend of an engine.
struct MachineRoofs {
  Bytes usable;              // of all pools that may hold weights or cache
  Bytes accelerator_usable;  // of those that accelerators read
  struct Unit {
    const BackendSpec* backend = nullptr;
    BytesPerSecond memory;  // achievable, of the fastest executor of its kind
    int count = 0;
    FlopPerSecond compute;  // of all of them, the best that any product reaches; may be infinite
  };
  Unit gpu;  // count 0: none, or a CPU backend
  Unit cpu;  // count 0: the engine leaves it idle
};
MachineRoofs machine_roofs(const Scenario& scenario, const Fabric& machine, const RoofTable& roofs);

// Whether a step goes through whole layers one after another, whatever works on them: then more
// machines of a kind never make it faster.
bool works_in_turn(const Scenario& scenario);

struct Bounds {
  bool fits = false;
  double decode_tokens_per_second = 0.0;  // of each sequence; at most
  Seconds time_to_first_token;            // at least
  std::int64_t largest_context = 0;       // at most
};
// `machines` of the kind hold the model together and decode `batch` sequences at once. `scenario`
// as resolved for one machine and one sequence, whatever its quantization.
struct Deployed {
  int machines = 1;
  int batch = 1;
};
Bounds bound_of(const Scenario& scenario, const Deployed& deployed, const MachineRoofs& machine,
                const QuantizedWork& work, const CacheWork& cache);

}  // namespace plimsoll
