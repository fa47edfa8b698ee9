// What other people's benchmarks wrote, as points of a profile: one reader for each program, which
// says whether a text is its own and takes what it knows. What a file does not say is not made up.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "calibrate/harness.h"
#include "catalog/catalog.h"
#include "config/node.h"

namespace plimsoll::calibrate {

struct ToolResults {
  std::string program;  // "fio-3.33"
  std::string date{};   // empty: not told
  std::string cpu{};    // of the machine; empty: not told
  std::vector<std::string> gpus{};
  std::vector<BackendResult> backends{};  // without rates

  // The backend of that id and device, which is added where it is not there.
  BackendResult& backend(const std::string& id, const std::string& device);
};

// Each: nothing where the value is another program's; complaints (code malformed) where it is its
// own and lacks what it must have.
using JsonResultReader = std::optional<ToolResults> (*)(const std::vector<Node>& values,
                                                        Diagnostics& diagnostics);
// llama-bench -o json and -o jsonl (llama.cpp, tools/llama-bench/README.md). A rate per token of a
// whole model: which bytes a token reads the file does not say.
std::optional<ToolResults> read_llama_bench(const std::vector<Node>& values, Diagnostics&);
// vllm bench serve, throughput and latency with --save-result or --output-json.
std::optional<ToolResults> read_vllm_benchmark(const std::vector<Node>& values, Diagnostics&);
// fio --output-format=json (fio HOWTO, "JSON output").
std::optional<ToolResults> read_fio(const std::vector<Node>& values, Diagnostics&);
// iperf3 --json.
std::optional<ToolResults> read_iperf3(const std::vector<Node>& values, Diagnostics&);
// nvbandwidth --json.
std::optional<ToolResults> read_nvbandwidth(const std::vector<Node>& values, Diagnostics&);

// test-backend-ops perf (llama.cpp, tests/test-backend-ops.cpp): lines. Block sizes of the formats
// come from the catalogue.
std::optional<ToolResults> read_backend_ops(std::string_view text, const std::string& file,
                                            Catalog& catalog, Diagnostics& diagnostics);

// ----- what the readers share

// A measured point whose program kept samples, or told only their mean and standard deviation.
PointResult sampled_point(KernelCase kernel_case, const std::vector<double>& seconds);
PointResult told_point(KernelCase kernel_case, double seconds, double noise, int count);

// The numbers of a list; empty where there is none.
std::vector<double> numbers_of(const Node& map, std::string_view key);
std::optional<double> positive_of(const Node& map, std::string_view key);

// "CUDA" -> cuda, "ROCm" -> hip, "MTL0" -> metal, "CPU" -> cpu, else the word in lower case.
std::string backend_word(std::string_view name);

}  // namespace plimsoll::calibrate
