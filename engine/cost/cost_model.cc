#include "cost/cost_model.h"

#include <algorithm>
#include <cmath>

#include "base/quantity_text.h"
#include "catalog/figure_spread.h"
#include "catalog/words.h"

namespace plimsoll {

namespace {

constexpr std::string_view vector_units = "vector units";

// (a^p + b^p)^(1/p), without overflow for large p.
double smooth_maximum(double a, double b, double p) {
  const double larger = std::max(a, b);
  if (larger <= 0.0) return 0.0;
  const double ratio = std::min(a, b) / larger;
  return larger * std::pow(1.0 + std::pow(ratio, p), 1.0 / p);
}

// Share of the smooth maximum that part `x` is responsible for: d log(t) / d log(x).
double responsibility(double x, double total, double p) {
  return total > 0.0 ? std::pow(x / total, p) : 0.0;
}

void add_sensitivity(OperatorCost& cost, int parameter, Seconds derivative) {
  if (parameter < 0 || derivative == Seconds()) return;
  const auto slot = static_cast<std::size_t>(cost.sensitivity_count++);
  cost.sensitivities[slot] = {.parameter = parameter, .derivative = derivative};
}

}  // namespace

CostModel::CostModel(const Scenario& scenario, const Fabric& fabric, const RoofTable& roofs)
    : scenario_(scenario), fabric_(fabric), roofs_(roofs) {
  const BackendSpec& backend = *scenario.backend;
  step_parameter_ =
      parameter("work per pass that nothing overlaps, " + scenario.engine->name + " " + backend.id,
                log_sigma_of(backend.step_overhead), backend.step_overhead.from,
                print(backend.step_overhead.value));
}

int CostModel::parameter(std::string what, double log_sigma, const Provenance& from,
                         std::string value) {
  parameters_.push_back(
      {.what = std::move(what), .log_sigma = log_sigma, .from = from, .value = std::move(value)});
  return static_cast<int>(parameters_.size()) - 1;
}

Seconds CostModel::step_overhead() const {
  return scenario_.backend->step_overhead.value;
}
bool CostModel::captured_graph() const {
  return scenario_.backend->captured_graph;
}
double CostModel::decode_spread() const {
  return scenario_.backend->decode_spread.value;
}
double CostModel::prefill_spread() const {
  return scenario_.backend->prefill_spread.value;
}

CostModel::ExecutorCosts& CostModel::costs_of(int executor) {
  auto found = executors_.find(executor);
  if (found != executors_.end()) return found->second;
  const Executor& unit = fabric_.executors()[static_cast<std::size_t>(executor)];
  ExecutorCosts costs;
  costs.backend = &backend_on(scenario_, unit.unit->kind);
  const std::string backend = scenario_.engine->name + " " + costs.backend->id;
  // Identical devices share their parameters: they err together.
  for (const auto& [other, theirs] : executors_) {
    const Executor& peer = fabric_.executors()[static_cast<std::size_t>(other)];
    if (peer.unit == unit.unit) {
      costs = theirs;
      return executors_.emplace(executor, costs).first->second;
    }
  }
  costs.memory_parameter = parameter(unit.memory.what, unit.memory.log_sigma, unit.memory.from,
                                     print(unit.memory.value));
  costs.gap_parameter =
      parameter("device time per kernel launch, " + backend, log_sigma_of(costs.backend->gap),
                costs.backend->gap.from, print(costs.backend->gap.value));
  costs.vector_roof = matrix_roof(unit, Precision::fp32, roofs_);
  if (costs.vector_roof.value == FlopPerSecond())
    costs.vector_roof = matrix_roof(unit, Precision::fp16, roofs_);
  if (costs.vector_roof.value > FlopPerSecond())
    costs.vector_parameter =
        parameter("vector rate of " + unit.device->name, costs.vector_roof.log_sigma,
                  costs.vector_roof.from, print(costs.vector_roof.value));
  return executors_.emplace(executor, std::move(costs)).first->second;
}

const CostModel::MatrixRate& CostModel::matrix_rate(int executor, const std::string& family) {
  ExecutorCosts& costs = costs_of(executor);
  auto found = costs.matrix.find(family);
  if (found != costs.matrix.end()) return found->second;
  const auto lists = [](const MatrixPath& path, const std::string& word) {
    return std::find(path.families.begin(), path.families.end(), word) != path.families.end();
  };
  MatrixRate rate;
  for (const MatrixPath& path : costs.backend->matrix)
    if (lists(path, family)) rate.path = &path;
  if (!rate.path)
    for (const MatrixPath& path : costs.backend->matrix)
      if (lists(path, "default")) rate.path = &path;
  const Executor& unit = fabric_.executors()[static_cast<std::size_t>(executor)];
  if (rate.path) {
    for (Precision precision : rate.path->precisions) {
      rate.roof = matrix_roof(unit, precision, roofs_);
      rate.units = "matrix units, " + std::string(word(precision));
      if (rate.roof.value > FlopPerSecond()) break;
    }
    rate.efficiency_parameter =
        parameter("matrix efficiency of " + family + " kernels, " + scenario_.engine->name + " " +
                      costs.backend->id,
                  log_sigma_of(rate.path->efficiency), rate.path->efficiency.from,
                  print_number(rate.path->efficiency.value));
  }
  if (rate.roof.value == FlopPerSecond()) {
    rate.roof = costs.vector_roof;
    rate.units = vector_units;
  }
  rate.roof_parameter =
      parameter(rate.roof.what, rate.roof.log_sigma, rate.roof.from, print(rate.roof.value));
  return costs.matrix.emplace(family, std::move(rate)).first->second;
}

FlopPerSecond CostModel::matrix_peak(int executor, const std::string& kernel_family) const {
  return const_cast<CostModel*>(this)->matrix_rate(executor, kernel_family).roof.value;
}

void CostModel::limit_by_cores(const Executor& unit, const BackendSpec& backend,
                               const std::string& family, Bandwidth& bandwidth) {
  const Figure<double>* limit = core_limit_of(backend, family);
  if (!limit || !unit.unit->clock || unit.unit->cores == 0) return;
  const double cycles = unit.unit->cores * unit.unit->clock->value.base() * unit.sockets;
  const BytesPerSecond intake(cycles * limit->value);
  const double p = backend.roofline_exponent;
  const double seconds_per_byte =
      smooth_maximum(1.0 / bandwidth.rate.base(), 1.0 / intake.base(), p);
  bandwidth.by_cores = responsibility(1.0 / intake.base(), seconds_per_byte, p);
  bandwidth.rate = BytesPerSecond(1.0 / seconds_per_byte);
  bandwidth.core_parameter =
      parameter("weights a core takes in per cycle (" + family + "), " + scenario_.engine->name +
                    " " + backend.id,
                log_sigma_of(*limit), limit->from, print_number(limit->value) + " B");
}

const CostModel::Bandwidth& CostModel::bandwidth(int executor, const Operator& op) {
  ExecutorCosts& costs = costs_of(executor);
  const BackendSpec& backend = *costs.backend;
  const bool expert = op.cls == OperatorClass::routed_experts;
  std::string family = "@vector";
  if (op.kind == OperatorKind::matrix)
    family = (expert ? "@expert " : "") + op.format->kernel_family;
  if (op.kind == OperatorKind::attention) family = "@attention";
  auto found = costs.bandwidth.find(family);
  if (found != costs.bandwidth.end()) return found->second;

  const Figure<double>* figure = &backend.vector_bandwidth;
  double factor = 1.0;
  double sigma = 0.0;
  std::string what = "bandwidth efficiency of pointwise kernels";
  if (op.kind == OperatorKind::attention) {
    figure = &backend.attention_bandwidth;
    what = "bandwidth efficiency of decode attention";
  } else if (op.kind == OperatorKind::matrix) {
    figure = &bandwidth_of(backend, op.format->kernel_family);
    what = "bandwidth efficiency of " + op.format->kernel_family + " kernels";
    if (expert) {
      factor = backend.expert_bandwidth.value;
      sigma = log_sigma_of(backend.expert_bandwidth);
      what += " on routed experts";
    }
  }
  const double own = log_sigma_of(*figure);
  const Executor& unit = fabric_.executors()[static_cast<std::size_t>(executor)];
  const double efficiency = figure->value * factor;
  Bandwidth entry{.rate = unit.memory.value * efficiency,
                  .parameter = parameter(what + ", " + scenario_.engine->name + " " + backend.id,
                                         std::sqrt(own * own + sigma * sigma), figure->from,
                                         print_number(efficiency))};
  if (op.kind == OperatorKind::matrix)
    limit_by_cores(unit, backend, op.format->kernel_family, entry);
  return costs.bandwidth.emplace(family, entry).first->second;
}

const Figure<Seconds>& CostModel::software_figure(MessageSoftware software) const {
  const auto& remote = scenario_.engine->remote;
  if (remote && software == MessageSoftware::hop) return remote->hop_overhead;
  if (remote && software == MessageSoftware::collective) return remote->collective_overhead;
  return scenario_.engine->message_overhead;
}

int CostModel::software_parameter(MessageSoftware software) {
  if (const auto found = software_parameters_.find(software); found != software_parameters_.end())
    return found->second;
  const Figure<Seconds>& figure = software_figure(software);
  const char* what =
      software == MessageSoftware::hop          ? "software time per stage on another machine, "
      : software == MessageSoftware::collective ? "software time per collective across machines, "
                                                : "software cost per message, ";
  const int id = parameter(what + scenario_.engine->name, log_sigma_of(figure), figure.from,
                           print(figure.value));
  return software_parameters_.emplace(software, id).first->second;
}

int CostModel::link_parameter(int link) {
  if (link < 0) return -1;
  const FabricLink& shared = fabric_.links()[static_cast<std::size_t>(link)];
  if (const auto found = link_parameters_.find(shared.spec); found != link_parameters_.end())
    return found->second;
  const int id = parameter(shared.capacity.what, shared.capacity.log_sigma, shared.capacity.from,
                           print(shared.capacity.value));
  return link_parameters_.emplace(shared.spec, id).first->second;
}

int CostModel::latency_parameter(const Operator& op) {
  if (op.narrowest < 0) return -1;
  const LinkSpec* spec = fabric_.links()[static_cast<std::size_t>(op.narrowest)].spec;
  if (!spec) return -1;
  if (const auto found = latency_parameters_.find(spec); found != latency_parameters_.end())
    return found->second;
  const int id = parameter("latency of " + spec->name, op.latency_log_sigma, spec->latency.from,
                           print(spec->latency.value));
  return latency_parameters_.emplace(spec, id).first->second;
}

OperatorCost CostModel::message_cost(const Operator& op) {
  OperatorCost cost;
  const Seconds software = software_figure(op.software).value;
  const bool local = op.software == MessageSoftware::message;
  cost.call = local ? Seconds() : software;
  cost.gap = local ? op.latency + software : op.latency;
  cost.work = op.transfer;
  add_sensitivity(cost, software_parameter(op.software), software);
  add_sensitivity(cost, latency_parameter(op), op.latency);
  add_sensitivity(cost, link_parameter(op.narrowest), Seconds(-cost.work.base()));
  return cost;
}

CostModel::ComputeRate CostModel::compute_rate(const Operator& op) {
  ExecutorCosts& costs = costs_of(op.executor);
  const BackendSpec& backend = *costs.backend;
  const FlopPerSecond vector = costs.vector_roof.value;
  const bool many_rows = op.rows > backend.matrix_vector_rows;
  if (op.kind == OperatorKind::matrix && many_rows) {
    const MatrixRate& matrix = matrix_rate(op.executor, op.format->kernel_family);
    // Tiles fill up: half of the efficiency at half_rows.
    const double fill = matrix.path ? op.rows / (op.rows + matrix.path->half_rows) : 1.0;
    return {
        .rate = matrix.roof.value * ((matrix.path ? matrix.path->efficiency.value : 1.0) * fill),
        .roof = matrix.roof.value,
        .units = matrix.units,
        .roof_parameter = matrix.roof_parameter,
        .efficiency_parameter = matrix.efficiency_parameter};
  }
  if (op.kind == OperatorKind::matrix && op.format->block > 1) {
    const FlopPerSecond packed = vector * backend.packed_dot.value;
    return {.rate = packed,
            .roof = packed,
            .units = "packed 8-bit products",
            .roof_parameter = costs.vector_parameter};
  }
  if (op.kind == OperatorKind::attention && many_rows) {
    const MatrixRate& matrix = matrix_rate(op.executor, "f16");
    return {.rate = matrix.roof.value * backend.attention_compute.value,
            .roof = matrix.roof.value,
            .units = matrix.units,
            .roof_parameter = matrix.roof_parameter};
  }
  return {.rate = vector,
          .roof = vector,
          .units = vector_units,
          .roof_parameter = costs.vector_parameter};
}

OperatorCost CostModel::cost(const Operator& op) {
  if (op.kind == OperatorKind::message) return message_cost(op);
  ExecutorCosts& costs = costs_of(op.executor);
  const BackendSpec& backend = *costs.backend;
  OperatorCost cost;
  cost.issue = backend.issue.value * op.launches;
  cost.gap = backend.gap.value * op.launches;
  cost.memory = op.memory;

  const Bandwidth& memory = bandwidth(op.executor, op);
  const double memory_time = op.memory.base() / memory.rate.base();
  const ComputeRate compute = compute_rate(op);
  const double compute_time = op.work.base() > 0.0 && compute.rate > FlopPerSecond()
                                  ? op.work.base() / compute.rate.base()
                                  : 0.0;

  const double p = backend.roofline_exponent;
  const double work = smooth_maximum(compute_time, memory_time, p);
  cost.work = Seconds(work);
  cost.compute_time = Seconds(compute_time);
  cost.memory_time = Seconds(memory_time);
  cost.compute_units = compute.roof > FlopPerSecond() ? op.work.base() / compute.roof.base() : 0.0;
  cost.compute_roof = compute.roof;
  cost.units = compute.units;

  const double by_memory = responsibility(memory_time, work, p);
  const double by_compute = responsibility(compute_time, work, p);
  add_sensitivity(cost, costs.gap_parameter, cost.gap);
  if (by_memory >= by_compute) {
    const double by_roof = by_memory * (1.0 - memory.by_cores);
    add_sensitivity(cost, costs.memory_parameter, Seconds(-work * by_roof));
    add_sensitivity(cost, memory.parameter, Seconds(-work * by_roof));
    add_sensitivity(cost, memory.core_parameter, Seconds(-work * by_memory * memory.by_cores));
    add_sensitivity(cost, compute.roof_parameter, Seconds(-work * by_compute));
  } else {
    add_sensitivity(cost, compute.roof_parameter, Seconds(-work * by_compute));
    add_sensitivity(cost, compute.efficiency_parameter, Seconds(-work * by_compute));
    add_sensitivity(cost, costs.memory_parameter,
                    Seconds(-work * by_memory * (1.0 - memory.by_cores)));
  }
  return cost;
}

Seconds serial_time(const std::vector<OperatorCost>& costs, bool captured_graph,
                    Seconds step_overhead) {
  double issued = 0.0;
  double finished = 0.0;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (!captured_graph || i == 0) issued += costs[i].issue.base();
    finished = std::max(finished, issued) + costs[i].call.base() + costs[i].gap.base() +
               costs[i].work.base();
  }
  return Seconds(finished) + step_overhead;
}

}  // namespace plimsoll
