#include "commands/commands.h"
#include "commands/common.h"
#include "evaluate/evaluate.h"
#include "output.h"
#include "report/ranking_report.h"
#include "report/report_json.h"
#include "report/report_markdown.h"
#include "report/report_text.h"

namespace plimsoll::cli {
namespace {

std::string print(const Outcome& outcome, const OutputOptions& output) {
  return in_format(
      output, [&] { return report_json(outcome); }, [&] { return report_markdown(outcome); },
      [&](const TextStyle& style) { return report_text(outcome, style); });
}

std::string print(const std::string& machine, const std::vector<RankedModel>& models,
                  const OutputOptions& output) {
  return in_format(
      output, [&] { return ranking_json(machine, models); },
      [&] { return ranking_markdown(machine, models); },
      [&](const TextStyle& style) { return ranking_text(machine, models, style); });
}

// "4x Framework Desktop 128 GB", by the name in the catalogue.
std::string machine_name(const ScenarioSpec& spec, Catalog& catalog) {
  Diagnostics diagnostics;
  const SystemSpec* system = catalog.system(*spec.system.value, spec.system.place, diagnostics);
  throw_if_errors(diagnostics);
  const int count = spec.count.value.value_or(1);
  return (count > 1 ? std::to_string(count) + "x " : "") +
         (system ? system->name : *spec.system.value);
}

void require_system(const ScenarioSpec& spec) {
  if (spec.system.has()) return;
  Diagnostics diagnostics;
  diagnostics.error("missing-argument", {.file = "command line"}, "no system is given",
                    "--system NAME, or a scenario file with a system");
  throw InputError(diagnostics);
}

}  // namespace

void execute(const ReportCommand& command) {
  Catalog catalog(data_folders(command.data));
  const ScenarioSpec spec = read_scenario(command.scenario, catalog);
  if (spec.model.has()) {
    const Evaluation evaluation =
        evaluate(spec, catalog, {.changes = command.changes, .timeline = false, .costs = true});
    settle(evaluation.warnings);
    write_result(command.output.file, print(evaluation.outcome, command.output));
    return;
  }
  require_system(spec);
  const std::string machine = machine_name(spec, catalog);
  write_result(command.output.file, print(machine, rank_models(spec, catalog), command.output));
}

}  // namespace plimsoll::cli
