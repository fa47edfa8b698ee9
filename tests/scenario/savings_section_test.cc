// The section `savings`: read, written, overridden; what becomes of it with a model and an engine,
// and every refusal.
#include "scenario/savings_section.h"

#include <string>
#include <vector>

#include "footprint/shipped.h"
#include "scenario/read_text.h"
#include "scenario/small_world.h"

namespace plimsoll {
namespace {

using SavingsOptions = std::vector<std::pair<std::string, std::string>>;
using Refusals = std::vector<std::string>;

const std::string savings_text = R"(kind: scenario
model: qwen3-32b
savings:
  speculative: {draft: qwen3-0.6b, quantization: q8_0, tokens: 5, acceptance: {value: 0.7, range: [0.6, 0.8]}}
  mixture_of_depths: {skip: 0.875, layers: 0.5}
  pruning: {active: {value: 0.1, range: [0.05, 0.2]}, predictor_rank: 1024}
  early_exit: {layers: 0.6}
)";

TEST_CASE("every key of the savings is read", "[scenario][savings]") {
  const DataFixture data;
  const SavingsSection read = read_text(data, savings_text).savings;
  CHECK(read.draft.value == "qwen3-0.6b");
  CHECK(read.draft_quantization.value == "q8_0");
  CHECK(read.draft_tokens.value == 5);
  CHECK(read.acceptance.value->value == 0.7);
  CHECK(read.acceptance.value->low == 0.6);
  CHECK(read.acceptance.value->high == 0.8);
  CHECK(read.skipped_tokens.value->value == 0.875);
  CHECK(read.skipped_tokens.value->low == 0.875);
  CHECK(read.skipped_tokens.value->high == 0.875);
  CHECK(read.routed_layers.value == 0.5);
  CHECK(read.active_neurons.value->low == 0.05);
  CHECK(read.predictor_rank.value == 1024);
  CHECK(read.exit_layers.value->value == 0.6);
  CHECK(first_place(read)->line == 4);
  CHECK(first_place(read_text(data, "kind: scenario\n").savings) == nullptr);
}

TEST_CASE("savings that are written are read again", "[scenario][savings]") {
  const DataFixture data;
  const ScenarioSpec spec = read_text(data, savings_text);
  const std::string written = to_yaml(spec);
  CHECK(to_yaml(read_text(data, written)) == written);
  CHECK(read_text(data, written).savings.acceptance.value->high == 0.8);
  CHECK(read_text(data, written).savings.skipped_tokens.value->high == 0.875);
}

TEST_CASE("overrides reach into the savings", "[scenario][savings]") {
  const DataFixture data;
  const SavingsSection read =
      read_text(data, savings_text,
                {"savings.speculative.tokens=4", "savings.speculative.acceptance=0.5"})
          .savings;
  CHECK(read.draft.value == "qwen3-0.6b");
  CHECK(read.draft_tokens.value == 4);
  CHECK(read.acceptance.value->low == 0.5);
}

TEST_CASE("values outside their range are refused where they stand", "[scenario][savings]") {
  const DataFixture data;
  const auto complaint = [&](const std::string& text) {
    try {
      read_text(data, "kind: scenario\nsavings:\n  " + text + "\n");
    } catch (const InputError& error) {
      const std::vector<Diagnostic> all = error.diagnostics().sorted();
      REQUIRE(all.size() == 1);
      const Diagnostic& first = all.front();
      return first.code + " " + std::to_string(first.place.line) + ":" +
             std::to_string(first.place.column);
    }
    return std::string("none");
  };
  CHECK(complaint("speculative: {draft: mtp, tokens: 0}") == "out-of-range 3:37");
  CHECK(complaint("speculative: {draft: mtp, acceptance: 1.1}") == "out-of-range 3:41");
  CHECK(complaint("speculative: {draft: mtp, acceptance: {value: 0.5, range: [0.6, 0.7]}}") ==
        "bad-range 3:61");
  CHECK(complaint("pruning: {active: 0.0}") == "out-of-range 3:21");
  CHECK(complaint("early_exit: {layers: 0.01}") == "out-of-range 3:24");
  CHECK(complaint("early_exit: {depth: 0.5}") == "unknown-key 3:16");
}

std::optional<Scenario> resolved_savings(const SavingsOptions& options,
                                         const std::vector<std::string>& overrides,
                                         Refusals* refusals = nullptr) {
  Diagnostics diagnostics;
  std::optional<Scenario> scenario =
      resolve(spec_of(options, overrides), shipped_catalog(), diagnostics);
  for (const Diagnostic& item : diagnostics.sorted())
    if (refusals && item.severity == Severity::error)
      refusals->push_back(item.code + " " + item.place.file);
  return scenario;
}

TEST_CASE("what cannot be saved is refused with its code and place", "[scenario][savings]") {
  const auto refused = [](const std::string& model, const std::vector<std::string>& overrides,
                          const std::string& engine = "vllm") {
    Refusals list;
    resolved_savings({{"model", model}, {"system", "h100-sxm5-80gb-box"}, {"engine", engine}},
                     overrides, &list);
    return list;
  };
  const std::string draft = "savings.speculative.draft";
  CHECK(refused("deepseek-v3", {draft + "=mtp"}).empty());
  CHECK(refused("llama-3.1-8b", {draft + "=mtp"}) == Refusals{"unsupported-saving --set " + draft});
  CHECK(refused("qwen3-30b-a3b", {draft + "=eagle"}) ==
        Refusals{"unsupported-saving --set " + draft});
  CHECK(refused("llama-3.1-8b", {draft + "=eagle"}, "llama.cpp") ==
        Refusals{"unsupported-saving --set " + draft});
  CHECK(refused("llama-3.1-8b", {draft + "=ngram"}, "tgi") ==
        Refusals{"unsupported-saving --set " + draft});
  CHECK(refused("llama-3.1-8b", {draft + "=lama"}) == Refusals{"unknown-model --set " + draft});
  // 128,256 tokens and 151,936.
  CHECK(refused("llama-3.1-8b", {draft + "=qwen3-0.6b"}) ==
        Refusals{"inconsistent --set " + draft});
  CHECK(refused("llama-3.1-8b", {"savings.speculative.tokens=3"}) ==
        Refusals{"missing-key --set savings.speculative.tokens"});
  CHECK(refused("llama-3.1-8b", {draft + "=ngram", "savings.speculative.quantization=fp8"}) ==
        Refusals{"inconsistent --set savings.speculative.quantization"});
  CHECK(refused("llama-3.1-8b", {"savings.mixture_of_depths.layers=0.5"}) ==
        Refusals{"missing-key --set savings.mixture_of_depths.layers"});
  CHECK(refused("llama-3.1-8b", {"savings.pruning.active=0.1"}) ==
        Refusals{"missing-key --set savings.pruning.active"});
  CHECK(refused("llama-3.1-8b", {"savings.early_exit.layers=0.5", draft + "=ngram"}) ==
        Refusals{"inconsistent --set savings.early_exit.layers"});
  CHECK(refused("llama-3.1-8b",
                {"savings.early_exit.layers=0.5", "savings.mixture_of_depths.skip=0.5"}) ==
        Refusals{"inconsistent --set savings.early_exit.layers"});
}

TEST_CASE("nothing is saved while weights come from the drive", "[scenario][savings]") {
  Refusals list;
  resolved_savings({{"model", "qwen3-30b-a3b"},
                    {"system", "rtx-4090-pc"},
                    {"engine", "llama.cpp"},
                    {"placement", "streamed"}},
                   {"savings.speculative.draft=ngram"}, &list);
  CHECK(list == Refusals{"unsupported-saving --set savings.speculative.draft"});
}

TEST_CASE("an acceptance nobody gave is the published one of its kind", "[scenario][savings]") {
  const auto scenario =
      resolved_savings({{"model", "deepseek-v3"}, {"system", "dgx-h100"}, {"engine", "sglang"}},
                       {"savings.speculative.draft=mtp"});
  REQUIRE(scenario);
  const SpeculationSetup& setup = *scenario->savings.speculation;
  CHECK(setup.kind == DraftKind::mtp);
  CHECK(setup.tokens == 1);  // the checkpoint has one module
  Diagnostics problems;
  const Figure<double>& published =
      shipped_catalog().speculation(problems).acceptance.at(DraftKind::mtp);
  CHECK(setup.acceptance.value == published.value);
  CHECK(setup.acceptance.from.source == published.from.source);
  REQUIRE(published.low);
  CHECK(*published.low < published.value);
}

TEST_CASE("a module that drafts is one layer of the model", "[scenario][savings]") {
  const auto scenario = resolved_savings(
      {{"model", "qwen3-next-80b-a3b"}, {"system", "dgx-h100"}, {"engine", "vllm"}},
      {"savings.speculative.draft=mtp"});
  REQUIRE(scenario);
  const ModelSpec& module = *scenario->savings.speculation->model;
  REQUIRE(module.layers.size() == 1);
  CHECK(module.layers.front() == LayerSpec{LayerAttention::full, LayerFfn::moe});
  CHECK(module.joined_inputs == 2);
}

}  // namespace
}  // namespace plimsoll
