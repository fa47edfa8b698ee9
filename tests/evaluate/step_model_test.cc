// The tabulated step against the full pass, and its own promise: runs of decode steps add up
// exactly.
#include "evaluate/step_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "evaluate/prepared_fixture.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

using serving::DecodePiece;
using serving::StepLoad;

const Options h100 = {{"model", "llama-3.1-8b"},
                      {"quantization", "bf16-safetensors"},
                      {"system", "h100-sxm5-80gb-box"},
                      {"engine", "vllm"},
                      {"context", "8192"}};
const Options two_cards = {{"model", "qwen3-30b-a3b"},
                           {"quantization", "bf16-safetensors"},
                           {"system", "h100-sxm5-80gb-2x"},
                           {"engine", "vllm"},
                           {"context", "8192"}};

struct Steps {
  explicit Steps(const Options& options, const std::vector<std::string>& overrides = {})
      : ready(prepared(options, overrides)),
        model(ready->lowering_request(), shipped_catalog().roofs(quiet)),
        lowering(ready->lowering_request()),
        cost(ready->scenario, *ready->fabric, shipped_catalog().roofs(quiet)),
        simulator(*ready->fabric, cost) {}

  double error(const StepLoad& load, double tabulated) {
    return std::abs(std::log(tabulated * 1e-12 / full_pass(load).base()));
  }
  // The same step as one pass. Chunks of several prompts count as alike.
  Seconds full_pass(const StepLoad& load) { return time(model.pass_of(load)); }
  Seconds time(const Pass& pass) { return simulator.run(lowering.lower(pass)).time; }

  Diagnostics quiet;
  std::unique_ptr<Prepared> ready;
  PassStepModel model;
  Lowering lowering;
  CostModel cost;
  PassSimulator simulator;
};

TEST_CASE("Tabulated decode steps come near the full pass", "[step]") {
  Steps steps(GENERATE(h100, two_cards));
  for (const int n : {1, 3, 7, 20, 45, 100, 200})
    for (const std::int64_t mean :
         {std::int64_t{10}, std::int64_t{700}, std::int64_t{3000}, std::int64_t{8000}}) {
      const StepLoad load{.decoding = n, .decode_context = n * mean};
      INFO(n << " sequences of " << mean);
      CHECK(steps.error(load, static_cast<double>(steps.model.decode_run(load).first)) < 0.02);
    }
}

TEST_CASE("Tabulated steps with chunks come near the full pass", "[step]") {
  Steps steps(GENERATE(h100, two_cards));
  for (const std::int64_t chunk :
       {std::int64_t{40}, std::int64_t{300}, std::int64_t{1000}, std::int64_t{2048}})
    for (const std::int64_t past : {std::int64_t{0}, std::int64_t{2048}, std::int64_t{6000}})
      for (const int decoding : {0, 10, 120}) {
        const StepLoad load{.decoding = decoding,
                            .decode_context = decoding * std::int64_t{1500},
                            .prefilling = 1,
                            .prefill_tokens = chunk,
                            .prefill_pairs = chunk * past + chunk * (chunk + 1) / 2};
        INFO(chunk << " tokens after " << past << " beside " << decoding);
        CHECK(steps.error(load, static_cast<double>(steps.model.mixed_step(load))) < 0.06);
      }
}

// Every member attends to prompts of its own: two of them take little longer than one.
TEST_CASE("Prompts of a step are divided among members that attend alone", "[step]") {
  Options dealt_out = two_cards;
  dealt_out.emplace_back("placement", "expert_parallel");
  Steps steps(dealt_out);
  const auto step = [](int prompts, int decoding) {
    constexpr std::int64_t tokens = 4000;
    return StepLoad{.decoding = decoding,
                    .decode_context = decoding * std::int64_t{1500},
                    .prefilling = prompts,
                    .prefill_tokens = prompts * tokens,
                    .prefill_pairs = prompts * (tokens * 2000 + tokens * (tokens + 1) / 2)};
  };
  for (const int prompts : {1, 2, 4, 6})
    for (const int decoding : {0, 10, 120}) {
      const StepLoad load = step(prompts, decoding);
      INFO(prompts << " prompts beside " << decoding);
      CHECK(steps.error(load, static_cast<double>(steps.model.mixed_step(load))) < 0.06);
    }
  const auto time = [&](int prompts) {
    return static_cast<double>(steps.model.mixed_step(step(prompts, 0)));
  };
  CHECK(time(2) < 1.5 * time(1));
  CHECK(time(4) > 1.5 * time(2));
}

