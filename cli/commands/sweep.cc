#include "sweep/sweep.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <system_error>

#include "base/parallel.h"
#include "catalog/words.h"
#include "commands/commands.h"
#include "commands/common.h"
#include "interrupt.h"
#include "output.h"
#include "progress.h"
#include "report/report_content.h"
#include "sweep/assignments.h"
#include "sweep/content_hash.h"

namespace plimsoll::cli {
namespace {

namespace fs = std::filesystem;

// The version does not change with every build, the rows may.
std::string program_build() {
  return ContentHash().add(PLIMSOLL_VERSION).add_file("/proc/self/exe").text();
}

// Options of the machines beside their name hold for every machine that --vary names.
std::vector<std::string> lasting_options(const ScenarioOptions& options,
                                         const std::vector<Axis>& axes) {
  const auto is_system = [](const Axis& axis) { return axis.path == "system"; };
  std::vector<std::string> lasting;
  if (std::none_of(axes.begin(), axes.end(), is_system)) return lasting;
  if (!options.link.empty()) lasting.push_back("system.link=\"" + options.link + "\"");
  if (options.topology)
    lasting.push_back("system.topology=" + std::string(word(*options.topology)));
  return lasting;
}

// What the axes go through, out of its quotes.
NamedThings named_in(const std::vector<Axis>& axes) {
  NamedThings named;
  const auto add = [](const Axis& axis, std::vector<std::string>& names) {
    for (const std::string& value : axis.values) {
      const bool quoted = value.size() > 1 && value.front() == '"' && value.back() == '"';
      names.push_back(quoted ? value.substr(1, value.size() - 2) : value);
    }
  };
  for (const Axis& axis : axes) {
    if (axis.path == "model") add(axis, named.models);
    if (axis.path == "system" || axis.path == "system.id") add(axis, named.systems);
  }
  return named;
}

SweepRequest request_of(const SweepCommand& command) {
  SweepRequest request{.data = data_folders(command.data)};
  Catalog catalog(request.data);
  request.base = assignments_of(read_scenario(command.scenario, catalog));
  Diagnostics diagnostics;
  request.axes = read_axes(command.vary, request.base, diagnostics);
  throw_if_errors(diagnostics);
  lay_over_named(named_in(request.axes), catalog);
  request.data.back().given = catalog.given();
  request.data.back().overlay = catalog.overlay();
  say_found_profile(catalog);
  request.fixed = lasting_options(command.scenario, request.axes);
  return request;
}

// Beside a file that will appear; a pipe or device has none.
std::unique_ptr<Journal> journal_for(const SweepCommand& command, const SweepRequest& request) {
  std::error_code ignored;
  const bool is_file = !fs::exists(command.file, ignored) ||
                       fs::is_regular_file(fs::canonical(command.file, ignored), ignored);
  if (command.file.empty() || !is_file) return nullptr;
  return std::make_unique<Journal>(command.file.string() + ".partial",
                                   identity_of(request, program_build()),
                                   command.restart ? OldJournal::discard : OldJournal::go_on);
}

std::string counted(std::size_t count) {
  return count_text(static_cast<std::int64_t>(count));
}

void say(const std::string& text) {
  std::fprintf(stderr, "plimsoll: %s\n", text.c_str());
}

std::string farewell(const SweepResult& result, const Journal* journal) {
  const std::string stopped =
      "stopped after " + counted(result.done) + " of " + counted(result.points) + " points";
  if (!journal) return stopped + "; with -o FILE a sweep can be gone on with";
  return stopped + ", which are kept in " + journal->file().string() +
         "; the same command goes on from there";
}

SweepResult run(const SweepCommand& command, const SweepRequest& request, Journal* journal,
                const InterruptFlag& interrupt) {
  const std::size_t earlier = journal ? journal->found().size() : 0;
  if (earlier > 0) say("going on after " + counted(earlier) + " points of an earlier run");
  Progress progress("points", earlier);
  // More threads than cores only wait for each other.
  const int threads = std::min(command.threads, worker_count({}));
  return run_sweep(request, {.threads = threads,
                             .journal = journal,
                             .progress = [&](std::size_t done,
                                             std::size_t total) { progress.show(done, total); },
                             .stop = &interrupt.flag()});
}

}  // namespace

void execute(const SweepCommand& command) {
  const SweepRequest request = request_of(command);
  const std::unique_ptr<Journal> journal = journal_for(command, request);
  const InterruptFlag interrupt;
  const SweepResult result = run(command, request, journal.get(), interrupt);
  if (!result.complete) throw Interrupted(interrupt.signal(), farewell(result, journal.get()));
  write_result(command.file, result.table);
  if (journal) journal->remove();
  if (result.refused > 0)
    say(counted(result.refused) + " of " + counted(result.points) +
        " points are no valid scenario; the columns 'error' and 'error_message' say why");
}

}  // namespace plimsoll::cli
