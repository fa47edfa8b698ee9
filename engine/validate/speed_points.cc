#include "validate/speed_points.h"

#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "evaluate/evaluate.h"

namespace plimsoll {
namespace {

Estimate scaled(const Estimate& estimate, double factor) {
  return {estimate.value * factor, estimate.low * factor, estimate.high * factor};
}

std::optional<Estimate> inverse(const std::optional<Estimate>& estimate) {
  return estimate ? std::optional(reciprocal(*estimate)) : std::nullopt;
}

// Tokens that all sequences got over the time that the run took, its prompts included.
std::optional<Estimate> run_throughput(const Outcome& outcome) {
  if (!outcome.total_time_s) return std::nullopt;
  const ModelFacts& facts = outcome.facts;
  return scaled(reciprocal(*outcome.total_time_s),
                static_cast<double>(facts.generate) * facts.batch);
}

const Estimate& of_statistic(const LatencyFigures& latency, MeasuredStatistic statistic) {
  return statistic == MeasuredStatistic::median ? latency.p50 : latency.mean;
}

std::optional<Estimate> served_figure(const Reading& reading, const ServingOutcome& serving) {
  switch (reading.figure) {
    case MeasuredFigure::served_throughput:
      return serving.output_tokens_per_second;
    case MeasuredFigure::served_first_token:
      return of_statistic(serving.first_token, reading.statistic);
    case MeasuredFigure::served_between_tokens:
      return of_statistic(serving.output_token, reading.statistic);
    default:
      return std::nullopt;
  }
}

std::optional<Estimate> figure_of(const Reading& reading, const Outcome& outcome) {
  switch (reading.figure) {
    case MeasuredFigure::decode_rate:
      return outcome.decode_tokens_per_second;
    case MeasuredFigure::prefill_rate:
      return outcome.prefill_tokens_per_second;
    case MeasuredFigure::run_throughput:
      return run_throughput(outcome);
    case MeasuredFigure::time_to_first_token:
      return outcome.time_to_first_token_s;
    case MeasuredFigure::step_time:
      return inverse(outcome.decode_tokens_per_second);
    case MeasuredFigure::served_throughput:
    case MeasuredFigure::served_first_token:
    case MeasuredFigure::served_between_tokens:
      break;
  }
  return outcome.serving ? served_figure(reading, *outcome.serving) : std::nullopt;
}

// By what a source left open, independent of all that the prediction itself does not know.
Estimate widened(const Estimate& estimate, double log_sigma) {
  const auto factor = [&](double ratio) {
    return std::exp(std::hypot(std::log(ratio), z90 * log_sigma));
  };
  return {estimate.value, estimate.value / factor(estimate.value / estimate.low),
          estimate.value * factor(estimate.high / estimate.value)};
}

struct Refusal {
  ValidationStatus status = ValidationStatus::unsupported;
  std::string reason;
  std::string why;
};

void refuse(SpeedPoint& point, Refusal refusal) {
  point.status = refusal.status;
  point.reason = std::move(refusal.reason);
  point.why = std::move(refusal.why);
}

Refusal refusal_of(const MeasuredScenario& scenario) {
  const bool unresolved = scenario.reason.starts_with("unresolved");
  return {unresolved ? ValidationStatus::unresolved : ValidationStatus::unsupported,
          scenario.reason, scenario.why_not};
}

Refusal refusal_of(const InputError& error) {
  for (const Diagnostic& each : error.diagnostics().sorted())
    if (each.severity == Severity::error)
      return {ValidationStatus::unsupported, each.code, each.message};
  return {ValidationStatus::unsupported, "refused", error.what()};
}

// Of an outcome that does not say what was measured.
Refusal refusal_of(const Outcome& outcome) {
  const bool fits = outcome.why_not.empty();
  return {.reason = fits ? "load" : std::string(to_text(outcome.verdict)),
          .why = fits ? "nothing is said of its requests" : outcome.why_not};
}

// A point and the scenario that answers it; where there is none, the point says why.
struct Question {
  SpeedPoint point;
  MeasuredScenario scenario;
};

// Of its machine, where an entry goes by the name.
std::string device_id(const ScenarioSpec& spec, Catalog& catalog) {
  Diagnostics quiet;
  const std::string name = spec.system.value.value_or("");
  if (const SystemSpec* system = catalog.system(name, {}, quiet)) return system->id;
  const DeviceSpec* device = catalog.device(name, {}, quiet);
  return device ? device->id : std::string();
}

Question question_of(const Measurement& m, Catalog& catalog) {
  Question question{.point = speed_point_of(m, catalog), .scenario = {}};
  SpeedPoint& point = question.point;
  if (point.part()) {
    refuse(point, {.reason = "micro", .why = "a measurement of a part, no speed"});
    return question;
  }
  question.scenario = scenario_of(m, catalog);
  if (!question.scenario.spec) {
    refuse(point, refusal_of(question.scenario));
    return question;
  }
  if (std::string id = device_id(*question.scenario.spec, catalog); !id.empty())
    point.device = std::move(id);
  return question;
}

// What `report` would say of a scenario, or why it does not run.
struct Answer {
  std::optional<Outcome> outcome;
  Refusal refusal;
};

Answer answer_to(const ScenarioSpec& spec, Catalog& catalog) {
  try {
    return {.outcome = evaluate(spec, catalog, {.changes = false, .explain = false}).outcome,
            .refusal = {}};
  } catch (const InputError& error) {
    return {.outcome = {}, .refusal = refusal_of(error)};
  }
}

SpeedPoint judged(const Measurement& m, const Question& question, const Answer& answer) {
  SpeedPoint point = question.point;
  if (!answer.outcome) {
    refuse(point, answer.refusal);
    return point;
  }
  point.engine = answer.outcome->facts.engine_id;
  point.backend = answer.outcome->facts.backend_id;
  point.predicted = predicted_speed(question.scenario, *answer.outcome);
  point.profiled = !answer.outcome->profiles.empty();
  if (point.predicted)
    point.status = m.doubtful() ? ValidationStatus::suspect : ValidationStatus::ok;
  else
    refuse(point, refusal_of(*answer.outcome));
  return point;
}

// A catalogue is not thread-safe: each worker has its own.
class WorkerCatalogs {
 public:
  WorkerCatalogs(const std::vector<DataFolders>& data, const ParallelOptions& options)
      : data_(data), catalogs_(static_cast<std::size_t>(worker_count(options))) {}

