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
#include "scenario/scenario.h"

namespace plimsoll {

struct Measurement {
  std::string id;
  std::string source;
  std::string date;
  std::string device;
  std::string variant;
  std::optional<double> memory_gb;
  int count = 1;  // devices, over all machines
  int nodes = 1;
  std::string link;         // between the machines
  std::string parallelism;  // "tensor", "layer_split", …; empty: not stated
  std::string placement;    // empty: accelerator
  std::string model;
  std::string quantization;
  std::string engine;
  std::string engine_version;
  std::string backend;
  std::string metric;
  std::string value_scope;
  std::string kv_format;
  std::optional<std::int64_t> prompt_tokens;
  std::optional<std::int64_t> generated_tokens;
  std::int64_t depth = 0;
  int batch = 1;
  std::optional<int> concurrency;  // requests kept in flight
  bool under_load = false;         // concurrency or arrivals: needs the request-level loop
  double value = 0.0;
  std::vector<std::string> flags;  // "suspect…" and the like: reported apart, never fitted
  SourcePlace place;

  bool doubtful() const { return !flags.empty(); }
};

// Every point of a measurement file; fields this program does not use are passed over. Points
// without id, metric or value are diagnostics.
std::vector<Measurement> read_measurements(const std::filesystem::path& file,
                                           Diagnostics& diagnostics);
std::vector<Measurement> read_measurements(const Node& root, Diagnostics& diagnostics);

// The scenario a point was measured in, or nothing with the reason (`unresolved device '…'`, `no
// such engine`).
struct MeasuredScenario {
  std::optional<ScenarioSpec> spec;
  std::string why_not;
};
MeasuredScenario scenario_of(const Measurement& measurement, Catalog& catalog);

}  // namespace plimsoll
