#include "plan/plan.h"

#include <algorithm>
#include <memory>

#include "base/parallel.h"
#include "commands/commands.h"
#include "commands/common.h"
#include "interrupt.h"
#include "output.h"
#include "plan/checkpoint.h"
#include "progress.h"
#include "report/plan_json.h"
#include "report/plan_markdown.h"
#include "report/plan_text.h"

namespace plimsoll::cli {
namespace {

std::string print(const PlanResult& result, const OutputOptions& output) {
  return in_format(
      output, [&] { return plan_json(result); }, [&] { return plan_markdown(result); },
      [&](const TextStyle& style) { return plan_text(result, style); });
}

// What the requirement names besides entries of the catalogue, and the profiles of that.
void take_named(Requirement& requirement, std::vector<DataFolders>& folders) {
  Catalog catalog(folders);
  NamedThings named;
  if (requirement.model.has()) named.models.push_back(*requirement.model.value);
  for (const OwnedMachines& own : requirement.own) named.systems.push_back(own.system);
  lay_over_named(named, catalog);
  take_checkpoint(requirement, catalog);
  folders.back().given = catalog.given();
  folders.back().overlay = catalog.overlay();
  say_found_profile(catalog);
}

}  // namespace

void execute(const PlanCommand& command) {
  std::vector<DataFolders> folders = data_folders(command.data);
  Requirement requirement = command.file.empty() ? requirement_from_options(command.fields)
                                                 : read_requirement(command.file, command.fields);
  take_named(requirement, folders);
  const InterruptFlag interrupt;
  // More threads than cores only wait for each other.
  const int threads = std::min(command.threads, worker_count({}));
  PlanResult result;
  {
    Progress progress("sets of machines");
    result = plan(
        requirement, [&folders] { return std::make_unique<Catalog>(folders); },
        {.threads = threads,
         .stop = &interrupt.flag(),
         .progress = [&](std::size_t done, std::size_t total) { progress.show(done, total); }});
  }
  write_result(command.output.file, print(result, command.output));
  if (!result.complete)
    throw Interrupted(interrupt.signal(), "stopped; what was printed are the best plans so far");
}

}  // namespace plimsoll::cli
