// scenario -> outcome: the one way every face of the program asks a question.
#pragma once

#include <optional>
#include <vector>

#include "catalog/catalog.h"
#include "evaluate/outcome.h"
#include "evaluate/serving_run.h"
#include "scenario/scenario.h"

namespace plimsoll {

struct EvaluateOptions {
  bool changes = true;  // rank single changes, each simulated
  // Why it is so: shares, limits, links, remarks, claims, assumptions; and the change under which
  // what does not fit would. Without it the figures only.
  bool explain = true;
  bool timeline = false;  // record one decoded token and one prompt chunk
  // Of a scenario that streams: whether every token is simulated, or so many as a report needs; and
  // a published rate to say what it would need.
  bool every_token = false;
  std::optional<double> published_tokens_per_second;
  bool paging = true;  // weights from the drive where the engine can and nothing else fits
  bool costs = false;  // what it costs a month, and what spare replicas are worth
  // Of a scenario with a load: whether and how it is served request by request.
  bool serving = true;
  ServingOptions serve = {};
};

struct Evaluation {
  Outcome outcome;
  Timeline timeline;
  Diagnostics warnings;
};

// Throws InputError when the scenario cannot be resolved.
Evaluation evaluate(const ScenarioSpec& spec, Catalog& catalog,
                    const EvaluateOptions& options = {});

// Tokens per second at which people read: 238 words a minute (Brysbaert 2019, silent reading of
// non-fiction) and 4 tokens for 3 English words.
inline constexpr double reading_speed = 5.3;

// Every model of the catalogue on this machine (the spec leaves model and quantization open), each
// with its best fitting quantization; those that run first, largest first.
std::vector<RankedModel> rank_models(const ScenarioSpec& machine, Catalog& catalog);

}  // namespace plimsoll
