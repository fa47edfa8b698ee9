#include "cost/cost_model.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/contains.h"
#include "base/quantity_text.h"
#include "catalog/figure_spread.h"
#include "catalog/power_limit.h"
#include "catalog/words.h"
#include "lowering/work_vector.h"

namespace plimsoll {

namespace {

constexpr std::string_view vector_units = "vector units";
constexpr std::string_view packed_products = "packed 8-bit products";
constexpr std::string_view pointwise = "@vector";  // among the families of CostModel::Bandwidth
// Rows of the smallest product of matrix units (mma.m16n8k16 of CUDA, v_wmma_16x16x16 of RDNA).
constexpr double matrix_tile_rows = 16.0;

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

// By a profile.
bool is_moved(const Provenance& from) {
  return from.moved != nullptr;
}

// Of figures that products of many rows decide.
bool is_of_prompts(std::string_view metric) {
  return metric == "prefill_tps" || metric == "ttft_s";
}

std::string_view batch_word(const Scenario& scenario) {
  return scenario.workload.batch > 1 ? "batch" : "single";
}

double scale_of(std::span<const double> scales, int parameter) {
  return scales.empty() ? 1.0 : scales[static_cast<std::size_t>(parameter)];
}

void add_sensitivity(OperatorCost& cost, int parameter, double derivative) {
  if (parameter < 0 || derivative == 0.0) return;
  for (int i = 0; i < cost.sensitivity_count; ++i) {
    Sensitivity& known = cost.sensitivities[static_cast<std::size_t>(i)];
    if (known.parameter != parameter) continue;
    known.derivative += Seconds(derivative);
    return;
  }
  const auto slot = static_cast<std::size_t>(cost.sensitivity_count++);
  cost.sensitivities.at(slot) = {.parameter = parameter, .derivative = Seconds(derivative)};
}

// `derivative`: d time / d log(term).
void add_sensitivities(OperatorCost& cost, const CostTerm& term, double derivative) {
  for (const CostTerm::Factor& factor : term.factors)
    add_sensitivity(cost, factor.parameter, derivative * factor.power);
}

void add_factor(CostTerm& term, int parameter, int power) {
  if (parameter < 0) return;
  auto free = term.factors.begin();
  while (free->parameter >= 0) ++free;
  *free = {.parameter = static_cast<std::int16_t>(parameter),
           .power = static_cast<std::int16_t>(power)};
}

// Of a matrix product: what its kernel multiplies with.
std::string kernel_family(const Operator& op) {
  return op.converted ? "f16" : op.format->kernel_family;
}

// Else kernels take one row after another past the weights.
bool by_matrix_kernel(const Operator& op, const BackendSpec& backend) {
  return op.kind == OperatorKind::matrix && op.pass_rows > backend.matrix_vector_rows;
}

// Weights that matrix units multiply in the format in which they lie in memory pass no lanes:
// nobody unpacks them. Where a family has no kernels of its own only 16-bit ones do.
bool multiplied_as_stored(const Operator& op, const MatrixPath* path, const ComputeUnitSpec& unit) {
  if (!path) return false;
  const auto has = [&](Precision precision) { return unit.rates.contains(precision); };
  constexpr double sixteen = 16.0;
  const double bits = op.converted ? sixteen : std::floor(op.format->bits_per_weight());
  if (bits == sixteen) return has(Precision::fp16);
  if (path->families.front() == "default") return false;
  constexpr double eight = 8.0;
  constexpr double four = 4.0;
  return bits == eight ? has(path->precisions.front()) : bits == four ? has(Precision::fp4) : false;
}

CostTerm growing(double seconds, int parameter) {
  CostTerm term{.seconds = seconds};
  add_factor(term, parameter, 1);
  return term;
}

// Of what the host does for a token that a server sends.
struct AnswerPart {
  const char* key;
  const char* what;
  const Figure<Seconds>* figure;
  double times;

