// One scenario at many points, evaluated in parallel: a table with the same bytes at any number of
// threads, and after any number of interruptions.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "scenario/scenario.h"
#include "sweep/axis.h"
#include "sweep/journal.h"

namespace plimsoll {

struct SweepRequest {
  std::vector<std::string> base;   // assignments of the scenario (sweep/assignments.h)
  std::vector<std::string> fixed;  // what outlasts a varied value it is a part of: "system.link=…"
  std::vector<Axis> axes;
  std::vector<DataFolders> data;
};

// The scenario of a point. Whole parts ("system") are assigned before parts of them
// ("system.count"), whatever the order of the axes. Throws InputError.
ScenarioSpec spec_at(const SweepRequest& request, std::size_t point);

// What the rows depend on. `program`: its version and build.
SweepIdentity identity_of(const SweepRequest& request, const std::string& program);

struct SweepOptions {
  int threads = 0;             // 0: as many as the machine has
  Journal* journal = nullptr;  // may be null: nothing to go on from
  // As in base/parallel.h; counts only points that the journal did not have.
  std::function<void(std::size_t done, std::size_t total)> progress;
  const std::atomic<bool>* stop = nullptr;
};

struct SweepResult {
  bool complete = false;
  std::size_t points = 0;
  std::size_t done = 0;     // with those of the journal
  std::size_t refused = 0;  // of those done: scenarios with an error
  std::string table;        // CSV, when complete
};

// A point whose scenario is refused gets a row that says why. Throws InputError when the journal
// cannot be written.
SweepResult run_sweep(const SweepRequest& request, const SweepOptions& options = {});

}  // namespace plimsoll
