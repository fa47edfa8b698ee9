#include "scenario/resolve_savings.h"

#include "base/contains.h"
#include "base/quantity_text.h"
#include "catalog/words.h"
#include "scenario/refusing.h"
#include "scenario/savings_section.h"

namespace plimsoll {

namespace {

// Of a scenario that says nothing: what engines' own documentation starts with, and what the
// mixture of depths was published with.
constexpr int usual_model_drafts = 3;
constexpr int usual_eagle_drafts = 3;
constexpr int usual_ngram_drafts = 5;
constexpr double usual_routed_layers = 0.5;

class SavingsResolver : private Refusing {
 public:
  SavingsResolver(Scenario& scenario, Catalog& catalog, Diagnostics& diagnostics)
      : Refusing(diagnostics),
        scenario_(scenario),
        given_(scenario.spec.savings),
        catalog_(catalog) {}

  // Nothing after a complaint.
  std::optional<SavingsSetup> run() {
    speculation();
    depths();
    pruning();
    early_exit();
    check_streaming();
    if (failed_) return std::nullopt;
    return std::move(setup_);
  }

 private:
  void chose(std::string field, std::string value, std::string why) {
    scenario_.defaults.push_back(
        {.field = "savings." + std::move(field), .value = std::move(value), .why = std::move(why)});
  }

  // A key that means nothing without another.
  template <class T>
  void needs(const Given<T>& given, bool has_other, const std::string& message,
             const std::string& expected) {
    if (given.has() && !has_other) refuse("missing-key", given.place, message, expected);
  }

  void speculation() {
    const bool drafts = given_.draft.has();
    const std::string message = "nothing is said of what drafts";
    const std::string expected = "speculative: {draft: MODEL, mtp, eagle or ngram, …}";
    needs(given_.draft_tokens, drafts, message, expected);
    needs(given_.acceptance, drafts, message, expected);
    needs(given_.draft_quantization, drafts, message, expected);
    if (!drafts) return;
    SpeculationSetup setup;
    setup.kind = draft_kind();
    if (!check_engine(setup.kind) || !find_draft(setup)) return;
    setup.tokens = drafted_tokens(setup.kind);
    setup.acceptance = acceptance(setup.kind);
    setup_.speculation = std::move(setup);
  }

  // Words before names: a model called like one of them would have to be named in full.
  DraftKind draft_kind() const {
    for (const auto& [word, kind] : words_of<DraftKind>())
      if (kind != DraftKind::model && word == *given_.draft.value) return kind;
    return DraftKind::model;
  }

  bool check_engine(DraftKind kind) {
    const std::vector<DraftKind>& able = scenario_.engine->speculative.drafts;
    if (contains(able, kind)) return true;
    std::string list;
    for (const DraftKind each : able)
      list +=
          (list.empty() ? "" : ", ") +
          (each == DraftKind::model ? std::string("the id of a model") : std::string(word(each)));
    refuse("unsupported-saving", given_.draft.place,
           able.empty() ? scenario_.engine->name + " does not speculate"
                        : scenario_.engine->name + " does not draft that way",
           able.empty() ? "an engine that does, or no key 'speculative'" : list);
    return false;
  }

  bool find_draft(SpeculationSetup& setup) {
    const ModelSpec& model = scenario_.model;
    if (setup.kind != DraftKind::model && given_.draft_quantization.has())
      refuse("inconsistent", given_.draft_quantization.place,
             "only a draft model has a quantization of its own", "no key 'quantization'");
    switch (setup.kind) {
      case DraftKind::model:
        return find_model(setup);
      case DraftKind::mtp:
        if (model.mtp_layers < 1) {
          refuse("unsupported-saving", given_.draft.place,
                 model.name + " has no module for multi-token prediction", "another draft");
          return false;
        }
        setup.name = "MTP module";
        setup.model = drafting_module(model, false);
        setup.shares_embedding = true;
        return true;
      case DraftKind::eagle:
        if (model.ffn_width == 0) {
          refuse("unsupported-saving", given_.draft.place,
                 "the width of an EAGLE layer is not known for " + model.name +
                     ", which has no dense FFN",
                 "another draft");
          return false;
        }
        setup.name = "EAGLE layer";
        setup.model = drafting_module(model, true);
        setup.shares_embedding = true;
        return true;
      case DraftKind::ngram:
        setup.name = "n-gram look-up";
        return true;
    }
    return false;
  }

