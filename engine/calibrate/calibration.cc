#include "calibrate/calibration.h"

#include <chrono>

#include "base/elapsed.h"
#include "base/names.h"
#include "catalog/date.h"

namespace plimsoll::calibrate {

double budget_of(Depth depth) {
  // Checks, the last kernel and what was begun come on top of it.
  return depth == Depth::quick ? 50.0 : 540.0;
}

std::string today() {
  using namespace std::chrono;
  const year_month_day day(floor<days>(system_clock::now()));
  return to_text(Date{.year = static_cast<int>(day.year()),
                      .month = static_cast<int>(static_cast<unsigned>(day.month())),
                      .day = static_cast<int>(static_cast<unsigned>(day.day()))});
}

std::string entry_of(const BackendResult& backend, const DetectedMachine& machine) {
  if (backend.id == "storage" || backend.id == "link") return {};
  const std::string what = backend.id == "cpu" ? "CPU" : "GPU";
  std::string only;
  int count = 0;
  for (const DetectedPart& part : machine.parts) {
    if (part.what != what || part.entry.empty()) continue;
    if (fold_name(part.name) == fold_name(backend.device)) return part.entry;
    only = part.entry;
    ++count;
  }
  return count == 1 ? only : std::string();
}

Profile calibrate_machine(const std::vector<std::unique_ptr<Backend>>& backends,
                          const DetectedMachine& machine, const CalibrationOptions& options) {
  Profile profile{.machine = identity_of(machine.facts),
                  .date = options.date,
                  .program = options.program,
                  .depth = options.depth == Depth::quick ? "quick" : "full"};
  profile.name = identity_text(profile.machine);
  const std::function<double()> now = options.now ? options.now : steady_seconds;
  const double budget = options.budget_s > 0.0 ? options.budget_s : budget_of(options.depth);
  const double deadline = now() + budget;
  for (std::size_t i = 0; i < backends.size(); ++i) {
    HarnessOptions harness{.depth = options.depth,
                           .only = options.only,
                           .stop = options.stop,
                           .progress = {},
                           .now = now};
    harness.budget_s = (deadline - now()) / static_cast<double>(backends.size() - i);
    if (options.progress)
      harness.progress = [&](const HarnessProgress& at) { options.progress(*backends[i], at); };
    BackendResult result = run_backend(*backends[i], harness);
    result.entry = entry_of(result, machine);
    const bool stopped = result.stopped;
    profile.backends.push_back(std::move(result));
    if (stopped) break;
  }
  return profile;
}

}  // namespace plimsoll::calibrate
