#include <set>

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

// "4x Framework Desktop 128 GB, profile of 2026-05-20", by the name in the catalogue. Warns of
// profiles of other machines.
std::string machine_name(const ScenarioSpec& spec, Catalog& catalog) {
  Diagnostics diagnostics;
  const SystemSpec* system = catalog.system(*spec.system.value, spec.system.place, diagnostics);
  throw_if_errors(diagnostics);
  const int count = spec.count.value.value_or(1);
  std::string name = (count > 1 ? std::to_string(count) + "x " : "") + system->name;
  std::set<std::string> used;
  for (const auto& [file, date] : profiles_on(*system, catalog)) {
    name += ", profile of " + date;
    used.insert(file);
  }
  plimsoll::warn_of_unused_profiles(catalog, used, diagnostics);
  settle(diagnostics);
  return name;
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
    warn_of_unused_profiles({&evaluation.outcome}, catalog);
    write_result(command.output.file, print(evaluation.outcome, command.output));
    return;
  }
  require_system(spec);
  const std::string machine = machine_name(spec, catalog);
  write_result(command.output.file, print(machine, rank_models(spec, catalog), command.output));
}

}  // namespace plimsoll::cli
