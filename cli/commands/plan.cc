#include "plan/plan.h"

#include <algorithm>
#include <memory>

#include "base/parallel.h"
#include "commands/commands.h"
#include "commands/common.h"
#include "interrupt.h"
#include "output.h"
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

}  // namespace

void execute(const PlanCommand& command) {
  const std::vector<DataFolders> folders = data_folders(command.data);
  const Requirement requirement = command.file.empty()
                                      ? requirement_from_options(command.fields)
                                      : read_requirement(command.file, command.fields);
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
