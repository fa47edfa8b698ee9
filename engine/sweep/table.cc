#include "sweep/table.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "evaluate/outcome_figures.h"
#include "sweep/csv.h"

namespace plimsoll {
namespace {

struct Column {
  std::string name;
  std::function<std::string(const Outcome&)> cell;
};

constexpr std::size_t most_limits = 3;

std::string cell(std::int64_t number) {
  return std::to_string(number);
}
std::string cell(std::optional<std::int64_t> number) {
  return number ? std::to_string(*number) : "";
}

template <class Sum>
double total(const Outcome& outcome, Sum amount) {
  double sum = 0.0;
  for (const PoolMemory& pool : outcome.memory) sum += amount(pool);
  return sum;
}

class Columns {
 public:
  Columns() {
    verdict();
    scenario();
    memory();
    for (const OutcomeFigure& figure : outcome_figures) add_figure(figure);
    add("cache_state",
        [](const Outcome& o) { return o.decode_tokens_per_second ? o.cache_state : ""; });
    for (std::size_t i = 0; i < most_limits; ++i) add_limit(i);
  }

  const std::vector<Column>& all() const { return columns_; }

 private:
  template <class Cell>
  void add(std::string name, Cell cell) {
    columns_.push_back({std::move(name), std::move(cell)});
  }

  void verdict() {
    add("verdict", [](const Outcome& o) { return std::string(to_text(o.verdict)); });
    add("applied_change", [](const Outcome& o) {
      return o.applied_change ? o.applied_change->description : std::string();
    });
    add("why_not", [](const Outcome& o) { return o.why_not; });
    add("short_by_bytes", [](const Outcome& o) { return csv_number(o.short_by.base()); });
    add("fits_probability", [](const Outcome& o) { return csv_number(o.fits_probability); });
    add("largest_context_tokens", [](const Outcome& o) { return cell(o.largest_context); });
  }

  void scenario() {
    add("model_name", [](const Outcome& o) { return o.facts.model; });
    add("quantization_name", [](const Outcome& o) { return o.facts.quantization; });
    add("system_name", [](const Outcome& o) { return o.facts.system; });
    add("engine_name", [](const Outcome& o) { return o.facts.engine; });
    add("placement_name", [](const Outcome& o) { return o.facts.placement; });
    add("parameters", [](const Outcome& o) { return cell(o.facts.parameters); });
    add("weights_bytes", [](const Outcome& o) { return csv_number(o.facts.weights.base()); });
    add("bits_per_weight", [](const Outcome& o) { return csv_number(o.facts.bits_per_weight); });
    add("context_tokens", [](const Outcome& o) { return cell(o.facts.context); });
    add("prompt_tokens", [](const Outcome& o) { return cell(o.facts.prompt); });
    add("depth_tokens", [](const Outcome& o) { return cell(o.facts.depth); });
    add("generate_tokens", [](const Outcome& o) { return cell(o.facts.generate); });
    add("batch", [](const Outcome& o) { return cell(std::int64_t{o.facts.batch}); });
    add("machine_count", [](const Outcome& o) { return cell(std::int64_t{o.facts.machines}); });
    add("replica_count", [](const Outcome& o) { return cell(std::int64_t{o.facts.replicas}); });
    add("spare_count", [](const Outcome& o) { return cell(std::int64_t{o.facts.spare}); });
  }

  void memory() {
    add("memory_used_bytes", [](const Outcome& o) {
      return csv_number(total(o, [](const PoolMemory& pool) { return pool.used.value; }));
    });
    add("memory_used_bytes_low", [](const Outcome& o) {
      return csv_number(total(o, [](const PoolMemory& pool) { return pool.used.low; }));
    });
    add("memory_used_bytes_high", [](const Outcome& o) {
      return csv_number(total(o, [](const PoolMemory& pool) { return pool.used.high; }));
    });
    add("memory_usable_bytes", [](const Outcome& o) {
      return csv_number(total(o, [](const PoolMemory& pool) { return pool.usable.base(); }));
    });
  }

  void add_figure(const OutcomeFigure& figure) {
    const auto add_end = [&](const char* suffix, double Estimate::*end) {
      add(std::string(figure.key) + suffix, [value = figure.value, end](const Outcome& o) {
        return o.*value ? csv_number((*(o.*value)).*end) : std::string();
      });
    };
    add_end("", &Estimate::value);
    add_end("_low", &Estimate::low);
    add_end("_high", &Estimate::high);
  }

  void add_limit(std::size_t i) {
    const auto add_part = [&](const std::string& suffix, auto part) {
      add("limit_" + std::to_string(i + 1) + suffix, [i, part](const Outcome& o) {
        return i < o.limits.size() ? part(o.limits[i]) : std::string();
      });
    };
    add_part("", [](const Limit& limit) { return limit.what; });
    add_part("_share", [](const Limit& limit) { return csv_number(limit.share); });
    add_part("_ceiling_tokens_per_second", [](const Limit& limit) {
      const auto& ceiling = limit.ceiling_tokens_per_second;
      return ceiling ? csv_number(*ceiling) : std::string();
    });
  }

  std::vector<Column> columns_;
};

const std::vector<Column>& columns() {
  static const Columns all;
  return all.all();
}

std::string first_error(const Diagnostics& refusal, std::string Diagnostic::*part) {
  const std::vector<Diagnostic> sorted = refusal.sorted();
  const auto error = std::find_if(sorted.begin(), sorted.end(), [](const Diagnostic& each) {
    return each.severity == Severity::error;
  });
  return error == sorted.end() ? std::string() : (*error).*part;
}

}  // namespace

std::string sweep_header(std::span<const Axis> axes) {
  std::vector<std::string> names;
  for (const Axis& axis : axes) names.push_back(axis.path);
  for (const Column& column : columns()) names.push_back(column.name);
  names.insert(names.end(), {"error", "error_message"});
  return csv_record(names);
}

std::string sweep_row(std::span<const std::string> values, const Outcome& outcome) {
  std::vector<std::string> cells(values.begin(), values.end());
  for (const Column& column : columns()) cells.push_back(column.cell(outcome));
  cells.insert(cells.end(), {"", ""});
  return csv_record(cells);
}

std::string sweep_row(std::span<const std::string> values, const Diagnostics& refusal) {
  std::vector<std::string> cells(values.begin(), values.end());
  cells.resize(cells.size() + columns().size());
  cells.push_back(first_error(refusal, &Diagnostic::code));
  cells.push_back(first_error(refusal, &Diagnostic::message));
  return csv_record(cells);
}

}  // namespace plimsoll
