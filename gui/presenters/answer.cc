#include "presenters/answer.h"

#include <utility>

namespace plimsoll::gui {

Answer answer(const ScenarioSpec& spec, Catalog& catalog, AnswerStage stage,
              std::uint64_t question) {
  Answer result{.question = question, .stage = stage};
  try {
    const bool complete = stage == AnswerStage::complete;
    Evaluation evaluation =
        evaluate(spec, catalog, {.changes = complete, .timeline = true, .costs = complete});
    result.problems = evaluation.warnings.sorted();
    result.evaluation = std::make_shared<const Evaluation>(std::move(evaluation));
    Diagnostics ignored;  // evaluate() has told them
    if (std::optional<Scenario> resolved = resolve(spec, catalog, ignored))
      result.resolved = std::make_shared<const Scenario>(std::move(*resolved));
  } catch (const InputError& refused) {
    result.problems = refused.diagnostics().sorted();
  }
  return result;
}

}  // namespace plimsoll::gui
