#include <memory>

#include "base/quantity_text.h"
#include "commands/commands.h"
#include "commands/common.h"
#include "evaluate/evaluate.h"
#include "output.h"
#include "progress.h"
#include "report/report_json.h"
#include "report/timeline_text.h"
#include "report/trace_json.h"
#include "terminal.h"

namespace plimsoll::cli {

namespace {

// Long loads say how far they are, and can be stopped.
ServingOptions serving_options(bool every_step) {
  constexpr std::size_t parts = 1000;
  auto progress = std::make_shared<Progress>("thousandths of the load");
  return {.every_step = every_step, .progress = [progress](double done) {
            progress->show(static_cast<std::size_t>(done * static_cast<double>(parts)), parts);
          }};
}

}  // namespace

void execute(const SimulateCommand& command) {
  Catalog catalog(data_folders(command.data));
  const ScenarioSpec spec = read_scenario(command.scenario, catalog);
  const Evaluation evaluation = evaluate(spec, catalog,
                                         {.changes = false,
                                          .timeline = true,
                                          .every_token = true,
                                          .published_tokens_per_second = command.published,
                                          .serve = serving_options(command.every_step)});
  settle(evaluation.warnings);
  warn_of_unused_profiles({&evaluation.outcome}, catalog);
  if (!command.trace.empty()) {
    write_result(command.trace,
                 trace_json(evaluation.timeline, timeline_title(evaluation.outcome.facts)));
  }
  const bool json = command.output.format == Format::json;
  write_result(command.output.file, json ? simulation_json(evaluation.outcome, evaluation.timeline)
                                         : timeline_text(evaluation.outcome, evaluation.timeline,
                                                         text_style(command.output)));
}

}  // namespace plimsoll::cli
