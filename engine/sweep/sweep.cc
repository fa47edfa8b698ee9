#include "sweep/sweep.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/parallel.h"
#include "evaluate/evaluate.h"
#include "sweep/assignments.h"
#include "sweep/content_hash.h"
#include "sweep/table.h"

namespace plimsoll {
namespace {

std::string_view path_of(std::string_view assignment) {
  return assignment.substr(0, assignment.find('='));
}

std::string row_of(const SweepRequest& request, std::size_t point, Catalog& catalog) {
  const std::vector<std::string> values = values_at(request.axes, point);
  try {
    const Evaluation evaluation =
        evaluate(spec_at(request, point), catalog, {.changes = false, .timeline = false});
    return sweep_row(values, evaluation.outcome);
  } catch (const InputError& refused) {
    return sweep_row(values, refused.diagnostics());
  }
}

// Files of the user's own ("system: ./my-machine.yaml") belong to the scenario.
void add_named_files(std::string_view value, ContentHash& hash) {
  const std::size_t quote = value.find_first_not_of(" \"'");
  if (quote == std::string_view::npos) return;
  value = value.substr(quote, value.find_last_not_of(" \"'") - quote + 1);
  if (value.ends_with(".yaml") || value.ends_with(".yml"))
    hash.add_file(std::filesystem::path(value));
}

std::string hash_of_assignments(const SweepRequest& request) {
  ContentHash hash;
  for (const auto* assignments : {&request.base, &request.fixed}) {
    hash.add("assignments");
    for (const std::string& assignment : *assignments) {
      hash.add(assignment);
      add_named_files(std::string_view(assignment).substr(path_of(assignment).size() + 1), hash);
    }
  }
  return hash.text();
}

std::string hash_of_axes(const std::vector<Axis>& axes) {
  ContentHash hash;
  for (const Axis& axis : axes) {
    hash.add("axis").add(axis.path);
    for (const std::string& value : axis.values) {
      hash.add(value);
      add_named_files(value, hash);
    }
  }
  return hash.text();
}

// Rows by point; those of an earlier run are there from the start.
struct Rows {
  std::vector<std::string> rows;
  std::vector<std::size_t> missing;
};

Rows earlier_rows(std::size_t points, const Journal* journal) {
  Rows all{.rows = std::vector<std::string>(points), .missing = {}};
  if (journal) {
    for (const auto& [point, row] : journal->found())
      if (point < points) all.rows[point] = row;
  }
  for (std::size_t point = 0; point < points; ++point)
    if (all.rows[point].empty()) all.missing.push_back(point);
  return all;
}

// A refused row ends in its code and message, any other in two empty cells.
bool refused(const std::string& row) {
  return !row.empty() && !row.ends_with(",,\n");
}

}  // namespace

ScenarioSpec spec_at(const SweepRequest& request, std::size_t point) {
  std::vector<std::string> varied = request.fixed;
  const std::vector<std::string> values = values_at(request.axes, point);
  for (std::size_t i = 0; i < values.size(); ++i)
    varied.push_back(request.axes[i].path + "=" + values[i]);
  std::stable_sort(varied.begin(), varied.end(), [](const std::string& a, const std::string& b) {
    return path_depth(path_of(a)) < path_depth(path_of(b));
  });
  std::vector<std::string> assignments = request.base;
  assignments.insert(assignments.end(), varied.begin(), varied.end());
  return spec_from(assignments);
}

SweepIdentity identity_of(const SweepRequest& request, const std::string& program) {
  return {{"scenario", hash_of_assignments(request)},
          {"values", hash_of_axes(request.axes)},
          {"data", hash_of_data(request.data)},
          {"program", ContentHash().add(program).add(sweep_header(request.axes)).text()}};
}

SweepResult run_sweep(const SweepRequest& request, const SweepOptions& options) {
  SweepResult result{.points = point_count(request.axes), .table = {}};
  Rows all = earlier_rows(result.points, options.journal);
  const ParallelOptions parallel{
      .threads = options.threads, .progress = options.progress, .stop = options.stop};
  std::vector<std::unique_ptr<Catalog>> catalogs(static_cast<std::size_t>(worker_count(parallel)));
  result.complete = parallel_for(all.missing.size(), parallel, [&](std::size_t i, int worker) {
    std::unique_ptr<Catalog>& catalog = catalogs[static_cast<std::size_t>(worker)];
    if (!catalog) catalog = std::make_unique<Catalog>(request.data);
    const std::size_t point = all.missing[i];
    std::string row = row_of(request, point, *catalog);
    if (options.journal) options.journal->append(point, row);
    all.rows[point] = std::move(row);
  });
  for (const std::string& row : all.rows) {
    if (!row.empty()) ++result.done;
    if (refused(row)) ++result.refused;
  }
  if (!result.complete) return result;
  result.table = sweep_header(request.axes);
  for (const std::string& row : all.rows) result.table += row;
  return result;
}

}  // namespace plimsoll