  Catalog& of(int worker) {
    std::unique_ptr<Catalog>& catalog = catalogs_[static_cast<std::size_t>(worker)];
    if (!catalog) catalog = std::make_unique<Catalog>(data_);
    return *catalog;
  }

 private:
  const std::vector<DataFolders>& data_;
  std::vector<std::unique_ptr<Catalog>> catalogs_;
};

}  // namespace

std::optional<Estimate> predicted_speed(const MeasuredScenario& scenario, const Outcome& outcome) {
  const std::optional<Estimate> figure = figure_of(scenario.reading, outcome);
  // What takes no time at all cannot be compared.
  if (!figure || figure->low <= 0.0) return std::nullopt;
  return widened(scaled(*figure, scenario.reading.factor), scenario.assumed_log_sigma());
}

SpeedPoint speed_point_of(const Measurement& m, Catalog& catalog) {
  SpeedPoint point{.id = m.id,
                   .metric = m.metric,
                   .device = m.device,
                   .variant = m.variant,
                   .model = m.model,
                   .engine = m.engine,
                   .backend = m.backend,
                   .placement = m.placement,
                   .devices = m.count,
                   .load = m.under_load  ? Traffic::load
                           : m.batch > 1 ? Traffic::batch
                                         : Traffic::single,
                   .measured = m.value,
                   .predicted = {},
                   .reason = {},
                   .why = {}};
  Diagnostics quiet;
  if (const ModelSpec* model = catalog.model(m.model, m.place, quiet)) {
    point.model = model->id;
    point.moe = model->moe.has_value();
  }
  if (const EngineSpec* engine = catalog.engine(m.engine, m.place, quiet))
    point.engine = engine->id;
  return point;
}

SpeedPoint predict_speed(const Measurement& m, Catalog& catalog) {
  const Question question = question_of(m, catalog);
  return question.scenario.spec ? judged(m, question, answer_to(*question.scenario.spec, catalog))
                                : question.point;
}

std::vector<SpeedPoint> predict_speeds(const std::vector<Measurement>& measurements,
                                       const std::vector<DataFolders>& data,
                                       const ParallelOptions& options) {
  WorkerCatalogs catalogs(data, options);
  std::vector<Question> questions(measurements.size());
  parallel_for(questions.size(), {.threads = options.threads}, [&](std::size_t i, int worker) {
    questions[i] = question_of(measurements[i], catalogs.of(worker));
  });
  std::vector<const MeasuredScenario*> scenarios;
  for (const Question& question : questions) scenarios.push_back(&question.scenario);
  const std::vector<std::vector<std::size_t>> alike = same_scenarios(scenarios);
  std::vector<SpeedPoint> points(questions.size());
  parallel_for(alike.size(), options, [&](std::size_t group, int worker) {
    const MeasuredScenario& scenario = questions[alike[group].front()].scenario;
    const Answer answer = scenario.spec ? answer_to(*scenario.spec, catalogs.of(worker)) : Answer();
    for (const std::size_t i : alike[group])
      points[i] =
          scenario.spec ? judged(measurements[i], questions[i], answer) : questions[i].point;
  });
  return points;
}

}  // namespace plimsoll
