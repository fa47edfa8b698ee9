// The quantization a published point was measured in: as stated where its engine loads that, else
// what the words mean with that engine.
#pragma once

#include <optional>
#include <string>

#include "catalog/catalog.h"
#include "measurements/measurement.h"

namespace plimsoll {

struct MeasuredWeights {
  std::string quantization;            // id; empty: see why_not
  std::optional<AssumedFact> assumed;  // what had to be chosen
  std::string reason;
  std::string why_not;
};

// Where the stated quantization belongs to another family of files, tables mean its width: "4-bit"
// of llama.cpp is Q4_K_M (github.com/mlc-ai/llm-perf-bench and github.com/premAI-io/benchmarks run
// that file under this heading), of ExLlamaV2 4 bits per weight. Taken is the engine's first usual
// quantization of as many whole bits.
//
// Where nothing is stated, serving engines run the published checkpoint as it is, engines with
// files of their own a usual one of 4 bits, or the first that the memory holds; MLPerf submissions
// the narrowest precision that the device multiplies in (NVIDIA's of round 4.1: FP8 on Hopper, FP4
// on Blackwell).
MeasuredWeights weights_of(const Measurement& measurement, const ModelSpec& model,
                           const EngineSpec& engine, const DeviceSpec& device, Catalog& catalog);

}  // namespace plimsoll
