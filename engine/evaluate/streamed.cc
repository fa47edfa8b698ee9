#include "evaluate/streamed.h"

#include <algorithm>
#include <map>
#include <string>

namespace plimsoll {

StreamTables stream_tables(Catalog& catalog) {
  Diagnostics diagnostics;
  const StreamTables tables{.roofs = &catalog.roofs(diagnostics),
                            .prior = &catalog.routing_prior(diagnostics)};
  throw_if_errors(diagnostics);
  return tables;
}

std::unique_ptr<StreamModel> stream_model(const Prepared& prepared, const StreamTables& tables) {
  return std::make_unique<StreamModel>(prepared.lowering_request(), *tables.roofs, *tables.prior);
}

Rates rates_of(const Prepared& prepared, const StreamRun& run) {
  return rates_of(prepared.scenario, {.prompt = run.prompt_time,
                                      .answer = run.answer_time,
                                      .step = run.token_time,
                                      .prompt_sigma = run.log_sigma,
                                      .step_sigma = run.log_sigma});
}

Rates measure(const Prepared& prepared, Catalog& catalog) {
  if (prepared.streams())
    return rates_of(
        prepared, stream_model(prepared, stream_tables(catalog))->run({.sampled = report_samples}));
  Diagnostics quiet;
  return SpeedModel(prepared.lowering_request(), catalog.roofs(quiet)).measure().rates();
}

Timeline timeline_of(StreamModel& model) {
  const StreamTimeline token = model.timeline();
  Timeline timeline{.tracks = token.tracks, .names = {}, .spans = {}, .parts = {}};
  Seconds end;
  std::map<std::string, int> index;
  for (const TokenSpan& span : token.spans) {
    const auto [name, fresh] = index.try_emplace(span.name, static_cast<int>(index.size()));
    if (fresh) timeline.names.push_back(span.name);
    timeline.spans.push_back(
        {.track = span.track, .name = name->second, .start = span.start, .end = span.end});
    end = std::max(end, span.end);
  }
  timeline.parts.push_back({.what = "token", .start = {}, .end = end});
  return timeline;
}

}  // namespace plimsoll
