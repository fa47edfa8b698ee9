// Speculation and the other savings against closed forms, and what must be monotone in them.
#include "evaluate/savings.h"

#include <cmath>
#include <string>
#include <vector>

#include "base/estimate.h"
#include "catalog/figure_spread.h"
#include "evaluate/prepared_fixture.h"
#include "evaluate/speculation.h"

namespace plimsoll {
namespace {

using Overrides = std::vector<std::string>;

TEST_CASE("a step yields the geometric sum of its chances", "[evaluate][savings]") {
  for (const int k : {1, 2, 5, 16}) {
    CHECK(tokens_per_step(1.0, k) == k + 1);
    CHECK(tokens_per_step(0.0, k) == 1.0);
    for (const double a : {0.1, 0.5, 0.8, 0.99}) {
      CHECK(tokens_per_step(a, k) == Approx((1.0 - std::pow(a, k + 1)) / (1.0 - a)));
      constexpr double h = 1e-6;
      CHECK(tokens_per_step_slope(a, k) ==
            Approx((tokens_per_step(a + h, k) - tokens_per_step(a - h, k)) / (2.0 * h)));
    }
  }
}

Options dense_on_h100(const std::string& batch = "1") {
  return {{"model", "llama-3.1-8b"},        {"quantization", "bf16-safetensors"},
          {"system", "h100-sxm5-80gb-box"}, {"engine", "vllm"},
          {"placement", "single"},          {"batch", batch}};
}

// A short context: else the cache, which verification reads once for all its tokens, is what a
// large batch waits for.
Options short_on_h100(const std::string& batch) {
  Options options = dense_on_h100(batch);
  options.insert(options.end(), {{"prompt", "16"}, {"generate", "16"}});
  return options;
}

double token_seconds(const Options& options, const Overrides& overrides = {}) {
  const auto ready = prepared(options, overrides);
  return speed_model(*ready).middle_token().time.base();
}

double pass_seconds(SpeedModel& model, const Lowering& lowering, std::int64_t tokens,
                    std::int64_t past, bool all_logits) {
  return model.simulator()
      .run(lowering.lower({.tokens = tokens, .past = past, .logits_of_last_only = !all_logits}))
      .time.base();
}

// The look-up costs the device nothing, so a step is the pass that verifies.
TEST_CASE("an n-gram draft costs what verification costs", "[evaluate][savings]") {
  for (const double a : {0.0, 0.5, 1.0}) {
    const auto ready = prepared(dense_on_h100(),
                                {"savings.speculative.draft=ngram", "savings.speculative.tokens=4",
                                 "savings.speculative.acceptance=" + std::to_string(a)});
    SpeedModel model = speed_model(*ready);
    const double verify =
        pass_seconds(model, Lowering(ready->lowering_request()), 5, model.middle(), true);
    CHECK(model.middle_token().time.base() == Approx(verify / tokens_per_step(a, 4)));
  }
}

// llama.cpp runs every draft pass as a step of its own.
TEST_CASE("a step is its draft passes and one verification", "[evaluate][savings]") {
  const Options options{{"model", "qwen3-32b"},
                        {"quantization", "q4_k_m"},
                        {"system", "rtx-4090-pc"},
                        {"engine", "llama.cpp"},
                        {"placement", "single"}};
  const auto ready = prepared(options, {"savings.speculative={draft: qwen3-0.6b, tokens: 3, "
                                        "acceptance: 0.7, quantization: q8_0}"});
  SpeedModel model = speed_model(*ready);
  const Drafting drafting(ready->lowering_request());
  const std::int64_t past = model.middle();
  const double verify = pass_seconds(model, Lowering(ready->lowering_request()), 4, past, true);
  const double draft = pass_seconds(model, drafting.lowering(), 1, past, false);
  CHECK(model.middle_token().time.base() ==
        Approx((verify + 3.0 * draft) / (1.0 + 0.7 + 0.49 + 0.343)));

  // The draft alone, as a model of its own.
  const auto alone = prepared({{"model", "qwen3-0.6b"},
                               {"quantization", "q8_0"},
                               {"system", "rtx-4090-pc"},
                               {"engine", "llama.cpp"},
                               {"placement", "single"}});
  CHECK(draft == Approx(token_seconds({{"model", "qwen3-0.6b"},
                                       {"quantization", "q8_0"},
                                       {"system", "rtx-4090-pc"},
                                       {"engine", "llama.cpp"},
                                       {"placement", "single"}})));
  // It reads the prompt as well.
  const double prompt = speed_model(*prepared(options)).measure().prefill.time.base();
  CHECK(model.measure().prefill.time.base() ==
        Approx(prompt + speed_model(*alone).measure().prefill.time.base()));
}

// Drafts and verification of an engine that does both in one step: the same chain of operators,
// prepared once.
TEST_CASE("an engine that drafts in its own step prepares once", "[evaluate][savings]") {
  const auto ready = prepared(dense_on_h100(), {"savings.speculative={draft: eagle, tokens: 3, "
                                                "acceptance: 1}"});
  SpeedModel model = speed_model(*ready);
  const Drafting drafting(ready->lowering_request());
  const std::int64_t past = model.middle();
  const double verify = pass_seconds(model, Lowering(ready->lowering_request()), 4, past, true);
  const double draft = pass_seconds(model, drafting.lowering(), 1, past, false);
  const double overhead = model.cost().step_overhead().base();
  // A captured graph is issued once as well; that is microseconds.
  CHECK(model.middle_token().time.base() * 4.0 ==
        Approx(verify + 3.0 * (draft - overhead)).epsilon(2e-3));
}

TEST_CASE("drafts that nobody accepts cost time", "[evaluate][savings]") {
  const double plain = token_seconds(dense_on_h100());
  for (const std::string draft : {"ngram", "eagle", "llama-3.2-1b"})
    CHECK(token_seconds(dense_on_h100(), {"savings.speculative.draft=" + draft,
                                          "savings.speculative.acceptance=0"}) > plain);
}

double gain(const Options& options, const std::string& draft) {
  return token_seconds(options) / token_seconds(options, {"savings.speculative={draft: " + draft +
                                                          ", tokens: 4, acceptance: 0.7}"});
}

TEST_CASE("speculation gains less the larger the batch", "[evaluate][savings]") {
  double before = 1e9;
  for (const char* batch : {"1", "4", "16", "64", "256"}) {
    const double now = gain(short_on_h100(batch), "eagle");
    INFO(batch << " " << now);
    CHECK(now < before);
    before = now;
  }
  CHECK(gain(short_on_h100("1"), "eagle") > 1.5);
  CHECK(gain(short_on_h100("256"), "eagle") < 1.0);
}

// The tokens verified together touch other experts, so a large mixture reads more for them. (vLLM
// multiplies on matrix units; where cores unpack weights anew for every row a dense model pays.)
TEST_CASE("a mixture of experts gains less than a dense model", "[evaluate][savings]") {
  const auto on_h100 = [](const char* model) {
    return Options{{"model", model},
                   {"quantization", "bf16-safetensors"},
                   {"system", "h100-sxm5-80gb-box"},
                   {"engine", "vllm"},
                   {"placement", "single"}};
  };
  CHECK(gain(on_h100("qwen3-30b-a3b"), "ngram") < gain(on_h100("qwen3-32b"), "ngram"));
  const auto ready =
      prepared(on_h100("qwen3-30b-a3b"), {"savings.speculative={draft: ngram, tokens: 4}"});
  SpeedModel model = speed_model(*ready);
  const auto without = prepared(on_h100("qwen3-30b-a3b"));
  const SpeedModel plain = speed_model(*without);
  const auto expert_bytes = [](const OperatorGraph& graph) {
    double sum = 0.0;
    for (const Operator& op : graph.operators)
      if (op.cls == OperatorClass::routed_experts) sum += op.memory.base();
    return sum;
  };
  // 8 of 128 experts each, some of them more often than others: of five tokens against 8 of one.
  const double distinct = expected_distinct_experts(*ready->scenario.model.moe, 5.0, 1);
  CHECK(distinct < 128.0 * (1.0 - std::pow(1.0 - 8.0 / 128.0, 5)));
  CHECK(expert_bytes(model.middle_graph()) ==
        Approx(expert_bytes(plain.decode_graph(plain.middle())) * distinct / 8.0).epsilon(2e-2));
}

TEST_CASE("how well the acceptance is known widens the interval", "[evaluate][savings]") {
  const auto variance = [](const char* acceptance) {
    const auto ready =
        prepared(dense_on_h100(), {std::string("savings.speculative={draft: ngram, tokens: 4, "
                                               "acceptance: ") +
                                   acceptance + "}"});
    SpeedModel model = speed_model(*ready);
    return std::pow(model.middle_token().log_sigma(model.cost(), 0.0), 2);
  };
  // d log E / d log a at 0.6, times the deviation of log a: half of the 90 % interval over z90 a.
  const double elasticity = 0.6 * tokens_per_step_slope(0.6, 4) / tokens_per_step(0.6, 4);
  const double sigma = 0.2 / (2.0 * z90 * 0.6);
  CHECK(variance("{value: 0.6, range: [0.5, 0.7]}") - variance("0.6") ==
        Approx(elasticity * elasticity * sigma * sigma));
}

TEST_CASE("how well a share is known widens the interval", "[evaluate][savings]") {
  const auto model_of = [](const char* layers) {
    return prepared(dense_on_h100(), {std::string("savings.early_exit.layers=") + layers});
  };
  const auto time = [&](const char* layers) {
    const auto ready = model_of(layers);
    return speed_model(*ready).middle_token().time.base();
  };
  const auto variance = [&](const char* layers) {
    const auto ready = model_of(layers);
    SpeedModel model = speed_model(*ready);
    return std::pow(model.middle_token().log_sigma(model.cost(), 0.0), 2);
  };
  const double ends = std::log(time("0.7") / time("0.5"));
  CHECK(variance("{value: 0.6, range: [0.5, 0.7]}") - variance("0.6") ==
        Approx(std::pow(ends / (2.0 * z90), 2)).epsilon(1e-6));
}

TEST_CASE("what a saving is worth is the rate with it over the rate without",
          "[evaluate][savings]") {
  const Overrides both{"savings.speculative={draft: ngram, tokens: 3, acceptance: 0.6}",
                       "savings.pruning={active: 0.2, predictor_rank: 512}"};
  const Outcome outcome = outcome_of(dense_on_h100(), both);
  REQUIRE(outcome.savings.size() == 2);
  const double with = token_seconds(dense_on_h100(), both);
  CHECK(outcome.savings[0].saving == "speculative decoding");
  CHECK(outcome.savings[0].decode_factor.value ==
        Approx(token_seconds(dense_on_h100(), {both[1]}) / with));
  CHECK(outcome.savings[0].tokens_per_step->value == Approx(1.0 + 0.6 + 0.36 + 0.216));
  CHECK(outcome.savings[0].warning.empty());
  CHECK(outcome.savings[1].decode_factor.value ==
        Approx(token_seconds(dense_on_h100(), {both[0]}) / with));
  CHECK_FALSE(outcome.savings[1].warning.empty());
  CHECK(outcome_of(dense_on_h100()).savings.empty());
}

TEST_CASE("speculation is among the ranked changes where engine and model have it",
          "[evaluate][savings]") {
  const auto offered = [](const Options& options) {
    Overrides list;
    for (const Change& change : outcome_of(options, {}, true).changes)
      if (change.kind == "speculation") list.push_back(change.set.front());
    return list;
  };
  const Overrides list = offered({{"model", "qwen3.5-27b"}, {"system", "rtx-4090-pc"}});
  CHECK(std::find(list.begin(), list.end(), "savings.speculative.draft=mtp") != list.end());
  // The smallest Llama of the same vocabulary.
  const Overrides drafts = offered({{"model", "llama-3.1-70b"}, {"system", "dgx-h100"}});
  CHECK(std::find(drafts.begin(), drafts.end(), "savings.speculative.draft=llama-3.2-1b") !=
        drafts.end());
  CHECK(offered({{"model", "llama-3.1-8b"}, {"system", "rtx-4090-pc"}, {"engine", "ollama"}})
            .empty());
}

}  // namespace
}  // namespace plimsoll
