#include "plan/summary.h"

#include <algorithm>
#include <cmath>

#include "evaluate/changes.h"
#include "plan/prices.h"

namespace plimsoll {

double chance_at_least(const Estimate& estimate, double limit) {
  if (limit <= 0.0) return 1.0;
  const double sigma = estimate.low > 0.0 ? log_sigma_of_range(estimate.low, estimate.high) : 0.0;
  const double margin = std::log(estimate.value / limit);
  if (sigma == 0.0) return margin >= 0.0 ? 1.0 : 0.0;
  return standard_normal_below(margin / sigma);
}

double chance_at_most(const Estimate& estimate, double limit) {
  if (!(limit > 0.0)) return 0.0;
  return chance_at_least(reciprocal(estimate), 1.0 / limit);
}

namespace {

std::string shell_word(const std::string& text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._:=/-+").find(c) != std::string_view::npos;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string option_of(const std::string& key) {
  return key == "quantization" ? "--quant" : "--" + key;
}

std::vector<Chance> chances_of(const Limits& limits, const Evaluated& result) {
  std::vector<Chance> chances;
  chances.push_back({.of = "memory", .value = result.fits_probability});
  if (limits.at_least > 0.0)
    chances.push_back({.of = "speed", .value = chance_at_least(result.decode, limits.at_least)});
  if (limits.ttft)
    chances.push_back(
        {.of = "time to first token", .value = chance_at_most(result.first_token, *limits.ttft)});
  return chances;
}

}  // namespace

std::string report_command(const Space::Question& question) {
  std::string command = "plimsoll report";
  for (const auto& [key, value] : question.options)
    command += " " + option_of(key) + " " + shell_word(value);
  for (const std::string& change : question.overrides) command += " --set " + shell_word(change);
  return command;
}

PlannedMachine summary_of(const Space& space, const Limits& limits, const Tried& tried) {
  const Site& site = *tried.site;
  const Setup& setup = space.setup_of(site, *tried.candidate);
  const QuantizedModel& quantized =
      space.quantizations()[static_cast<std::size_t>(tried.candidate->quantization)];
  PlannedMachine plan;
  plan.machines = site.machines;
  plan.engine = setup.scenario.engine->id;
  plan.engine_name = setup.scenario.engine->name;
  plan.backend = setup.scenario.backend->id;
  plan.quantization = quantized.recipe->id;
  plan.quantization_name = quantized.recipe->name;
  plan.raise_gpu_limit = setup.raised;
  plan.batch = site.batch;
  plan.bits_per_weight = quantized.work.bits_per_weight;
  plan.quality = quantized.quality;
  plan.warning = quality_warning(quantized.work.bits_per_weight, false);
  plan.placement = tried.result.placement;
  plan.decode_tokens_per_second = tried.result.decode;
  plan.throughput_tokens_per_second = times(tried.result.throughput, site.machines.replicas);
  plan.time_to_first_token_s = tried.result.first_token;
  plan.largest_context = tried.result.largest_context;
  plan.power = site.power;
  plan.price = site.price;
  plan.chances = chances_of(limits, tried.result);
  Space::Question question = space.question(site, *tried.candidate);
  plan.command = report_command(question);
  plan.options = std::move(question.options);
  plan.overrides = std::move(question.overrides);
  return plan;
}

}  // namespace plimsoll
