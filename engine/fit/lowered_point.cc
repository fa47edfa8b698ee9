#include "fit/lowered_point.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "evaluate/prepared.h"
#include "evaluate/serving_run.h"
#include "evaluate/speed.h"
#include "lowering/work_vector.h"
#include "validate/speed_points.h"

namespace plimsoll {
namespace {

// Gathers the terms of passes, and of the model's parameters those that occur in them.
class TermCollector {
 public:
  TermCollector(SpeedModel& model, LoweredPoint& point) : model_(model), point_(point) {}

  void add(const std::vector<WeightedPass>& passes, double weight) {
    for (const WeightedPass& each : passes) {
      const OperatorGraph graph = model_.lowering().lower(each.pass);
      add(graph, each.weight * weight);
    }
  }

  void add_request() {
    CostTerm request{.seconds = model_.cost().request_overhead().base(), .factors = {}};
    request.factors.front() = {
        .parameter = static_cast<std::int16_t>(model_.cost().request_overhead_parameter()),
        .power = 1};
    add_linear(own(request), 1.0);
  }

  // Of a sequence of passes that take `simulated` with the parameters as they are.
  void overlap(Seconds simulated) {
    double time = 0.0;
    for (const CostTerm& term : point_.linear) time += term.seconds;
    for (const WeightedTerms& each : point_.terms)
      time += each.weight * cost_of(each.terms).work.base();
    // At the highest rate within targets a latency may depend on no step at all.
    if (time > 0.0) point_.overlap = simulated.base() / time;
  }

 private:
  // With a captured graph the host issues once and is out of the way.
  void add(const OperatorGraph& graph, double weight) {
    for (const WorkGroup& group : work_vector(graph))
      add(model_.cost().terms(group.op), weight * group.count);
    if (!graph.operators.empty())
      add_linear(own(model_.cost().terms(graph.operators.front()).issue), weight);
    CostTerm end{.seconds = model_.cost().step_overhead().base(), .factors = {}};
    end.factors.front() = {
        .parameter = static_cast<std::int16_t>(model_.cost().step_overhead_parameter()),
        .power = 1};
    add_linear(own(end), weight);
    if (graph.answers == 0) return;
    for (const CostTerm& each : model_.cost().answer_terms())
      add_linear(own(each), weight * graph.answers);
  }

  void add(OperatorTerms terms, double weight) {
    terms.issue = {};
    for (CostTerm* term : terms.all()) *term = own(*term);
    for (CostTerm* term : {&terms.call, &terms.gap, &terms.latency, &terms.transfer}) {
      add_linear(*term, weight);
      *term = {};
    }
    if (decided_by_memory(terms))
      add_linear(terms.memory, weight);
    else if (cost_of(terms).work > Seconds())
      add_work(terms, weight);
  }

  // The p-norm differs from its larger part by a share of at most ratio^p / p.
  static bool decided_by_memory(const OperatorTerms& terms) {
    constexpr double negligible = 1e-11;
    const OperatorCost cost = cost_of(terms);
    if (terms.intake.seconds > 0.0 || cost.memory_time == Seconds()) return false;
    const double ratio = cost.compute_time / cost.memory_time;
    return std::pow(ratio, terms.exponent) < negligible * terms.exponent;
  }

  static std::array<std::int16_t, 8> signature(const CostTerm& term) {
    std::array<std::int16_t, 8> key{};
    for (std::size_t i = 0; i < term.factors.size(); ++i) {
      key[2 * i] = term.factors[i].parameter;
      key[2 * i + 1] = term.factors[i].power;
    }
    return key;
  }

  void add_linear(const CostTerm& term, double weight) {
    if (term.seconds == 0.0) return;
    const auto [entry, fresh] = linear_.try_emplace(signature(term), point_.linear.size());
    if (fresh) point_.linear.push_back({.seconds = 0.0, .factors = term.factors});
    point_.linear[entry->second].seconds += weight * term.seconds;
  }

  // Passes repeat each other's products.
  void add_work(OperatorTerms terms, double weight) {
    std::vector<double> key = {terms.exponent, terms.feeding_exponent, terms.idle};
    for (const CostTerm* term : terms.all()) {
      key.push_back(term->seconds);
      for (const std::int16_t each : signature(*term)) key.push_back(each);
    }
    const auto [entry, fresh] = work_.try_emplace(std::move(key), point_.terms.size());
    if (fresh) point_.terms.push_back({.terms = terms, .weight = 0.0});
    point_.terms[entry->second].weight += weight;
  }

  CostTerm own(CostTerm term) {
    if (term.seconds == 0.0) return {};
    for (CostTerm::Factor& factor : term.factors)
      if (factor.parameter >= 0) factor.parameter = own(factor.parameter);
    return term;
  }

  std::int16_t own(int parameter) {
    const auto [entry, fresh] =
        index_.try_emplace(parameter, static_cast<std::int16_t>(point_.parameters.size()));
    if (fresh)
      point_.parameters.push_back(model_.cost().parameters()[static_cast<std::size_t>(parameter)]);
    return entry->second;
  }

