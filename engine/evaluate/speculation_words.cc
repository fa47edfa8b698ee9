#include "evaluate/speculation_words.h"

#include <algorithm>

namespace plimsoll {

namespace {

constexpr const char* eagle_head = "EAGLE-HEAD";

// As a file or a repository is likely to be called.
std::string draft_name(const Scenario& scenario, const SpeculationSetup& speculation) {
  std::string name = speculation.name.substr(0, speculation.name.find(" ("));
  std::replace(name.begin(), name.end(), ' ', '-');
  const QuantizationSpec& quantization =
      speculation.quantization ? *speculation.quantization : *scenario.quantization;
  if (quantization.family == "gguf") name += "-" + quantization.name + ".gguf";
  return name;
}

std::string json(const std::string& method, const std::string& model, int tokens,
                 const std::string& more = {}) {
  return " --speculative-config '{\"method\": \"" + method + "\"" +
         (model.empty() ? "" : ", \"model\": \"" + model + "\"") +
         ", \"num_speculative_tokens\": " + std::to_string(tokens) + more + "}'";
}

}  // namespace

std::string llama_speculation(const Scenario& scenario) {
  const auto& speculation = scenario.savings.speculation;
  if (!speculation) return {};
  const std::string tokens = std::to_string(speculation->tokens);
  switch (speculation->kind) {
    case DraftKind::model:
      return " -md " + draft_name(scenario, *speculation) + " --draft-max " + tokens;
    case DraftKind::mtp:
      return " --spec-type mtp --spec-draft-n-max " + tokens;
    case DraftKind::ngram:
      return " --spec-type ngram-simple --spec-draft-n-max " + tokens;
    case DraftKind::eagle:
      break;
  }
  return {};
}

std::string vllm_speculation(const Scenario& scenario) {
  const auto& speculation = scenario.savings.speculation;
  if (!speculation) return {};
  const int tokens = speculation->tokens;
  switch (speculation->kind) {
    case DraftKind::model:
      return json("draft_model", draft_name(scenario, *speculation), tokens);
    case DraftKind::mtp:
      return json("mtp", {}, tokens);
    case DraftKind::eagle:
      return json("eagle", eagle_head, tokens);
    case DraftKind::ngram:
      break;
  }
  return json("ngram", {}, tokens, ", \"prompt_lookup_max\": 4");
}

std::string sglang_speculation(const Scenario& scenario) {
  const auto& speculation = scenario.savings.speculation;
  if (!speculation) return {};
  const std::string chain = " --speculative-num-steps " + std::to_string(speculation->tokens) +
                            " --speculative-eagle-topk 1 --speculative-num-draft-tokens " +
                            std::to_string(speculation->tokens + 1);
  const std::string path = " --speculative-draft-model-path ";
  switch (speculation->kind) {
    case DraftKind::model:
      return " --speculative-algorithm STANDALONE" + path + draft_name(scenario, *speculation) +
             chain;
    case DraftKind::mtp:
      return " --speculative-algorithm EAGLE" + chain;
    case DraftKind::eagle:
      return " --speculative-algorithm EAGLE" + path + eagle_head + chain;
    case DraftKind::ngram:
      break;
  }
  return " --speculative-algorithm NGRAM --speculative-num-draft-tokens " +
         std::to_string(speculation->tokens);
}

std::string mlx_speculation(const Scenario& scenario) {
  const auto& speculation = scenario.savings.speculation;
  if (!speculation || speculation->kind != DraftKind::model) return {};
  return " --draft-model " + draft_name(scenario, *speculation) + " --num-draft-tokens " +
         std::to_string(speculation->tokens);
}

}  // namespace plimsoll
