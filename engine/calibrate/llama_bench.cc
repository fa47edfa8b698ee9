#include <algorithm>

#include "base/text.h"
#include "calibrate/tool_results.h"
#include "config/node_fields.h"
#include "detect/match.h"

namespace plimsoll::calibrate {
namespace {

bool is_llama_bench(const Node& value) {
  return value.find("build_commit") && value.find("model_type") && value.find("avg_ts");
}

// "qwen3moe 30B.A3B Q4_K - Medium" -> "Q4_K": the first word that a format's name begins.
std::string format_in(const std::string& model_type) {
  std::size_t begin = 0;
  while (begin < model_type.size()) {
    const std::size_t end = std::min(model_type.find(' ', begin), model_type.size());
    std::string word = model_type.substr(begin, end - begin);
    const bool numbered =
        word.size() > 1 && is_digit(word[1]) && (word[0] == 'Q' || word[0] == 'F');
    if (numbered || word.starts_with("IQ") || word.starts_with("TQ") || word == "BF16" ||
        word.starts_with("MXFP") || word.starts_with("NVFP"))
      return word;
    begin = end + 1;
  }
  return {};
}

// What tells apart tests that cannot stand on one line.
std::string variant_of(const Node& test) {
  std::vector<std::string> parts = {text_of(test, "model_type")};
  const auto add = [&](const char* key, const std::string& usual, const std::string& word) {
    const std::string value = text_of(test, key);
    if (!value.empty() && value != usual) parts.push_back(word + " " + value);
  };
  add("n_depth", "0", "depth");
  add("type_k", "f16", "cache");
  add("flash_attn", text_of(test, "flash_attn") == "false" ? "false" : "0", "flash attention");
  add("n_gpu_layers", "", "GPU layers");
  if (backend_word(text_of(test, "backends")) == "cpu") add("n_threads", "", "threads");
  return joined(parts);
}

KernelCase case_of_test(const Node& test, double prompt, double generated) {
  KernelCase result;
  result.family = generated <= 0.0 ? "prefill" : prompt <= 0.0 ? "decode" : "prefill_and_decode";
  result.format = format_in(text_of(test, "model_type"));
  result.variant = variant_of(test);
  for (const char* key : {"model_size", "model_n_params", "n_depth", "n_batch", "n_ubatch"})
    if (const auto number = integer_of(test, key)) result.shape[key] = *number;
  result.work.items = prompt + generated;
  return result;
}

std::optional<PointResult> point_of_test(const Node& test) {
  const double prompt = number_of(test, "n_prompt").value_or(0.0);
  const double generated = number_of(test, "n_gen").value_or(0.0);
  if (!(prompt + generated > 0.0)) return std::nullopt;
  std::vector<double> seconds;
  for (const double ns : numbers_of(test, "samples_ns"))
    if (ns > 0.0) seconds.push_back(ns * 1e-9);
  KernelCase kernel_case = case_of_test(test, prompt, generated);
  if (!seconds.empty()) return sampled_point(std::move(kernel_case), seconds);
  const auto rate = positive_of(test, "avg_ts");
  if (!rate) return std::nullopt;
  const double noise = number_of(test, "stddev_ts").value_or(0.0) / *rate;
  return told_point(std::move(kernel_case), (prompt + generated) / *rate, noise, 1);
}

}  // namespace

std::optional<ToolResults> read_llama_bench(const std::vector<Node>& values,
                                            Diagnostics& diagnostics) {
  std::vector<const Node*> tests;
  for (const Node& value : values) {
    if (value.kind() == NodeKind::sequence)
      for (const Node& item : value.items()) tests.push_back(&item);
    else
      tests.push_back(&value);
  }
  if (tests.empty() || !is_llama_bench(*tests.front())) return std::nullopt;
  const Node& first = *tests.front();
  ToolResults results{.program = "llama-bench " + text_of(first, "build_number")};
  results.date = text_of(first, "test_time").substr(0, 10);
  results.cpu = plain_cpu_name(text_of(first, "cpu_info"));
  for (const Node* test : tests) {
    const std::string id = backend_word(text_of(*test, "backends"));
    const std::string device = text_of(*test, id == "cpu" ? "cpu_info" : "gpu_info");
    if (auto point = point_of_test(*test))
      results.backend(id, device).points.push_back(std::move(*point));
    else
      diagnostics.error("malformed", test->place(), "a test without tokens or without a time",
                        "n_prompt or n_gen, and samples_ns or avg_ts");
    if (id != "cpu" && results.gpus.empty() && !device.empty()) results.gpus = {device};
  }
  return results;
}

}  // namespace plimsoll::calibrate
