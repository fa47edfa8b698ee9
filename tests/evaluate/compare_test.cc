#include "evaluate/compare.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "evaluate/prepared_fixture.h"

namespace plimsoll {
namespace {

using Overrides = std::vector<std::string>;

NamedScenario named(const std::string& name, const Options& options,
                    const Overrides& overrides = {}) {
  return {.name = name, .file = name + ".yaml", .spec = spec_of(options, overrides)};
}

const Options on_4090 = {
    {"model", "llama-3.1-8b"}, {"quantization", "q4_k_m"}, {"system", "rtx-4090-pc"}};

Comparison compared(const std::vector<NamedScenario>& scenarios,
                    Catalog& catalog = shipped_catalog()) {
  Comparison comparison = compare(scenarios, catalog);
  REQUIRE(comparison.scenarios.size() == scenarios.size());
  return comparison;
}

const FigureRatio& ratio_named(const ComparedScenario& scenario, std::string_view key) {
  const auto found = std::find_if(scenario.against_first.begin(), scenario.against_first.end(),
                                  [&](const FigureRatio& each) { return each.figure->key == key; });
  REQUIRE(found != scenario.against_first.end());
  return *found;
}

double sigma_of(const Estimate& estimate) {
  return log_sigma_of_range(estimate.low, estimate.high);
}

std::vector<std::string> fields_of(const Comparison& comparison) {
  std::vector<std::string> fields;
  for (const ScenarioDifference& each : comparison.differences) fields.push_back(each.field);
  return fields;
}

constexpr const char* decode = "decode_tokens_per_second";
constexpr const char* first_token = "time_to_first_token_s";

}  // namespace

TEST_CASE("an error that both share cancels in the ratio", "[evaluate][compare]") {
  const LogErrors a{.shared = {{"bandwidth", 0.1}, {"only a", 0.05}}, .own = 0.3};
  LogErrors b{.shared = {{"bandwidth", 0.1}, {"only b", 0.12}}, .own = 0.4};
  const Estimate ratio = ratio_of(Estimate::exact(10.0), a, Estimate::exact(20.0), b);
  CHECK(ratio.value == Approx(2.0));
  // 0.05^2 + 0.12^2 + 0.3^2 + 0.4^2 = 0.2669
  CHECK(sigma_of(ratio) == Approx(std::sqrt(0.2669)));
  CHECK(ratio.high / ratio.value == Approx(ratio.value / ratio.low));

  // Half the elasticity: half of the error stays. (0.1 - 0.05)^2 more.
  b.shared[0].deviation = 0.05;
  CHECK(sigma_of(ratio_of(Estimate::exact(1.0), a, Estimate::exact(1.0), b)) ==
        Approx(std::sqrt(0.2669 + 0.0025)));
  // What makes one faster and the other slower counts twice.
  b.shared[0].deviation = -0.1;
  CHECK(sigma_of(ratio_of(Estimate::exact(1.0), a, Estimate::exact(1.0), b)) ==
        Approx(std::sqrt(0.2669 + 0.04)));
}

TEST_CASE("errors of a figure add in squares", "[evaluate][compare]") {
  // 3, 4 and 12: the sides of a box with diagonal 13
  CHECK(LogErrors{.shared = {{"x", 0.3}, {"y", -0.4}}, .own = 1.2}.sigma() == Approx(1.3));
}

TEST_CASE("a scenario against itself is the same for sure", "[evaluate][compare]") {
  const Comparison comparison = compared({named("a", on_4090), named("b", on_4090)});
  CHECK(comparison.differences.empty());
  CHECK_FALSE(comparison.scenarios[1].against_first.empty());
  for (const FigureRatio& each : comparison.scenarios[1].against_first) {
    CHECK(each.ratio == Estimate::exact(1.0));
    CHECK_FALSE(each.clear);
  }
  CHECK(comparison.scenarios[0].against_first.empty());
}

TEST_CASE("nothing shared: the intervals add in squares", "[evaluate][compare]") {
  // A fit makes everything share a little: kernels of all GPUs lean on one another.
  DataFolders folders = find_data_folders({});
  folders.fit = "";
  Catalog unfitted({folders});
  const Comparison comparison =
      compared({named("a", {{"model", "gemma-2b"}, {"system", "rtx-4090-pc"}, {"engine", "vllm"}}),
                named("b", {{"model", "gemma-2b"},
                            {"system", "macbook-pro-16-m3-max-48gb"},
                            {"engine", "llama.cpp"}})},
               unfitted);
  const ComparedScenario& a = comparison.scenarios[0];
  const ComparedScenario& b = comparison.scenarios[1];
  for (const OutcomeFigure& figure : outcome_figures) {
    const auto& of_a = a.outcome.*figure.value;
    const auto& of_b = b.outcome.*figure.value;
    if (!of_a || !of_b || of_a->low == of_a->high) continue;
    CAPTURE(figure.key);
    const FigureRatio& each = ratio_named(b, figure.key);
    CHECK(each.ratio.value == Approx(of_b->value / of_a->value));
    CHECK(sigma_of(each.ratio) == Approx(std::hypot(sigma_of(*of_a), sigma_of(*of_b))));
  }
}

// Same device, kernels and engine: less uncertain than if the two had nothing in common, and no
// less uncertain than what the model cannot explain in either.
TEST_CASE("the same machine: the ratio is surer than its parts", "[evaluate][compare]") {
  const Comparison comparison =
      compared({named("a", on_4090), named("b", on_4090, {"workload.depth=3000"})});
  CHECK(fields_of(comparison) == std::vector<std::string>{"workload.depth"});
  const Outcome& a = comparison.scenarios[0].outcome;
  const Outcome& b = comparison.scenarios[1].outcome;
  const auto ready = prepared(on_4090);
  SpeedModel model = speed_model(*ready);
  model.measure();
  const double spread = model.cost().decode_spread();
  const double alone = model.middle_token().log_sigma(model.cost(), spread);
  const double residual = spread * model.cost().decode_width().factor(alone);
  const FigureRatio& each = ratio_named(comparison.scenarios[1], decode);
  CHECK(each.ratio.value < 1.0);  // a longer past takes longer to read
  CHECK(sigma_of(each.ratio) <
        std::hypot(sigma_of(*a.decode_tokens_per_second), sigma_of(*b.decode_tokens_per_second)));
  CHECK(sigma_of(each.ratio) >= std::sqrt(2.0) * residual * (1.0 - 1e-9));
}

TEST_CASE("a clear difference", "[evaluate][compare]") {
  const Comparison comparison =
      compared({named("a", on_4090), named("b", {{"model", "llama-3.1-8b"},
                                                 {"quantization", "q4_k_m"},
                                                 {"system", "raspberry-pi-5-8gb"}})});
  const FigureRatio& each = ratio_named(comparison.scenarios[1], decode);
  // 1008 GB/s against 17 GB/s
  CHECK(each.ratio.high < 0.1);
  CHECK(each.clear);
  CHECK(ratio_named(comparison.scenarios[1], first_token).clear);
}

// Of medium confidence, without a range: a deviation of 0.04 of the logarithm each.
TEST_CASE("prices of two machines err independently", "[evaluate][compare]") {
  const Comparison comparison =
      compared({named("a", {{"model", "llama-3.1-8b"}, {"system", "mac-studio-m1-max-32gb"}}),
                named("b", {{"model", "llama-3.1-8b"}, {"system", "mac-studio-m1-ultra-64gb"}})});
  const FigureRatio& each = ratio_named(comparison.scenarios[1], "price_usd");
  CHECK(sigma_of(each.ratio) == Approx(std::sqrt(2.0) * 0.04));
  CHECK(each.clear);
  CHECK(each.ratio.value == Approx(comparison.scenarios[1].outcome.price_usd->value /
                                   comparison.scenarios[0].outcome.price_usd->value));
}

TEST_CASE("names differ by what they name, not by their spelling", "[evaluate][compare]") {
  const Comparison comparison = compared(
      {named("a", on_4090),
       named("b",
             {{"model", "Llama 3.1 8B"}, {"quantization", "Q4_K_M"}, {"system", "rtx-4090-pc"}},
             {"workload.prompt=512", "workload.kv_format=f16", "engine=llama.cpp:cuda"})});
  CHECK(fields_of(comparison).empty());
}

TEST_CASE("what does not fit has no ratios", "[evaluate][compare]") {
  const Comparison comparison = compared({named("a", on_4090),
                                          named("b", {{"model", "llama-3.1-405b"},
                                                      {"quantization", "f16"},
                                                      {"system", "raspberry-pi-4b-8gb"}}),
                                          named("c", on_4090, {"placement.strategy=single"})});
  CHECK(comparison.scenarios[1].outcome.verdict == Verdict::does_not_fit);
  CHECK(comparison.scenarios[1].against_first.empty());
  const auto& differences = comparison.differences;
  const auto placement = std::find_if(
      differences.begin(), differences.end(),
      [](const ScenarioDifference& each) { return each.field == "placement.strategy"; });
  REQUIRE(placement != differences.end());
  CHECK(placement->values == std::vector<std::string>{"default", "default", "single"});
}

TEST_CASE("with what it takes to fit, the figures are those of the changed scenario",
          "[evaluate][compare]") {
  const Options large = {
      {"model", "llama-3.1-8b"}, {"quantization", "f16"}, {"system", "rtx-4090-pc"}};
  const Overrides too_long = {"workload.context=131072", "placement.strategy=single"};
  const Comparison comparison = compared({named("a", on_4090), named("b", large, too_long)});
  const ComparedScenario& changed = comparison.scenarios[1];
  REQUIRE(changed.outcome.verdict == Verdict::fits_with_changes);
  // Same kind of machine and engine: errors were found and partly cancel.
  CHECK(sigma_of(ratio_named(changed, decode).ratio) <
        std::hypot(sigma_of(*comparison.scenarios[0].outcome.decode_tokens_per_second),
                   sigma_of(*changed.outcome.decode_tokens_per_second)));
}

TEST_CASE("all scenarios that cannot be resolved are told at once", "[evaluate][compare]") {
  try {
    compare({named("a", {{"model", "nonsense"}, {"system", "rtx-4090-pc"}}),
             named("b", {{"model", "gemma-2b"}, {"system", "nonsense"}})},
            shipped_catalog());
    FAIL("not refused");
  } catch (const InputError& refused) {
    std::vector<std::string> codes;
    for (const Diagnostic& each : refused.diagnostics().sorted()) codes.push_back(each.code);
    CHECK(codes == std::vector<std::string>{"unknown-model", "unknown-system"});
  }
}

TEST_CASE("labels go on after Z", "[evaluate][compare]") {
  std::vector<NamedScenario> many(
      28, named("x", {{"model", "gemma-2b"}, {"quantization", "q8_0"}, {"system", "rtx-4090-pc"}}));
  const Comparison comparison = compared(many);
  CHECK(comparison.scenarios[0].label == "A");
  CHECK(comparison.scenarios[25].label == "Z");
  CHECK(comparison.scenarios[26].label == "AA");
  CHECK(comparison.scenarios[27].label == "AB");
}

}  // namespace plimsoll