  SpeedModel& model_;
  LoweredPoint& point_;
  std::map<int, std::int16_t> index_;
  std::map<std::array<std::int16_t, 8>, std::size_t> linear_;
  std::map<std::vector<double>, std::size_t> work_;
};

void refuse(LoweredPoint& lowered, std::string reason, std::string why) {
  lowered.point.status = ValidationStatus::unsupported;
  lowered.point.reason = std::move(reason);
  lowered.point.why = std::move(why);
}

// What is read off a run: parts of its time, and tokens.
struct RunParts {
  double prompts = 0.0;  // times the whole prompt of all sequences
  double steps = 0.0;    // times the mean decoded token
  double tokens = 1.0;
  bool is_time = false;
};

RunParts parts_of(MeasuredFigure figure, const Scenario& scenario) {
  const Workload& w = scenario.workload;
  const auto answer = static_cast<double>(w.generate);
  switch (figure) {
    case MeasuredFigure::prefill_rate:
      return {.prompts = 1.0, .tokens = static_cast<double>(w.prompt) * w.batch};
    case MeasuredFigure::run_throughput:
      return {.prompts = 1.0, .steps = answer - 1.0, .tokens = answer * w.batch};
    case MeasuredFigure::time_to_first_token:
      return {.prompts = 1.0, .is_time = true};
    case MeasuredFigure::step_time:
      return {.steps = 1.0, .is_time = true};
    default:
      return {.steps = 1.0};
  }
}

LoadMetric load_metric(const Reading& reading) {
  const bool median = reading.statistic == MeasuredStatistic::median;
  switch (reading.figure) {
    case MeasuredFigure::served_first_token:
      return median ? LoadMetric::median_first_token : LoadMetric::mean_first_token;
    case MeasuredFigure::served_between_tokens:
      return median ? LoadMetric::median_output_token : LoadMetric::mean_output_token;
    default:
      return LoadMetric::output_tokens_per_second;
  }
}

// The schedule of the request loop is held as it came out with the parameters as they are.
void lower_load(const Reading& reading, const ServingRun& run, SpeedModel& model,
                LoweredPoint& lowered) {
  const FrozenSchedule schedule = run.frozen_schedule(load_metric(reading));
  lowered.is_time = !schedule.rate;
  lowered.numerator = reading.factor * schedule.numerator;
  lowered.served = true;
  lowered.fixed_seconds = schedule.constant_s;
  TermCollector collector(model, lowered);
  collector.add(schedule.passes, 1.0);
  if (schedule.request_overhead_s > 0.0) collector.add_request();
  const double seconds = schedule.rate ? schedule.numerator / schedule.value : schedule.value;
  collector.overlap(Seconds(seconds - schedule.constant_s));
}

void lower_run(const Reading& reading, const Prepared& prepared, SpeedModel& model,
               LoweredPoint& lowered) {
  const RunParts parts = parts_of(reading.figure, prepared.scenario);
  lowered.is_time = parts.is_time;
  lowered.numerator = reading.factor * parts.tokens;
  TermCollector collector(model, lowered);
  if (parts.prompts > 0.0) collector.add(model.prefill_passes(), parts.prompts);
  if (parts.steps > 0.0) collector.add(model.decode_passes(), parts.steps);
  const Speed speed = model.measure();
  collector.overlap(speed.prefill.time * parts.prompts + speed.decode.time * parts.steps);
}

void describe(const Prepared& prepared, LoweredPoint& lowered) {
  const Scenario& scenario = prepared.scenario;
  const auto& executors = prepared.fabric->executors();
  const Placement& placement = prepared.placement();
  const int first = placement.executors.empty() ? 0 : placement.executors.front();
  lowered.device = executors[static_cast<std::size_t>(first)].device->id;
  lowered.point.engine = scenario.engine->id;
  lowered.point.backend = scenario.backend->id;
}

// A scenario that points share: placed once and, where it is served, run once.
class SharedScenario {
 public:
  SharedScenario(const ScenarioSpec& spec, Catalog& catalog) : catalog_(catalog) {
    prepared_ = prepare(spec, catalog, problems_);
  }

  // The closed form of a point of it, or why there is none.
  void lower(const Reading& reading, LoweredPoint& lowered) {
    if (!prepared_) {
      const auto all = problems_.sorted();
      refuse(lowered, all.empty() ? "unresolved" : all.front().code,
             all.empty() ? "" : all.front().message);
    } else if (prepared_->streams()) {
      refuse(lowered, "streams", "weights come from the drive: no closed form");
    } else if (!prepared_->placement().possible()) {
      refuse(lowered, "not-placed", prepared_->placement().refusal);
    } else if (is_served(reading.figure) && !prepared_->fits()) {
      refuse(lowered, "does-not-fit", "no room for requests");
    } else {
      describe(*prepared_, lowered);
      lower_placed(reading, lowered);
      lowered.point.status = ValidationStatus::ok;
    }
  }

