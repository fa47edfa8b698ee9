// Published measurements of speed: read from a file of points and turned into scenarios. Format:
// hwdb/measurements/README.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "catalog/catalog.h"
#include "config/node.h"
#include "measurements/reading.h"
#include "scenario/scenario.h"

namespace plimsoll {

// Of memory, which sources give in GB, powers of two are meant.
inline constexpr double memory_gigabyte = 1024.0 * 1024.0 * 1024.0;

struct Measurement {
  std::string id;
  std::string source;
  std::string date;
  std::string device;
  std::string variant;
  std::optional<double> memory_gb;         // of one card, or that a SoC shares with its host
  std::optional<double> bandwidth_stated;  // of its memory, GB/s
  std::string host;                        // the machine around it, in the source's words
  int count = 1;                           // devices, over all machines; of CPUs sockets
  int nodes = 1;
  std::string link;                    // between devices or machines
  std::string parallelism;             // "tensor", "layer_split", …; empty: not stated
  std::optional<int> parallel_degree;  // devices that share a copy of the weights
  std::optional<int> pipeline_degree;  // stages of it, beside another kind
  std::optional<int> expert_degree;    // devices that share the routed experts
  std::string placement;               // empty: accelerator
  std::string model;
  std::string quantization;
  std::string engine;
  std::string engine_version;
  std::string backend;
  std::string metric;
  std::string value_scope;
  std::string kv_format;
  std::optional<bool> flash_attention;
  std::optional<int> threads;
  std::optional<int> micro_batch;  // n_ubatch: tokens of a prompt in one pass
  std::optional<std::int64_t> prompt_tokens;
  std::optional<std::int64_t> generated_tokens;
  std::int64_t depth = 0;
  int batch = 1;
  std::optional<int> concurrency;  // requests kept in flight
  std::string load;                // how requests came, in the source's words
  // Of runs under requests that arrive by themselves: output tokens a second of the same run, which
  // another point of the file states.
  std::optional<double> run_throughput;
  std::optional<int> experts_used;  // per token, where fewer than trained (top_k)
  bool under_load = false;          // concurrency or arrivals: needs the request-level loop
  double value = 0.0;
  std::vector<std::string> flags;  // "suspect…" and the like: reported apart, never fitted
  std::string notes;
  SourcePlace place;

  bool doubtful() const { return !flags.empty(); }
};

// Every point of a measurement file; fields this program does not use are passed over. Points
// without id, metric or value are diagnostics.
std::vector<Measurement> read_measurements(const std::filesystem::path& file,
                                           Diagnostics& diagnostics);
std::vector<Measurement> read_measurements(const Node& root, Diagnostics& diagnostics);

// Something that the source leaves open and the scenario had to choose, and how far the speed may
// be off for it: a standard deviation of its logarithm.
struct AssumedFact {
  std::string what;
  double log_sigma = 0.0;
};

// The scenario a point was measured in and how its value is read off what comes of it; or nothing
// with the reason, as a word ("unresolved-device") and as a sentence.
struct MeasuredScenario {
  std::optional<ScenarioSpec> spec;
  Reading reading;
  std::vector<AssumedFact> assumed;
  std::string reason;
  std::string why_not;

  double assumed_log_sigma() const;  // of all of them, independent of one another
};
MeasuredScenario scenario_of(const Measurement& measurement, Catalog& catalog);

// Points of one run, as time to first token and throughput of a server, share their scenario and so
// whatever is made of it: indices of those whose scenarios differ by their names only, in the order
// of the first of each. One without a scenario is alone.
std::vector<std::vector<std::size_t>> same_scenarios(
    const std::vector<const MeasuredScenario*>& scenarios);

}  // namespace plimsoll