  bool find_model(SpeculationSetup& setup) {
    const ModelSpec* draft = catalog_.model(*given_.draft.value, given_.draft.place, diagnostics_);
    if (!draft) {
      failed_ = true;
      return false;
    }
    if (draft->vocab != scenario_.model.vocab) {
      refuse("inconsistent", given_.draft.place,
             draft->name + " has a vocabulary of " + std::to_string(draft->vocab) + " tokens, " +
                 scenario_.model.name + " one of " + std::to_string(scenario_.model.vocab),
             "a model with the same vocabulary");
      return false;
    }
    setup.name = draft->name;
    setup.model = *draft;
    if (!given_.draft_quantization.has()) return true;
    setup.quantization = catalog_.quantization(*given_.draft_quantization.value,
                                               given_.draft_quantization.place, diagnostics_);
    if (!setup.quantization) {
      failed_ = true;
      return false;
    }
    const auto& families = scenario_.engine->weight_families;
    const std::string& family = setup.quantization->family;
    if (contains(families, family)) return true;
    refuse(
        "unsupported-quantization", given_.draft_quantization.place,
        scenario_.engine->name + " does not load " + setup.quantization->name + " (" + family + ")",
        "a quantization the engine loads");
    return false;
  }

  int drafted_tokens(DraftKind kind) {
    if (given_.draft_tokens.has()) return *given_.draft_tokens.value;
    const int usual = kind == DraftKind::model   ? usual_model_drafts
                      : kind == DraftKind::eagle ? usual_eagle_drafts
                      : kind == DraftKind::ngram ? usual_ngram_drafts
                                                 : scenario_.model.mtp_layers;
    chose("speculative.tokens", std::to_string(usual),
          kind == DraftKind::mtp ? "a token for each module the model was trained with"
                                 : "what engines' documentation starts with");
    return usual;
  }

  // The scenario's, else the published one of the kind.
  Figure<double> acceptance(DraftKind kind) {
    if (given_.acceptance.has()) {
      const StatedShare& share = *given_.acceptance.value;
      return {.value = share.value,
              .low = share.low,
              .high = share.high,
              .from = {.status = FigureStatus::claimed,
                       .confidence = Confidence::medium,
                       .source = "the scenario",
                       .place = given_.acceptance.place}};
    }
    const SpeculationTable& table = catalog_.speculation(diagnostics_);
    const auto found = table.acceptance.find(kind);
    if (found != table.acceptance.end()) return found->second;
    refuse("missing-key", given_.draft.place,
           "nobody has published how often drafts of that kind are accepted", "acceptance: 0.…");
    return {};
  }

  void depths() {
    needs(given_.routed_layers, given_.skipped_tokens.has(),
          "nothing is said of how many tokens skip", "mixture_of_depths: {skip: 0.…}");
    if (!given_.skipped_tokens.has()) return;
    setup_.depths = {.skip = *given_.skipped_tokens.value,
                     .layers = given_.routed_layers.value.value_or(usual_routed_layers)};
    if (!given_.routed_layers.has())
      chose("mixture_of_depths.layers", print_number(usual_routed_layers, 2),
            "every second layer, as published");
  }

  void pruning() {
    needs(given_.predictor_rank, given_.active_neurons.has(),
          "nothing is said of how many neurons are active", "pruning: {active: 0.…}");
    if (!given_.active_neurons.has()) return;
    if (!given_.predictor_rank.has()) {
      refuse("missing-key", given_.active_neurons.place,
             "naming the active neurons costs something, too",
             "predictor_rank: …, or 0 where nothing predicts");
      return;
    }
    setup_.pruning = {
        .active = *given_.active_neurons.value,
        .predictor_rank = *given_.predictor_rank.value,
        .predictor_format = catalog_.format("F16", scenario_.engine->place, diagnostics_)};
    if (!setup_.pruning->predictor_format) failed_ = true;
  }

  void early_exit() {
    if (!given_.exit_layers.has()) return;
    setup_.early_exit = {.layers = *given_.exit_layers.value};
    if (given_.draft.has())
      refuse("inconsistent", given_.exit_layers.place,
             "a pass that verifies drafted tokens runs all layers",
             "either early_exit or speculative");
    if (given_.skipped_tokens.has())
      refuse("inconsistent", given_.exit_layers.place,
             "a token that leaves early has no layers left to skip",
             "either early_exit or mixture_of_depths");
  }

  void check_streaming() {
    const bool streams = scenario_.placement == PlacementStrategy::streamed ||
                         (scenario_.engine->streaming && scenario_.engine->streaming->always);
    if (setup_.any() && streams)
      refuse("unsupported-saving", *first_place(given_),
             "savings are not simulated while weights come from the drive",
             "a placement in memory, or no key 'savings'");
  }

  Scenario& scenario_;
  const SavingsSection& given_;
  Catalog& catalog_;
  SavingsSetup setup_;
};

}  // namespace

bool resolve_savings(Scenario& scenario, Catalog& catalog, Diagnostics& diagnostics) {
  std::optional<SavingsSetup> setup = SavingsResolver(scenario, catalog, diagnostics).run();
  if (setup) scenario.savings = std::move(*setup);
  return setup.has_value();
}

}  // namespace plimsoll