// Drafts and verification: the step of the loop against the one that a serial answer consists of.
TEST_CASE("A step that verifies drafts is the same as in a serial run", "[step]") {
  const std::string draft = GENERATE("eagle", "llama-3.2-1b", "ngram");
  Steps steps(h100, {"savings.speculative={draft: " + draft + ", tokens: 4, acceptance: 0.6}"});
  SpeedModel serial = speed_model(*steps.ready);
  const std::int64_t middle = serial.middle();
  const double tokens = 1.0 + 0.6 + 0.36 + 0.216 + 0.1296;
  const StepLoad one{.decoding = 1, .decode_context = middle};
  // A server sends each token that it verified.
  const double sending = 5.0 * steps.model.cost().answer_overhead().base();
  CHECK(steps.model.full(steps.model.pass_of(one)).time.base() ==
        Approx(serial.middle_token().time.base() * tokens + sending));
  for (const int n : {1, 7, 45, 200}) {
    const StepLoad load{.decoding = n, .decode_context = n * std::int64_t{3000}};
    const double full = steps.model.full(steps.model.pass_of(load)).time.base() * 1e12;
    INFO(draft << ", " << n << " sequences");
    CHECK(static_cast<double>(steps.model.decode_run(load).first) == Approx(full).epsilon(0.02));
  }
  for (const int n : {0, 10, 60}) {
    const StepLoad load{.decoding = n,
                        .decode_context = n * std::int64_t{1500},
                        .prefilling = 1,
                        .prefill_tokens = 1000,
                        .prefill_pairs = 1000 * 2048 + 1000 * 1001 / 2};
    const double full = steps.model.full(steps.model.pass_of(load)).time.base() * 1e12;
    INFO(draft << ", a chunk beside " << n);
    CHECK(static_cast<double>(steps.model.mixed_step(load)) == Approx(full).epsilon(0.06));
  }
}

// By hand: tokens times what each costs, beside all that a pass of a single answer has.
TEST_CASE("The host sends every token of a step before the next begins", "[step]") {
  const Options card = {{"model", "gemma-2b"},
                        {"quantization", "q8_0"},
                        {"system", "rtx-4090-pc"},
                        {"engine", "llama.cpp"},
                        {"context", "8192"}};
  Steps steps(GENERATE_COPY(h100, card));
  const ServingSpec& serving = steps.ready->scenario.engine->serving;
  const double each = serving.token_overhead.value.base() +
                      serving.sampling.value.base() * steps.ready->scenario.model.vocab;
  REQUIRE(each > 0.0);
  const StepLoad decoding{.decoding = 24, .decode_context = 24 * std::int64_t{500}};
  const StepLoad both{.decoding = 24,
                      .decode_context = 24 * std::int64_t{500},
                      .prefilling = 2,
                      .prefill_tokens = 400,
                      .prefill_pairs = 400 * 201};
  for (const auto& [load, tokens] : {std::pair(decoding, 24), std::pair(both, 26)}) {
    const Pass pass = steps.model.pass_of(load);
    Pass alone = pass;
    alone.answers = 0;
    const TimedWork with = steps.model.full(pass);
    const TimedWork without = steps.model.full(alone);
    CHECK((with.time - without.time).base() == Approx(tokens * each));
    // All of it moves with the engine's figure, of which there is one here.
    double derivatives = 0.0;
    const std::vector<Parameter> parameters = steps.model.parameters();
    for (std::size_t i = 0; i < with.sensitivities.size(); ++i)
      if (parameters[i].key.ends_with(":token_overhead") ||
          parameters[i].key.ends_with(":sampling"))
        derivatives += with.sensitivities[i].base();
    CHECK(derivatives == Approx(tokens * each));
  }
}

TEST_CASE("Each later step of a run begins where the run says", "[step]") {
  const Steps steps(h100);
  for (const int n : {1, 5, 64}) {
    StepLoad load{.decoding = n, .decode_context = n * std::int64_t{500}};
    const DecodePiece piece = steps.model.decode_run(load);
    REQUIRE(piece.steps > 1);
    for (const std::int64_t later : {std::int64_t{1}, piece.steps / 2, piece.steps - 1}) {
      StepLoad then = load;
      then.decode_context += later * n;
      CHECK(steps.model.decode_run(then).first == piece.first + later * piece.growth);
    }
    // The piece after it begins where it ends.
    load.decode_context += piece.steps * n;
    const double jump = static_cast<double>(steps.model.decode_run(load).first -
                                            (piece.first + piece.steps * piece.growth));
    CHECK(std::abs(jump) <= static_cast<double>(piece.growth));
  }
}

TEST_CASE("Few passes are simulated", "[step]") {
  const Steps steps(h100);
  for (int n = 1; n <= 256; ++n)
    steps.model.decode_run({.decoding = n, .decode_context = n * 1000});
  // Powers of two and half-ways up to 256 and the next, at four contexts each.
  CHECK(steps.model.simulated() <= 18 * 4);
}

}  // namespace
}  // namespace plimsoll
