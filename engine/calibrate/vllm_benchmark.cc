#include <algorithm>

#include "base/text.h"
#include "calibrate/tool_results.h"
#include "config/node_fields.h"

namespace plimsoll::calibrate {
namespace {

// "20250520-103000" -> "2025-05-20".
std::string day_of(const std::string& stamp) {
  if (stamp.size() < 8 || parse_integer(stamp.substr(0, 4)).value_or(0) < 1000) return {};
  return stamp.substr(0, 4) + "-" + stamp.substr(4, 2) + "-" + stamp.substr(6, 2);
}

std::string load_text(const Node& run) {
  std::vector<std::string> parts;
  const auto add = [&](const char* key, const char* before, const char* after) {
    const std::string value = text_of(run, key);
    if (!value.empty()) parts.push_back(before + value + after);
  };
  add("model_id", "", "");
  add("max_concurrency", "", " at once");
  add("request_rate", "", " requests/s");
  return joined(parts);
}

// Times of requests, whose spread is that of requests and not of the measurement.
void add_median(const Node& run, const std::string& metric, const char* family,
                std::vector<PointResult>& points) {
  const auto median = positive_of(run, "median_" + metric + "_ms");
  if (!median) return;
  KernelCase of{.family = family, .variant = load_text(run), .work = {.items = 1.0}};
  const double noise = number_of(run, "std_" + metric + "_ms").value_or(0.0) / *median;
  const auto count = integer_of(run, "completed").value_or(1);
  points.push_back(told_point(std::move(of), *median * 1e-3, noise,
                              static_cast<int>(std::clamp<std::int64_t>(count, 1, 1'000'000'000))));
}

void add_throughput(const Node& run, const char* tokens_key, const char* seconds_key,
                    const char* family, std::vector<PointResult>& points) {
  const auto tokens = positive_of(run, tokens_key);
  const auto seconds = positive_of(run, seconds_key);
  if (!tokens || !seconds) return;
  KernelCase of{.family = family, .variant = load_text(run), .work = {.items = *tokens}};
  points.push_back(told_point(std::move(of), *seconds, 0.0, 1));
}

void add_latencies(const Node& run, std::vector<PointResult>& points) {
  std::vector<double> seconds;
  for (const double each : numbers_of(run, "latencies"))
    if (each > 0.0) seconds.push_back(each);
  if (seconds.empty()) return;
  KernelCase of{.family = "batch_latency", .work = {.items = 1.0}};
  points.push_back(sampled_point(std::move(of), seconds));
}

bool is_vllm(const Node& run) {
  const bool serve = run.find("median_ttft_ms") && run.find("output_throughput");
  const bool throughput = run.find("elapsed_time") && run.find("tokens_per_second");
  return serve || throughput || (run.find("avg_latency") && run.find("latencies"));
}

}  // namespace

std::optional<ToolResults> read_vllm_benchmark(const std::vector<Node>& values,
                                               Diagnostics& diagnostics) {
  if (values.empty() || !is_vllm(values.front())) return std::nullopt;
  ToolResults results{.program = "vllm bench"};
  results.date = day_of(text_of(values.front(), "date"));
  for (const Node& run : values) {
    // On which device it ran the file does not say.
    auto& points = results.backend("vllm", "").points;
    const std::size_t before = points.size();
    add_median(run, "ttft", "serve_first_token", points);
    add_median(run, "tpot", "serve_token", points);
    add_throughput(run, "total_output_tokens", "duration", "serve_throughput", points);
    add_throughput(run, "total_num_tokens", "elapsed_time", "offline_throughput", points);
    add_latencies(run, points);
    if (points.size() == before)
      diagnostics.error("malformed", run.place(), "a run of vLLM's benchmark without a time",
                        "median_ttft_ms, elapsed_time or latencies");
  }
  return results;
}

}  // namespace plimsoll::calibrate