 private:
  void lower_placed(const Reading& reading, LoweredPoint& lowered) {
    Diagnostics quiet;
    const RoofTable& roofs = catalog_.roofs(quiet);
    SpeedModel model(prepared_->lowering_request(), roofs);
    lowered.assumed_log_sigma = std::hypot(lowered.assumed_log_sigma, model.cost().clock_spread());
    if (!is_served(reading.figure)) {
      lower_run(reading, *prepared_, model, lowered);
      return;
    }
    if (!run_)
      run_ = std::make_unique<ServingRun>(*prepared_, roofs, ServingOptions{.intervals = false});
    lower_load(reading, *run_, model, lowered);
  }

  Catalog& catalog_;
  Diagnostics problems_;
  std::unique_ptr<Prepared> prepared_;
  std::unique_ptr<ServingRun> run_;
};

std::unique_ptr<LoweredPoint> lower_with(const Measurement& m, const MeasuredScenario& measured,
                                         SharedScenario* shared, Catalog& catalog) {
  auto lowered = std::make_unique<LoweredPoint>();
  lowered->point = speed_point_of(m, catalog);
  lowered->machine = m.device;
  if (!shared) {
    refuse(*lowered, measured.reason, measured.why_not);
    return lowered;
  }
  lowered->assumed_log_sigma = measured.assumed_log_sigma();
  shared->lower(measured.reading, *lowered);
  if (lowered->point.status == ValidationStatus::ok && m.doubtful())
    lowered->point.status = ValidationStatus::suspect;
  return lowered;
}

std::unique_ptr<SharedScenario> shared_scenario(const MeasuredScenario& measured,
                                                Catalog& catalog) {
  return measured.spec ? std::make_unique<SharedScenario>(*measured.spec, catalog) : nullptr;
}

}  // namespace

double LoweredPoint::log_measured() const {
  return std::log(point.measured);
}

bool LoweredPoint::depends_on_values() const {
  constexpr double rounding = 1e-6;
  return served || std::abs(overlap - 1.0) > rounding;
}

double log_prediction(const LoweredPoint& point, std::span<const double> scales,
                      std::span<double> gradient) {
  std::fill(gradient.begin(), gradient.end(), 0.0);
  double time = 0.0;
  for (const CostTerm& term : point.linear) {
    const double seconds = term.at(scales);
    time += seconds;
    if (gradient.empty()) continue;
    for (const CostTerm::Factor& factor : term.factors)
      if (factor.parameter >= 0)
        gradient[static_cast<std::size_t>(factor.parameter)] += factor.power * seconds;
  }
  for (const WeightedTerms& each : point.terms) {
    const OperatorCost cost = cost_of(each.terms, scales);
    time += each.weight * cost.work.base();
    for (int s = 0; s < cost.sensitivity_count && !gradient.empty(); ++s) {
      const Sensitivity& sensitivity = cost.sensitivities[static_cast<std::size_t>(s)];
      gradient[static_cast<std::size_t>(sensitivity.parameter)] +=
          each.weight * sensitivity.derivative.base();
    }
  }
  const double sign = point.is_time ? 1.0 : -1.0;
  const double seconds = point.fixed_seconds + time * point.overlap;
  for (double& each : gradient) each *= sign * point.overlap / seconds;
  return std::log(point.numerator) + sign * std::log(seconds);
}

std::unique_ptr<LoweredPoint> lower_point(const Measurement& m, Catalog& catalog) {
  const MeasuredScenario measured = scenario_of(m, catalog);
  return lower_with(m, measured, shared_scenario(measured, catalog).get(), catalog);
}

std::vector<std::unique_ptr<LoweredPoint>> lower_points(
    const std::vector<Measurement>& measurements, const std::vector<DataFolders>& data,
    const ParallelOptions& options) {
  std::vector<std::unique_ptr<Catalog>> catalogs(static_cast<std::size_t>(worker_count(options)));
  const auto catalog_of = [&](int worker) -> Catalog& {
    auto& catalog = catalogs[static_cast<std::size_t>(worker)];
    if (!catalog) catalog = std::make_unique<Catalog>(data);
    return *catalog;
  };
  std::vector<MeasuredScenario> scenarios(measurements.size());
  parallel_for(scenarios.size(), {.threads = options.threads}, [&](std::size_t i, int worker) {
    scenarios[i] = scenario_of(measurements[i], catalog_of(worker));
  });
  std::vector<const MeasuredScenario*> each;
  for (const MeasuredScenario& scenario : scenarios) each.push_back(&scenario);
  const std::vector<std::vector<std::size_t>> alike = same_scenarios(each);
  std::vector<std::unique_ptr<LoweredPoint>> points(measurements.size());
  parallel_for(alike.size(), options, [&](std::size_t group, int worker) {
    Catalog& catalog = catalog_of(worker);
    const auto shared = shared_scenario(scenarios[alike[group].front()], catalog);
    for (const std::size_t i : alike[group])
      points[i] = lower_with(measurements[i], scenarios[i], shared.get(), catalog);
  });
  return points;
}

}  // namespace plimsoll
