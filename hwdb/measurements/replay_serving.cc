// Developer tool: recorded runs of real servers, their arrivals replayed, with the errors of what
// is predicted. Not installed.
//
//   plimsoll-replay-serving [FOLDER [OVERLAY]]
//
// FOLDER: hwdb/measurements/serving; OVERLAY: own engines/, devices/ … over the database.
//
// A run is a folder with requests.jsonl (arrival, first and last token of each request) and
// meta.json (what the server was started with). Errors are of mean and 95th percentile, of all
// requests and of the 250 after the first 50.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/sample_figures.h"
#include "evaluate/serving_run.h"
#include "scenario/recorded_requests.h"
#include "scenario/scenario.h"

namespace plimsoll {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// What the recording does not name as the catalogue does.
struct Recorded {
  const char* folder;
  std::vector<std::pair<std::string, std::string>> options;
  std::vector<std::string> overrides;
};
const std::vector<Recorded> runs = {
    {"rtx4090-llama-3.1-8b", {{"model", "llama-3.1-8b"}, {"system", "rtx-4090-pc"}}, {}},
    {"2x-rtx-pro-6000-qwen3-30b-a3b",
     {{"model", "qwen3-30b-a3b"}, {"system", "rtx-pro-6000-2x"}, {"context", "262144"}},
     {"placement=expert_parallel"}},
};

struct Latencies {
  std::vector<double> first_token, per_token, end_to_end;
  void add(double arrival, double first, double last, double output) {
    first_token.push_back(first - arrival);
    end_to_end.push_back(last - arrival);
    if (output > 1) per_token.push_back((last - first) / (output - 1));
  }
};

Latencies measured(const std::vector<AnsweredRequest>& requests, std::size_t from) {
  Latencies latencies;
  for (std::size_t i = from; i < requests.size(); ++i)
    latencies.add(0.0, requests[i].first_token.base(), requests[i].last_token.base(),
                  static_cast<double>(requests[i].request.output));
  return latencies;
}

Latencies predicted(const ServingRun& run, std::size_t from) {
  constexpr double second = 1e-12;
  Latencies latencies;
  for (std::size_t i = from; i < run.requests().size(); ++i) {
    const serving::RequestTimes& times = run.requests()[i];
    latencies.add(static_cast<double>(times.arrival) * second,
                  static_cast<double>(times.first_token) * second,
                  static_cast<double>(times.last_token) * second,
                  static_cast<double>(times.output));
  }
  return latencies;
}

void print_row(const char* what, const std::vector<double>& ours,
               const std::vector<double>& theirs) {
  const auto error = [](double predicted, double actual) {
    return 100.0 * (predicted / actual - 1.0);
  };
  const double p95 = 0.95;
  std::printf(
      "  %-12s mean %8.3f s, measured %8.3f s, %+6.1f %%   p95 %8.3f s, measured %8.3f s, %+6.1f "
      "%%\n",
      what, mean_of(ours), mean_of(theirs), error(mean_of(ours), mean_of(theirs)),
      percentile_of(ours, p95), percentile_of(theirs, p95),
      error(percentile_of(ours, p95), percentile_of(theirs, p95)));
}

void print_errors(const Latencies& ours, const Latencies& theirs) {
  print_row("first token", ours.first_token, theirs.first_token);
  print_row("per token", ours.per_token, theirs.per_token);
  print_row("end to end", ours.end_to_end, theirs.end_to_end);
}

ScenarioSpec scenario_of(const Recorded& run, const fs::path& folder) {
  const json started = json::parse(std::ifstream(folder / "meta.json"))["engine_kwargs"];
  auto options = run.options;
  options.emplace_back("quantization", "bf16-safetensors");
  options.emplace_back("engine", "vllm");
  if (!started["max_model_len"].is_null())
    options.emplace_back("context", std::to_string(started["max_model_len"].get<int>()));
  auto overrides = run.overrides;
  overrides.push_back("load.arrivals=trace");
  overrides.push_back("load.trace=\"" + fs::absolute(folder / "requests.jsonl").string() + "\"");
  overrides.push_back("load.max_sequences=" + started["max_num_seqs"].dump());
  overrides.push_back("load.max_step_tokens=" + started["max_num_batched_tokens"].dump());
  return scenario_from_options(options, overrides);
}

void replay(const Recorded& run, const fs::path& folder, Catalog& catalog) {
  Diagnostics diagnostics;
  const auto prepared = prepare(scenario_of(run, folder), catalog, diagnostics);
  throw_if_errors(diagnostics);
  const ServingRun served(*prepared, catalog.roofs(diagnostics), {.intervals = false});
  const ServingOutcome outcome = served.outcome();
  std::printf("%s: %lld steps of %.1f ms, %lld preemptions, %lld tokens of cache\n", run.folder,
              static_cast<long long>(outcome.steps), outcome.step_s.value * 1e3,
              static_cast<long long>(outcome.preemptions),
              static_cast<long long>(outcome.cache_tokens));
  const auto requests = read_answered_requests(folder / "requests.jsonl", {}, diagnostics);
  throw_if_errors(diagnostics);
  print_errors(predicted(served, 0), measured(requests, 0));
  constexpr std::size_t first = 50;
  std::printf("  after the first %zu requests\n", first);
  print_errors(predicted(served, first), measured(requests, first));
}

}  // namespace
}  // namespace plimsoll

int main(int argc, char** argv) {
  using namespace plimsoll;
  const fs::path folder = argc > 1 ? argv[1] : "hwdb/measurements/serving";
  try {
    std::vector<DataFolders> data = {find_data_folders({})};
    if (argc > 2) data.push_back(overlay_folders(argv[2]));
    Catalog catalog(data);
    for (const Recorded& run : runs) replay(run, folder / run.folder, catalog);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
    return 1;
  }
  return 0;
}