  Seconds time() const { return figure->value * times; }
};
std::array<AnswerPart, 2> answer_parts(const Scenario& scenario) {
  const ServingSpec& serving = scenario.engine->serving;
  return {{{.key = "token_overhead",
            .what = "host time of a token that is sent",
            .figure = &serving.token_overhead,
            .times = 1.0},
           {.key = "sampling",
            .what = "host time to choose a token, for each of the vocabulary",
            .figure = &serving.sampling,
            .times = static_cast<double>(scenario.model.vocab)}}};
}

}  // namespace

double CostTerm::at(std::span<const double> scales) const {
  double time = seconds;
  if (scales.empty()) return time;
  for (const Factor& factor : factors) {
    if (factor.parameter < 0) break;
    const double scale = scale_of(scales, factor.parameter);
    time = factor.power < 0 ? time / scale : time * scale;
  }
  return time;
}

OperatorCost cost_of(const OperatorTerms& terms, std::span<const double> scales) {
  const double p = terms.exponent;
  const double memory = terms.memory.at(scales);
  const double first_row = terms.intake.at(scales);
  const double further_rows = terms.further_rows.at(scales);
  const double intake = first_row + further_rows;
  const double matrix = terms.compute.at(scales);
  const double feeding = terms.feeding.at(scales);
  const double filling = terms.filling.at(scales);
  const double bytes_time = intake > 0.0 ? smooth_maximum(memory, intake, p) : memory;
  const double q = terms.feeding_exponent;
  const double full = feeding > 0.0 ? smooth_maximum(matrix, feeding, q) : matrix;
  const double compute_time = full * (1.0 + filling + terms.idle);
  const double transfer = terms.transfer.at(scales);
  const double work = smooth_maximum(compute_time, bytes_time, p) + transfer;
  const double gap = terms.gap.at(scales);
  const double latency = terms.latency.at(scales);

  OperatorCost cost;
  cost.issue = Seconds(terms.issue.at(scales));
  cost.call = Seconds(terms.call.at(scales));
  cost.gap = Seconds(gap + latency);
  cost.work = Seconds(work);
  cost.memory_time = Seconds(bytes_time);
  cost.compute_time = Seconds(compute_time);

  add_sensitivities(cost, terms.gap, gap);
  add_sensitivities(cost, terms.call, cost.call.base());
  add_sensitivities(cost, terms.latency, latency);
  add_sensitivities(cost, terms.transfer, transfer);
  const double by_bytes = work * responsibility(bytes_time, work, p);
  const double by_compute = work * responsibility(compute_time, work, p);
  const double by_intake = intake > 0.0 ? responsibility(intake, bytes_time, p) : 0.0;
  add_sensitivities(cost, terms.memory, by_bytes * (1.0 - by_intake));
  if (intake > 0.0) {
    add_sensitivities(cost, terms.intake, by_bytes * by_intake * first_row / intake);
    add_sensitivities(cost, terms.further_rows, by_bytes * by_intake * further_rows / intake);
  }
  if (compute_time > 0.0) {
    const double by_feeding = feeding > 0.0 ? responsibility(feeding, full, q) : 0.0;
    add_sensitivities(cost, terms.compute, by_compute * (1.0 - by_feeding));
    add_sensitivities(cost, terms.feeding, by_compute * by_feeding);
    add_sensitivities(cost, terms.filling, by_compute * filling / (1.0 + filling + terms.idle));
  }
  return cost;
}

CostModel::CostModel(const Scenario& scenario, const Fabric& fabric, const RoofTable& roofs)
    : scenario_(scenario), fabric_(fabric), roofs_(roofs) {
  const BackendSpec& backend = *scenario.backend;
  step_parameter_ =
      backend_parameter(backend, "step_overhead", "work per pass that nothing overlaps",
                        backend.step_overhead, print(backend.step_overhead.value));
}

Seconds CostModel::request_overhead() const {
  return scenario_.engine->serving.request_overhead.value;
}

int CostModel::serving_parameter(const std::string& key, const std::string& what,
                                 const Figure<Seconds>& figure) {
  return parameter({.key = scenario_.engine->id + ":" + key,
                    .number = figure.value.base(),
                    .what = what + ", " + scenario_.engine->name,
                    .log_sigma = log_sigma_of(figure),
                    .from = figure.from,
                    .value = print(figure.value)});
}

int CostModel::request_overhead_parameter() {
  return serving_parameter("request_overhead", "time of a request outside all passes",
                           scenario_.engine->serving.request_overhead);
}

std::vector<CostTerm> CostModel::answer_terms() {
  std::vector<CostTerm> terms;
  for (const AnswerPart& part : answer_parts(scenario_))
    if (part.time() > Seconds())
      terms.push_back(
          growing(part.time().base(), serving_parameter(part.key, part.what, *part.figure)));
  return terms;
}

Seconds CostModel::answer_overhead() const {
  Seconds sum;
  for (const AnswerPart& part : answer_parts(scenario_)) sum += part.time();
  return sum;
}

int CostModel::parameter(Parameter parameter) {
  const auto [entry, fresh] =
      parameter_of_.try_emplace(parameter.key, static_cast<int>(parameters_.size()));
  if (fresh) parameters_.push_back(std::move(parameter));
  return entry->second;
}

template <class Q>
int CostModel::backend_parameter(const BackendSpec& backend, const std::string& key,
                                 const std::string& what, const Figure<Q>& figure,
                                 std::string value) {
  // Moved on one device, it is another on all others.
  const std::string where = is_moved(figure.from) ? "@" + backend.profiled_on : std::string();
  return parameter({.key = scenario_.engine->id + "/" + backend.id + ":" + key + where,
                    .number = detail::base_of(figure.value),
                    .what = what + ", " + scenario_.engine->name + " " + backend.id,
                    .log_sigma = log_sigma_of(figure),
                    .from = figure.from,
                    .value = std::move(value)});
}

Seconds CostModel::step_overhead() const {
  return scenario_.backend->step_overhead.value;
}
bool CostModel::captured_graph() const {
  return scenario_.backend->captured_graph;
}
template <class Is>
bool CostModel::on_all_computing(Is is) const {
  return std::all_of(executors_.begin(), executors_.end(), [&](const auto& each) {
    const auto& reads = each.second.bandwidth;
    const bool computes = std::any_of(reads.begin(), reads.end(),
                                      [](const auto& read) { return read.first != pointwise; });
    return !computes ||
           is(*fabric_.executors()[static_cast<std::size_t>(each.first)].unit, each.second);
  });
}

// Better than the distance between devices says it: memory, or for prompts all that products run
// at.
bool CostModel::is_measured(const ComputeUnitSpec& unit, const ExecutorCosts& costs,
                            std::string_view metric) const {
  if (!unit.profiled) return false;
  const FitTable& fit = *scenario_.engine->fit;
  const auto& memory = unit.profiled->memory;
  if (!is_of_prompts(metric)) return memory && log_sigma_of(*memory) < fit.new_memory_sigma;
  return std::all_of(costs.matrix.begin(), costs.matrix.end(), [&](const auto& each) {
    const auto& roof = each.second.roof;
    return is_moved(roof.from) && roof.log_sigma < fit.new_compute_sigma;
  });
}

double CostModel::clock_spread() const {
  return holds_boards() ? clock_log_sigma : 0.0;
}

double CostModel::spread(std::string_view metric, std::string_view load) const {
  const BackendSpec& backend = *scenario_.backend;
  const double stated =
      is_of_prompts(metric) ? backend.prefill_spread.value : backend.decode_spread.value;
  return std::hypot(fitted_spread(metric, load, stated), clock_spread());
}

double CostModel::fitted_spread(std::string_view metric, std::string_view load,
                                double otherwise) const {
  if (!scenario_.engine->fit) return otherwise;
  const bool measured = !executors_.empty() && on_all_computing([&](const ComputeUnitSpec& unit,
                                                                    const ExecutorCosts& costs) {
    return is_measured(unit, costs, metric);
  });
  // What lies between machines, the profile has told.
  return (measured ? scenario_.engine->fit->one_machine : 1.0) *
         std::max(spread_of_all(metric, load, otherwise), spread_of_stranger(metric));
}

// Of kernels that are taken for those of another engine, and of which no measurement was fitted:
// how far engines lie apart, as the entry says it.
double CostModel::spread_of_stranger(std::string_view metric) const {
  const EngineSpec& engine = *scenario_.engine;
  if (engine.fit->factors.contains(engine.id + "/" + scenario_.backend->id)) return 0.0;
  const auto& stated = is_of_prompts(metric) ? engine.prefill_spread : engine.decode_spread;
  return stated ? stated->value : 0.0;
}

// The narrowest that fits: of the load and backend, of the load, of the metric.
double CostModel::spread_of_all(std::string_view metric, std::string_view load,
                                double otherwise) const {
  const bool experts = scenario_.model.moe.has_value();
  const std::string backend = scenario_.engine->id + "/" + scenario_.backend->id;
  double sigma = otherwise;
  int narrowest = -1;
  for (const FittedSpread& each : scenario_.engine->fit->spreads) {
    if (each.metric != metric || each.experts != experts) continue;
    if (!each.load.empty() && each.load != load) continue;
    if (!each.backend.empty() && each.backend != backend) continue;
    const int words = (each.load.empty() ? 0 : 1) + (each.backend.empty() ? 0 : 1);
    if (words <= narrowest) continue;
    narrowest = words;
    sigma = each.sigma;
  }
  return sigma;
}

double IntervalWidth::of(double sigma) const {
  return at_most ? std::min(law.of(sigma), at_most->of(sigma)) : law.of(sigma);
}

IntervalWidth CostModel::fitted_width(std::string_view metric, std::string_view load) const {
  if (!scenario_.engine->fit) return {};
  const bool experts = scenario_.model.moe.has_value();
  const auto is_known = [](const ComputeUnitSpec& unit) {
    return unit.memory_reach && unit.memory_reach->known;
  };
  const bool known = on_all_computing(
      [&](const ComputeUnitSpec& unit, const ExecutorCosts&) { return is_known(unit); });
  const bool profiled =
      on_all_computing([&](const ComputeUnitSpec& unit, const ExecutorCosts& costs) {
        return is_known(unit) || is_measured(unit, costs, metric);
      });
  for (const FittedWidth& each : scenario_.engine->fit->widths) {
    if (each.metric != metric || each.experts != experts || each.load != load) continue;
    if (known) return {.law = each.known_device, .at_most = {}};
    // What a new device reaches is measured, as that of a known one; and less is left open than
    // without that.
    return {.law = each.new_device,
            .at_most = profiled ? std::optional(each.known_device) : std::nullopt};
  }
  return {};
}

double CostModel::decode_spread() const {
  return spread("decode_tps", batch_word(scenario_));
}
double CostModel::prefill_spread() const {
  return spread("prefill_tps", batch_word(scenario_));
}
double CostModel::load_spread(std::string_view metric) const {
  return spread(metric, "load");
}

IntervalWidth CostModel::decode_width() const {
  return fitted_width("decode_tps", batch_word(scenario_));
}
IntervalWidth CostModel::prefill_width() const {
  return fitted_width("prefill_tps", batch_word(scenario_));
}
IntervalWidth CostModel::load_width(std::string_view metric) const {
  return fitted_width(metric, "load");
}

namespace {

// Under a key of the fit, and moved on devices.
std::vector<int> all_under(const std::string& key,
                           const std::map<std::string, int, std::less<>>& parameters) {
  std::vector<int> found;
  for (auto at = parameters.lower_bound(key); at != parameters.end() && at->first.starts_with(key);
       ++at)
    if (at->first.size() == key.size() || at->first[key.size()] == '@') found.push_back(at->second);
  return found;
}

// What a measurement left of a parameter's standard deviation; of its correlations so much is left,
// too (a normal distribution, of which one coordinate was measured with an error).
double left_of(const Parameter& parameter) {
  const ProfileMove* move = parameter.from.moved.get();
  if (!move || move->before_log_sigma <= 0.0) return 1.0;
  return std::min(1.0, parameter.log_sigma / move->before_log_sigma);
}

}  // namespace

std::vector<CostModel::Correlation> CostModel::correlations() const {
  std::vector<Correlation> found;
  if (!scenario_.engine->fit) return found;
  const auto left = [this](int parameter) {
    return left_of(parameters_[static_cast<std::size_t>(parameter)]);
  };
  for (const FittedCorrelation& each : scenario_.engine->fit->correlations)
    for (const int a : all_under(each.a, parameter_of_))
      for (const int b : all_under(each.b, parameter_of_))
        found.push_back({.a = a, .b = b, .rho = each.rho * left(a) * left(b)});
  return found;
}

namespace {

// "device:m2-ultra/gpu:memory"
std::string device_key(const Executor& unit, std::string_view of) {
  return "device:" + unit.device->id + "/" + std::string(word(unit.unit->kind)) + ":" +
         std::string(of);
}

// Clock cycles of all cores in a second.
double core_cycles(const Executor& unit) {
  return unit.unit->cores * unit.unit->clock->value.base() * unit.sockets;
}

}  // namespace

int CostModel::matrix_roof_parameter(const Executor& unit, Precision precision,
                                     const Roof<FlopPerSecond>& roof) {
  return parameter({.key = device_key(unit, word(precision)),
                    .number = roof.value.base(),
                    .what = roof.what,
                    .log_sigma = roof.log_sigma,
                    .from = roof.from,
                    .value = print(roof.value)});
}

void CostModel::name_era(const BackendSpec& backend, ExecutorCosts& costs) {
  if (!backend.era) return;
  const auto named = [&](const std::string& of, const Figure<double>& figure) {
    if (figure.from.source.empty()) return -1;  // not stated: as the versions after it
    return backend_parameter(backend, "era_" + of + ":" + backend.era->id,
                             of + " of versions before " + backend.era->id, figure,
                             print_number(figure.value));
  };
  costs.era_matrix_parameter = named("matrix", backend.era->matrix);
  costs.era_experts_parameter = named("experts", backend.era->experts);
  costs.era_unpacking_parameter = named("unpacking", backend.era->unpacking);
  costs.era_unpacking_f16_parameter = named("unpacking_f16", backend.era->unpacking_f16);
  costs.era_attention_parameter = named("attention", backend.era->attention);
  costs.era_gap_parameter = named("gap", backend.era->gap);
}

CostModel::ExecutorCosts& CostModel::costs_of(int executor) {
  auto found = executors_.find(executor);
  if (found != executors_.end()) return found->second;
  const Executor& unit = fabric_.executors()[static_cast<std::size_t>(executor)];
  ExecutorCosts costs;
  costs.backend = &profiled_on(backend_on(scenario_, unit.unit->kind), *unit.unit);
  const BackendSpec& backend = *costs.backend;
  costs.memory_parameter = parameter({.key = device_key(unit, "memory"),
                                      .number = unit.memory.value.base(),
                                      .what = unit.memory.what,
                                      .log_sigma = unit.memory.log_sigma,
                                      .from = unit.memory.from,
                                      .value = print(unit.memory.value)});
  costs.gap_parameter = backend_parameter(backend, "gap", "device time per kernel launch",
                                          backend.gap, print(backend.gap.value));
  if (backend.prompt_gap)
    costs.prompt_gap_parameter =
        backend_parameter(backend, "prompt_gap", "device time per kernel launch of prompts",
                          *backend.prompt_gap, print(backend.prompt_gap->value));
  costs.issue_parameter = backend_parameter(backend, "issue", "host time per kernel launch",
                                            backend.issue, print(backend.issue.value));
  if (backend.further_row)
    costs.further_row_parameter = backend_parameter(
        backend, "further_row", "instructions of a further row, as a share of the first's",
        *backend.further_row, print_number(backend.further_row->value));
  name_era(backend, costs);
  for (const Precision precision : {Precision::fp32, Precision::fp16}) {
    costs.vector_roof = matrix_roof(unit, precision, roofs_);
    if (costs.vector_roof.value == FlopPerSecond()) continue;
    costs.vector_roof.what = "vector rate of " + unit.device->name;
    costs.vector_parameter = matrix_roof_parameter(unit, precision, costs.vector_roof);
    break;
  }
  return executors_.emplace(executor, std::move(costs)).first->second;
}

namespace {

// The first that the unit has, but for one that runs slower than another further down: the 16-bit
// rate of some chips is a sixty-fourth of their 32-bit one, and kernels take the latter.
std::optional<Precision> precision_of(const MatrixPath& path, const ComputeUnitSpec& unit) {
  std::optional<Precision> chosen;
  FlopPerSecond fastest;
  const bool lanes = !unit.matrix_units && !path.on_lanes.empty();
  for (const Precision precision : lanes ? path.on_lanes : path.precisions) {
    const auto rate = unit.rates.find(precision);
    if (rate == unit.rates.end() || !(rate->second.peak.value > fastest)) continue;
    chosen = precision;
    fastest = rate->second.peak.value;
  }
  return chosen;
}

// FLOP of a core's vector lanes in a clock cycle of which a backend's limit speaks: 128 lanes, a
// multiply-add each.
constexpr double limited_core = 256.0;

// Clock cycles of so many cores of that size that issue as much as the unit's lanes; of all
// sockets.
double issue_cycles(const Executor& unit) {
  const auto lanes = unit.unit->rates.find(Precision::fp32);
  if (lanes == unit.unit->rates.end()) return 0.0;
  return lanes->second.peak.value.base() * sustained_clock(*unit.device) / limited_core *
         unit.sockets;
}

// What cores add to a product that wait while others work out the last tiles: half a tile's time,
// as the last wave of tiles is half full on average. Of fewer rows than a tile has kernels take
// tiles that are smaller both ways. Where few tiles would leave many cores idle they take smaller
// ones too, of the side s that costs least: a tile loads 1/s as much for each product.
double idle_share(const Executor& unit, const Tile& tile, double rows, double outputs) {
  if (outputs <= 0.0) return 0.0;
  constexpr double idle_of_last_wave = 0.5;
  constexpr double loads = 0.5;  // PRIOR: half the side reaches two thirds
  const double filled = std::min(1.0, rows / tile.rows);
  const double of_one_wave = unit.unit->cores * tile.rows * tile.outputs * filled * filled;
  const double idle = idle_of_last_wave * of_one_wave / (rows * outputs);
  const double side = std::min(1.0, std::cbrt(loads / (2.0 * idle)));
  return idle * side * side + loads * (1.0 / side - 1.0);
}

// Rows that a kernel goes through for those of a product. Those of routed experts differ: as the
// geometric distribution of their mean, which has popular experts.
double taken_rows(const Operator& op, int at_once) {
  if (at_once <= 1) return op.rows;
  if (op.cls == OperatorClass::routed_experts)
    return at_once / (1.0 - std::pow(1.0 - 1.0 / std::max(1.0, op.rows), at_once));
  return std::ceil(op.rows / at_once) * at_once;
}

// Of the FLOP that lanes feed, what is left where fewer weights share a scale: each scale costs a
// multiplication for every sum.
double fed_with_scales_of(const FormatSpec& format) {
  constexpr double usual_group = 32.0;
  return format.scale_group > 0 ? format.scale_group / usual_group : 1.0;
}

// GeForce chips add up in fp32 at half the rate of fp16, with the data paths of the full rate.
double full_rate_over(const ComputeUnitSpec& unit, Precision precision) {
  if (precision != Precision::fp16) return 1.0;
  const auto own = unit.rates.find(precision);
  const auto full = unit.rates.find(Precision::fp16_acc16);
  if (own == unit.rates.end() || full == unit.rates.end()) return 1.0;
  return std::max(1.0, full->second.peak.value / own->second.peak.value);
}

}  // namespace

const CostModel::MatrixRate& CostModel::matrix_rate(int executor, const std::string& family) {
  ExecutorCosts& costs = costs_of(executor);
  auto found = costs.matrix.find(family);
  if (found != costs.matrix.end()) return found->second;
  const BackendSpec& backend = *costs.backend;
  MatrixRate rate;
  for (const MatrixPath& path : backend.matrix)
    if (contains(path.families, family)) rate.path = &path;
  if (!rate.path)
    for (const MatrixPath& path : backend.matrix)
      if (contains(path.families, "default")) rate.path = &path;
  const Executor& unit = fabric_.executors()[static_cast<std::size_t>(executor)];
  if (rate.path) {
    if (leaves_matrix_units(backend, unit)) {
      take_lanes(costs, rate);
    } else if (const auto precision = precision_of(*rate.path, *unit.unit)) {
      rate.roof = matrix_roof(unit, *precision, roofs_);
      rate.units = "matrix units, " + std::string(word(*precision));
      rate.roof_parameter = matrix_roof_parameter(unit, *precision, rate.roof);
      rate.full_rate = full_rate_over(*unit.unit, *precision);
      rate.scales_sums = *precision == Precision::int8;
    }
    const Figure<double>& efficiency = rate.path->efficiency;
    const std::string& of = rate.path->families.front();
    rate.efficiency_parameter =
        backend_parameter(backend, "matrix:" + of, "matrix efficiency of " + of + " kernels",
                          efficiency, print_number(efficiency.value));
    const Figure<double> half_rows{
        .value = rate.path->half_rows,
        .from = is_moved(efficiency.from) ? efficiency.from.moved->from : efficiency.from};
    rate.half_rows_parameter = backend_parameter(backend, "half_rows:" + of,
                                                 "rows that half fill tiles of " + of + " kernels",
                                                 half_rows, print_number(half_rows.value));
    if (of == "default") limit_feeding(unit, backend, rate);
  }
  if (rate.roof.value == FlopPerSecond()) {
    rate.roof = costs.vector_roof;
    rate.units = vector_units;
    rate.roof_parameter = costs.vector_parameter;
  }
  return costs.matrix.emplace(family, std::move(rate)).first->second;
}

FlopPerSecond CostModel::matrix_peak(int executor, const std::string& kernel_family) const {
  return const_cast<CostModel*>(this)->matrix_rate(executor, kernel_family).roof.value;
}

// Where its rates are those of matrix units that the backend leaves alone.
void CostModel::take_lanes(const ExecutorCosts& costs, MatrixRate& rate) {
  const auto& lanes = rate.path->on_lanes;
  rate.scales_sums = contains(lanes, Precision::int8);
  rate.roof = costs.vector_roof;
  if (rate.scales_sums) rate.roof.value *= costs.backend->packed_dot.value;
  rate.units = rate.scales_sums ? packed_products : vector_units;
  rate.roof_parameter = costs.vector_parameter;
}

// Formats that are unpacked before they are multiplied.
void CostModel::limit_feeding(const Executor& unit, const BackendSpec& backend, MatrixRate& rate) {
  const auto& limit = backend.core_flop_per_cycle;
  const double cycles = issue_cycles(unit);
  if (!limit || cycles == 0.0) return;
  rate.feeding = FlopPerSecond(cycles * limit->value);
  rate.feeding_parameter = backend_parameter(backend, "core_flop_per_cycle",
                                             "products with packed weights a core feeds per cycle",
                                             *limit, print_number(limit->value) + " FLOP");
}

void CostModel::limit_by_cores(const Executor& unit, const ExecutorCosts& costs,
                               const std::string& family, Bandwidth& bandwidth) {
  const BackendSpec& backend = *costs.backend;
  const Figure<double>* limit = core_limit_of(backend, family);
  if (!limit || !unit.unit->clock || unit.unit->cores == 0) return;
  const std::string of = backend.core_weights_per_cycle.contains(family) ? family : "default";
  bandwidth.intake = core_cycles(unit) * limit->value;
  bandwidth.intake_parameters[0] = backend_parameter(
      backend, "core_weights_per_cycle:" + of, "weights a core unpacks per cycle (" + of + ")",
      *limit, print_number(limit->value));
  if (backend.era) {
    const bool wide = family == "f16";
    bandwidth.intake *= (wide ? backend.era->unpacking_f16 : backend.era->unpacking).value;
    bandwidth.intake_parameters[1] =
        wide ? costs.era_unpacking_f16_parameter : costs.era_unpacking_parameter;
  }
}

const CostModel::Bandwidth& CostModel::bandwidth(int executor, const Operator& op) {
  ExecutorCosts& costs = costs_of(executor);
  const BackendSpec& backend = *costs.backend;
  const bool expert = op.cls == OperatorClass::routed_experts;
  std::string family(pointwise);
  if (op.kind == OperatorKind::matrix) family = (expert ? "@expert " : "") + kernel_family(op);
  if (op.kind == OperatorKind::attention) family = "@attention";
  auto found = costs.bandwidth.find(family);
  if (found != costs.bandwidth.end()) return found->second;

  Bandwidth entry{.rate = fabric_.executors()[static_cast<std::size_t>(executor)].memory.value,
                  .parameters = {costs.memory_parameter, -1, -1}};
  const auto reached = [&](std::size_t slot, const std::string& key, const std::string& what,
                           const Figure<double>& figure) {
    entry.rate = entry.rate * figure.value;
    entry.parameters[slot] =
        backend_parameter(backend, key, what, figure, print_number(figure.value));
  };
  if (op.kind == OperatorKind::attention) {
    reached(1, "attention_bandwidth", "bandwidth efficiency of decode attention",
            backend.attention_bandwidth);
    if (backend.era) {
      entry.rate = entry.rate * backend.era->attention.value;
      entry.parameters[2] = costs.era_attention_parameter;
    }
  } else if (op.kind == OperatorKind::matrix) {
    const std::string name = kernel_family(op);
    const std::string of = backend.bandwidth.contains(name) ? name : "default";
    reached(1, "bandwidth:" + of, "bandwidth efficiency of " + of + " kernels",
            bandwidth_of(backend, name));
    if (expert)
      reached(2, "expert_bandwidth", "further bandwidth efficiency on routed experts",
              backend.expert_bandwidth);
    limit_by_cores(fabric_.executors()[static_cast<std::size_t>(executor)], costs, name, entry);
  } else {
    reached(1, "vector_bandwidth", "bandwidth efficiency of pointwise kernels",
            backend.vector_bandwidth);
  }
  return costs.bandwidth.emplace(family, entry).first->second;
}

const Figure<Seconds>& CostModel::software_figure(MessageSoftware software) const {
  const auto& remote = scenario_.engine->remote;
  if (remote && software == MessageSoftware::hop) return remote->hop_overhead;
  if (remote && software == MessageSoftware::collective) return remote->collective_overhead;
  return scenario_.engine->message_overhead;
}

int CostModel::software_parameter(MessageSoftware software) {
  const Figure<Seconds>& figure = software_figure(software);
  const bool hop = software == MessageSoftware::hop;
  const bool collective = software == MessageSoftware::collective;
  const std::string what = hop          ? "software time per stage on another machine, "
                           : collective ? "software time per collective across machines, "
                                        : "software cost per message, ";
  return parameter({.key = scenario_.engine->id + (hop          ? ":hop_overhead"
                                                   : collective ? ":collective_overhead"
                                                                : ":message_overhead"),
                    .number = figure.value.base(),
                    .what = what + scenario_.engine->name,
                    .log_sigma = log_sigma_of(figure),
                    .from = figure.from,
                    .value = print(figure.value)});
}

int CostModel::link_parameter(int link) {
  if (link < 0) return -1;
  const FabricLink& shared = fabric_.links()[static_cast<std::size_t>(link)];
  std::string key = "link:" + (shared.spec ? shared.spec->id : "switch") + ":bandwidth";
  if (shared.role == LinkRole::to_host && is_moved(shared.capacity.from))
    key += "@" + fabric_.executors()[static_cast<std::size_t>(shared.of)].device->id;
  return parameter({.key = std::move(key),
                    .number = shared.capacity.value.base(),
                    .what = shared.capacity.what,
                    .log_sigma = shared.capacity.log_sigma,
                    .from = shared.capacity.from,
                    .value = print(shared.capacity.value)});
}

int CostModel::upload_parameter() {
  const Figure<BytesPerSecond>& figure = *scenario_.engine->weight_upload;
  return parameter({.key = scenario_.engine->id + ":weight_upload",
                    .number = figure.value.base(),
                    .what = "host's copies of weights for GPUs, " + scenario_.engine->name,
                    .log_sigma = log_sigma_of(figure),
                    .from = figure.from,
                    .value = print(figure.value)});
}

int CostModel::latency_parameter(const Operator& op) {
  if (op.narrowest < 0) return -1;
  const LinkSpec* spec = fabric_.links()[static_cast<std::size_t>(op.narrowest)].spec;
  if (!spec) return -1;
  return parameter({.key = "link:" + spec->id + ":latency",
                    .number = spec->latency.value.base(),
                    .what = "latency of " + spec->name,
                    .log_sigma = op.latency_log_sigma,
                    .from = spec->latency.from,
                    .value = print(spec->latency.value)});
}

OperatorTerms CostModel::message_terms(const Operator& op) {
  OperatorTerms terms;
  const CostTerm software = growing(software_figure(op.software).value.base() * op.launches,
                                    software_parameter(op.software));
  (op.software == MessageSoftware::message ? terms.gap : terms.call) = software;
  terms.latency = growing(op.latency.base(), latency_parameter(op));
  terms.transfer = {.seconds = op.transfer.base()};
  add_factor(terms.transfer, op.staged ? upload_parameter() : link_parameter(op.narrowest), -1);
  return terms;
}

// Of matrix-matrix products. Routed experts share what the cores feed with all others, but use it
// less well: their tiles are thin and unequal.
CostModel::ComputeRate CostModel::matrix_compute(const Operator& op) {
  const ExecutorCosts& costs = costs_of(op.executor);
  const BackendSpec& backend = *costs.backend;
  const MatrixRate& matrix = matrix_rate(op.executor, kernel_family(op));
  const bool routed = op.cls == OperatorClass::routed_experts;
  const double era =
      !backend.era ? 1.0 : (routed ? backend.era->experts : backend.era->matrix).value;
  const double reached = matrix.path ? matrix.path->efficiency.value : 1.0;
  const Executor& executor = fabric_.executors()[static_cast<std::size_t>(op.executor)];
  const double fed = matrix.scales_sums ? fed_with_scales_of(*op.format) : 1.0;
  const double rows = taken_rows(op, matrix.path ? matrix.path->rows_at_once : 1);
  ComputeRate rate{
      .rate = matrix.roof.value * (reached * era),
      .rows = rows,
      .half_rows = matrix.path ? matrix.path->half_rows : 0.0,
      .idle = matrix.path && matrix.path->tile
                  ? idle_share(executor, *matrix.path->tile, rows, op.outputs)
                  : 0.0,
      .roof = matrix.roof.value,
      .units = matrix.units,
      .roof_parameter = matrix.roof_parameter,
      .efficiency_parameter = matrix.efficiency_parameter,
      .era_parameter = routed ? costs.era_experts_parameter : costs.era_matrix_parameter,
      .half_rows_parameter = matrix.half_rows_parameter,
      .feeding = matrix.feeding * (era * fed),
      .feeding_parameter = matrix.feeding_parameter,
      .full_rate = matrix.full_rate};
  if (!routed) return rate;
  const Figure<double>& expert = backend.expert_matrix;
  rate.rate = rate.rate * expert.value;
  rate.feeding = rate.feeding * expert.value;
  rate.expert_parameter =
      backend_parameter(backend, "expert_matrix", "further matrix efficiency on routed experts",
                        expert, print_number(expert.value));
  return rate;
}

CostModel::ComputeRate CostModel::compute_rate(const Operator& op) {
  ExecutorCosts& costs = costs_of(op.executor);
  const BackendSpec& backend = *costs.backend;
  const FlopPerSecond vector = costs.vector_roof.value;
  if (by_matrix_kernel(op, backend)) return matrix_compute(op);
  if (op.kind == OperatorKind::matrix && op.format->block > 1) {
    const FlopPerSecond packed = vector * backend.packed_dot.value;
    return {.rate = packed,
            .rows = op.rows,
            .roof = packed,
            .units = packed_products,
            .roof_parameter = costs.vector_parameter,
            .efficiency_parameter =
                backend_parameter(backend, "packed_dot", "packed 8-bit products of a 32-bit lane",
                                  backend.packed_dot, print_number(backend.packed_dot.value))};
  }
  const double query_rows = op.rows * (backend.grouped_attention ? op.head_group : 1.0);
  if (op.kind == OperatorKind::attention && query_rows > backend.matrix_vector_rows) {
    const MatrixRate& matrix = matrix_rate(op.executor, "f16");
    const double era = backend.era ? backend.era->attention.value : 1.0;
    const double filled = std::min(1.0, query_rows / matrix_tile_rows);
    return {.rate = matrix.roof.value * (backend.attention_compute.value * era * filled),
            .rows = op.rows,
            .roof = matrix.roof.value,
            .units = matrix.units,
            .roof_parameter = matrix.roof_parameter,
            .efficiency_parameter = backend_parameter(
                backend, "attention_compute", "matrix efficiency of attention over many rows",
                backend.attention_compute, print_number(backend.attention_compute.value)),
            .era_parameter = costs.era_attention_parameter};
  }
  if (op.kind == OperatorKind::attention)
    return {.rate = vector * backend.attention_vector.value,
            .rows = op.rows,
            .roof = vector,
            .units = vector_units,
            .roof_parameter = costs.vector_parameter,
            .efficiency_parameter = backend_parameter(
                backend, "attention_vector", "vector efficiency of decode attention",
                backend.attention_vector, print_number(backend.attention_vector.value))};
  return {.rate = vector,
          .rows = op.rows,
          .roof = vector,
          .units = vector_units,
          .roof_parameter = costs.vector_parameter};
}

bool CostModel::is_multiplied_as_stored(const Operator& op) {
  const Executor& unit = fabric_.executors()[static_cast<std::size_t>(op.executor)];
  return has_matrix_units(*costs_of(op.executor).backend, unit) &&
         multiplied_as_stored(op, matrix_rate(op.executor, kernel_family(op)).path, *unit.unit);
}

OperatorTerms CostModel::kernel_terms(const Operator& op, const ComputeRate& compute) {
  const ExecutorCosts& costs = costs_of(op.executor);
  const BackendSpec& backend = *costs.backend;
  const Bandwidth& memory = bandwidth(op.executor, op);
  const double bytes = op.memory.base();
  OperatorTerms terms;
  terms.exponent = backend.roofline_exponent;
  const Executor& unit = fabric_.executors()[static_cast<std::size_t>(op.executor)];
  terms.feeding_exponent = has_matrix_units(backend, unit) ? terms.exponent : 1.0;
  terms.issue = growing(backend.issue.value.base() * op.launches, costs.issue_parameter);
  const bool eager = backend.prompt_gap && (op.prompt || !backend.captured_graph);
  const Seconds gap = eager ? backend.prompt_gap->value : backend.gap.value;
  terms.gap =
      growing(gap.base() * op.launches, eager ? costs.prompt_gap_parameter : costs.gap_parameter);
  if (backend.era) {
    terms.gap.seconds *= backend.era->gap.value;
    add_factor(terms.gap, costs.era_gap_parameter, 1);
  }
  terms.memory.seconds = bytes / (memory.rate.base() * costs.reading_clock);
  for (const int parameter : memory.parameters) add_factor(terms.memory, parameter, -1);
  if (memory.intake > 0.0 && !(by_matrix_kernel(op, backend) && is_multiplied_as_stored(op))) {
    terms.intake.seconds =
        op.work.base() / (2.0 * op.rows) / (memory.intake * costs.unpacking_clock);
    for (const int parameter : memory.intake_parameters) add_factor(terms.intake, parameter, -1);
    if (backend.further_row && !by_matrix_kernel(op, backend)) {
      terms.further_rows = terms.intake;
      terms.further_rows.seconds *= std::max(0.0, op.rows - 1.0) * backend.further_row->value;
      add_factor(terms.further_rows, costs.further_row_parameter, 1);
    }
  }
  if (op.work.base() > 0.0 && compute.rate > FlopPerSecond()) {
    const double work = op.work.base() * (compute.rows / op.rows);
    terms.compute.seconds = work / compute.rate.base();
    add_factor(terms.compute, compute.roof_parameter, -1);
    add_factor(terms.compute, compute.efficiency_parameter, -1);
    add_factor(terms.compute, compute.expert_parameter, -1);
    add_factor(terms.compute, compute.era_parameter, -1);
    // Tiles fill up: half of the efficiency at half_rows.
    terms.filling.seconds = compute.half_rows / compute.rows;
    add_factor(terms.filling, compute.half_rows_parameter, 1);
    terms.idle = compute.idle;
    if (compute.feeding > FlopPerSecond()) {
      terms.feeding.seconds = work / compute.feeding.base();
      add_factor(terms.feeding, compute.feeding_parameter, -1);
      add_factor(terms.feeding, compute.expert_parameter, -1);
      add_factor(terms.feeding, compute.era_parameter, -1);
    } else if (compute.full_rate > 1.0) {
      // What a kernel falls short by is of the full rate; the accumulators are a limit beside it.
      terms.feeding = terms.compute;
      terms.feeding.seconds /= compute.full_rate;
      terms.compute = {.seconds = work / compute.roof.base()};
      add_factor(terms.compute, compute.roof_parameter, -1);
    }
  }
  return terms;
}

OperatorTerms CostModel::terms(const Operator& op) {
  return op.kind == OperatorKind::message ? message_terms(op) : kernel_terms(op, compute_rate(op));
}

OperatorCost CostModel::cost(const Operator& op) {
  if (op.kind == OperatorKind::message) return cost_of(message_terms(op));
  const ComputeRate compute = compute_rate(op);
  OperatorCost cost = cost_of(kernel_terms(op, compute));
  cost.memory = op.memory;
  cost.compute_units = compute.roof > FlopPerSecond() ? op.work.base() / compute.roof.base() : 0.0;
  cost.compute_roof = compute.roof;
  cost.units = compute.units;
  return cost;
}

bool CostModel::holds_boards() const {
  return std::any_of(fabric_.executors().begin(), fabric_.executors().end(),
                     [](const Executor& each) { return each.device->held_to.has_value(); });
}

// A slower clock makes the pass longer and the board busier, which slows it further, by less each
// time.
void CostModel::settle_clocks(const OperatorGraph& steady, int passes_at_once) {
  constexpr int rounds = 10;
  const WorkVector groups = work_vector(steady);
  for (int round = 0; round < rounds; ++round) {
    Seconds pass = step_overhead();
    std::map<int, Seconds> busy;
    for (const auto& [op, count] : groups) {
      const OperatorCost each = cost(op);
      pass += (each.call + each.gap + each.work) * count;
      if (op.kind != OperatorKind::message) busy[op.executor] += each.work * count;
    }
    for (const auto& [executor, time] : busy) {
      const DeviceSpec& device = *fabric_.executors()[static_cast<std::size_t>(executor)].device;
      const auto clock = reading_clock(device, std::min(1.0, time / pass * passes_at_once));
      if (!clock) continue;
      ExecutorCosts& costs = costs_of(executor);
      costs.reading_clock = *clock;
      costs.unpacking_clock = *clock / held_clock(device);
    }
  }
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
