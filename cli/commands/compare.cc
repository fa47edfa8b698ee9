#include "evaluate/compare.h"

#include <filesystem>
#include <utility>

#include "commands/commands.h"
#include "commands/common.h"
#include "output.h"
#include "report/compare_report.h"

namespace plimsoll::cli {
namespace {

std::string print(const Comparison& comparison, const OutputOptions& output) {
  return in_format(
      output, [&] { return compare_json(comparison); },
      [&] { return compare_markdown(comparison); },
      [&](const TextStyle& style) { return compare_text(comparison, style); });
}

// Every problem of every file.
std::vector<NamedScenario> read_scenarios(const CompareCommand& command, Catalog& catalog) {
  std::vector<NamedScenario> scenarios;
  Diagnostics diagnostics;
  for (const std::string& file : command.files) {
    ScenarioOptions options = command.scenario;
    options.file = file;
    try {
      ScenarioSpec spec = read_scenario(options, catalog);
      const std::string name =
          spec.name.empty() ? std::filesystem::path(file).stem().string() : spec.name;
      scenarios.push_back({.name = name, .file = file, .spec = std::move(spec)});
    } catch (const InputError& refused) {
      diagnostics.append(refused.diagnostics());
    }
  }
  throw_if_errors(diagnostics);
  return scenarios;
}

}  // namespace

void execute(const CompareCommand& command) {
  Catalog catalog(data_folders(command.data));
  const Comparison comparison = compare(read_scenarios(command, catalog), catalog);
  settle(comparison.warnings);
  std::vector<const Outcome*> outcomes;
  for (const ComparedScenario& each : comparison.scenarios) outcomes.push_back(&each.outcome);
  warn_of_unused_profiles(outcomes, catalog);
  write_result(command.output.file, print(comparison, command.output));
}

}  // namespace plimsoll::cli
