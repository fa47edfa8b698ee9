// What the window shows of a scenario: the engine's outcome, or why there is none. Without Qt.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/diagnostic.h"
#include "catalog/catalog.h"
#include "evaluate/evaluate.h"
#include "scenario/scenario.h"

namespace plimsoll::gui {

// How far an answer has got. The first comes at once, so that figures follow a slider; the rest is
// marked as on its way until it is there.
enum class AnswerStage {
  first,     // verdict, figures, memory, time of a token, timeline
  complete,  // and ranked changes and costs
};

struct Answer {
  std::uint64_t question = 0;  // number of the state of the scenario that it answers
  AnswerStage stage = AnswerStage::first;
  std::shared_ptr<const Evaluation> evaluation;  // null: refused, then problems say why
  std::shared_ptr<const Scenario> resolved;      // every field with its default filled in, or null
  std::vector<Diagnostic> problems;              // errors when refused, else warnings
  std::shared_ptr<const Catalog> catalog;        // what `resolved` points into

  bool refused() const { return evaluation == nullptr; }
};

// The same figures as `plimsoll report` for the scenario; the first stage leaves out what takes
// long. Never throws for wrong input: that is an answer too.
Answer answer(const ScenarioSpec& spec, Catalog& catalog, AnswerStage stage,
              std::uint64_t question);

}  // namespace plimsoll::gui
