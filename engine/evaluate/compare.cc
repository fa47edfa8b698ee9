#include "evaluate/compare.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "base/contains.h"
#include "config/document.h"
#include "evaluate/changes.h"
#include "evaluate/evaluate.h"
#include "evaluate/prepared.h"
#include "evaluate/streamed.h"

namespace plimsoll {
namespace {

// By the key of the figure.
using FigureErrors = std::map<std::string_view, LogErrors>;

// The errors of a pass's time. The n-th parameter of a name is another one than the first: the
// intervals take them as independent.
LogErrors errors_of(const TimedWork& work, const CostModel& cost, double residual,
                    const IntervalWidth& width) {
  const double factor = width.factor(work.log_sigma(cost, residual));
  LogErrors errors{.shared = {}, .own = residual * factor};
  std::map<std::string, int> seen;
  for (std::size_t i = 0; i < work.sensitivities.size(); ++i) {
    const Parameter& parameter = cost.parameters()[i];
    const std::string name = parameter.what + " = " + parameter.value;
    const int n = ++seen[name];
    errors.shared.push_back(
        {.name = name + " #" + std::to_string(n),
         .deviation = factor * (work.sensitivities[i] / work.time) * parameter.log_sigma});
  }
  return errors;
}

// Of a sum of independent parts, each with its share of the sum.
void add_share(const LogErrors& part, const std::string& name, double share, LogErrors& sum) {
  for (const LogErrors::Part& each : part.shared)
    sum.shared.push_back({name + ": " + each.name, each.deviation * share});
  sum.own = std::hypot(sum.own, part.own * share);
}

LogErrors errors_of_total(const LogErrors& prefill, const LogErrors& decode, double first_s,
                          double total_s) {
  LogErrors total;
  const double prefill_share = first_s / total_s;
  add_share(prefill, "prompt", prefill_share, total);
  add_share(decode, "answer", 1.0 - prefill_share, total);
  return total;
}

LogErrors reversed(LogErrors errors) {
  for (LogErrors::Part& part : errors.shared) part.deviation = -part.deviation;
  return errors;
}

// Of a figure that is one statement about the machine.
LogErrors stated(const Estimate& figure, const std::string& name) {
  if (!(figure.low > 0.0)) return {};
  return {.shared = {{name, log_sigma_of_range(figure.low, figure.high)}}, .own = 0.0};
}

// The errors of a streamed token's time; what its parameters do not explain is its own.
LogErrors errors_of(const StreamRun& run) {
  LogErrors errors;
  double explained = 0.0;
  for (const StreamParameter& parameter : run.parameters) {
    const double deviation = parameter.elasticity * parameter.log_sigma;
    errors.shared.push_back(
        {.name = parameter.what + " = " + parameter.value, .deviation = deviation});
    explained += deviation * deviation;
  }
  errors.own = std::sqrt(std::max(0.0, run.log_sigma * run.log_sigma - explained));
  return errors;
}

FigureErrors figure_errors(const LogErrors& prefill, const LogErrors& decode,
                           const Outcome& outcome) {
  FigureErrors errors;
  errors["time_to_first_token_s"] = prefill;
  errors["prefill_tokens_per_second"] = reversed(prefill);
  errors["decode_tokens_per_second"] = reversed(decode);
  errors["throughput_tokens_per_second"] = reversed(decode);
  errors["total_time_s"] = errors_of_total(prefill, decode, outcome.time_to_first_token_s->value,
                                           outcome.total_time_s->value);
  if (outcome.power_w) {
    const LogErrors power = stated(*outcome.power_w, "power of " + outcome.facts.system);
    errors["power_w"] = power;
    LogErrors energy = decode;  // watts times seconds per token
    energy.shared.insert(energy.shared.end(), power.shared.begin(), power.shared.end());
    errors["energy_per_token_j"] = energy;
  }
  return errors;
}

FigureErrors figure_errors(const Prepared& prepared, const Outcome& outcome, Catalog& catalog) {
  if (prepared.streams()) {
    const LogErrors errors =
        errors_of(stream_model(prepared, stream_tables(catalog))->run({.sampled = report_samples}));
    return figure_errors(errors, errors, outcome);
  }
  Diagnostics quiet;
  SpeedModel model(prepared.lowering_request(), catalog.roofs(quiet));
  const Speed speed = model.measure();
  return figure_errors(errors_of(speed.prefill, model.cost(), model.cost().prefill_spread(),
                                 model.cost().prefill_width()),
                       errors_of(speed.decode, model.cost(), model.cost().decode_spread(),
                                 model.cost().decode_width()),
                       outcome);
}

// One scenario with what a comparison needs beside its outcome.
struct Examined {
  Outcome outcome;
  FigureErrors errors;
  std::vector<ScenarioDifference> fields;  // each with one value
};

const char* yes_or_no(bool truth) {
  return truth ? "true" : "false";
}

class Fields {
 public:
  Fields(const Prepared& prepared, const Outcome& outcome) {
    const ModelFacts& facts = outcome.facts;
    add("model", facts.model);
    add("quantization", facts.quantization);
    add("system", facts.system);
    add("engine", facts.engine);
    add("workload.context", std::to_string(facts.context));
    add("workload.prompt", std::to_string(facts.prompt));
    add("workload.depth", std::to_string(facts.depth));
    add("workload.generate", std::to_string(facts.generate));
    add("workload.batch", std::to_string(facts.batch));
    add("workload.kv_format", prepared.scenario.kv_format->id);
    add("importance_matrix", yes_or_no(prepared.scenario.importance_matrix));
    Diagnostics diagnostics;
    const Document document =
        Document::parse(to_yaml(prepared.scenario.spec), "scenario", diagnostics);
    add_written(document.root(), "");
  }

  std::vector<ScenarioDifference> take() { return std::move(fields_); }

 private:
  void add(std::string field, std::string value) {
    fields_.push_back({.field = std::move(field), .values = {std::move(value)}});
  }

  // What the resolved names above say, or what is no part of the question.
  static bool is_covered(const std::string& path) {
    static constexpr std::array<std::string_view, 17> covered = {"kind",
                                                                 "name",
                                                                 "description",
                                                                 "model",
                                                                 "quantization",
                                                                 "system.id",
                                                                 "system.count",
                                                                 "system.link",
                                                                 "engine.id",
                                                                 "engine.backend",
                                                                 "workload.context",
                                                                 "workload.prompt",
                                                                 "workload.depth",
                                                                 "workload.generate",
                                                                 "workload.batch",
                                                                 "workload.kv_format",
                                                                 "importance_matrix"};
    return contains(covered, path);
  }

  void add_written(const Node& node, const std::string& path) {
    const std::string before = path.empty() ? "" : path + ".";
    for (const MapEntry& entry : node.entries()) add_written(entry.value, before + entry.key);
    for (std::size_t i = 0; i < node.items().size(); ++i)
      add_written(node.items()[i], before + std::to_string(i));
    if (node.kind() == NodeKind::scalar && !is_covered(path)) add(path, node.text());
  }

  std::vector<ScenarioDifference> fields_;
};

// The scenario whose figures the outcome has: with the change that evaluate() applied, if any, or
// paged.
std::unique_ptr<Prepared> prepare_as_run(std::unique_ptr<Prepared> asked, const Outcome& outcome,
                                         Catalog& catalog) {
  if (outcome.verdict == Verdict::fits_with_streaming && !asked->fits())
    return paged_instead(*asked, catalog);
  if (!outcome.applied_change) return asked;
  for (const Edit& edit : propose_repairs(*asked)) {
    Diagnostics quiet;
    if (edit.description == outcome.applied_change->description)
      return prepare(edit.spec, catalog, quiet);
  }
  return nullptr;
}

Examined examine(const ScenarioSpec& spec, Catalog& catalog, Diagnostics& diagnostics) {
  Evaluation evaluation = evaluate(spec, catalog, {.changes = false, .timeline = false});
  diagnostics.append(evaluation.warnings);
  Examined examined{.outcome = std::move(evaluation.outcome)};
  Diagnostics quiet;
  std::unique_ptr<Prepared> prepared = prepare(spec, catalog, quiet);
  examined.fields = Fields(*prepared, examined.outcome).take();
  if (!examined.outcome.decode_tokens_per_second) return examined;
  prepared = prepare_as_run(std::move(prepared), examined.outcome, catalog);
  if (!prepared) return examined;
  examined.errors = figure_errors(*prepared, examined.outcome, catalog);
  return examined;
}

std::vector<Examined> examine_all(const std::vector<NamedScenario>& scenarios, Catalog& catalog,
                                  Diagnostics& diagnostics) {
  std::vector<Examined> all;
  for (const NamedScenario& scenario : scenarios) {
    try {
      all.push_back(examine(scenario.spec, catalog, diagnostics));
    } catch (const InputError& refused) {
      diagnostics.append(refused.diagnostics());
    }
  }
  throw_if_errors(diagnostics);
  return all;
}

std::string label_of(std::size_t index) {
  constexpr std::size_t letters = 26;
  std::string label(1, static_cast<char>('A' + index % letters));
  for (index /= letters; index > 0; index /= letters)
    label.insert(label.begin(), static_cast<char>('A' + (index - 1) % letters));
  return label;
}

// The errors of a figure nobody analysed are its own.
LogErrors errors_or_own(const Examined& examined, const OutcomeFigure& figure,
                        const Estimate& estimate) {
  const auto found = examined.errors.find(figure.key);
  if (found != examined.errors.end()) return found->second;
  if (!(estimate.low > 0.0)) return {};
  return {.shared = {}, .own = log_sigma_of_range(estimate.low, estimate.high)};
}

bool same_question(const Examined& a, const Examined& b) {
  return std::equal(a.fields.begin(), a.fields.end(), b.fields.begin(), b.fields.end(),
                    [](const ScenarioDifference& x, const ScenarioDifference& y) {
                      return x.field == y.field && x.values == y.values;
                    });
}

// The same question errs in the same way, whatever its errors are.
Estimate ratio_between(const Examined& first, const Examined& other, const OutcomeFigure& figure) {
  const Estimate& a = *(first.outcome.*figure.value);
  const Estimate& b = *(other.outcome.*figure.value);
  if (same_question(first, other)) return Estimate::exact(b.value / a.value);
  return ratio_of(a, errors_or_own(first, figure, a), b, errors_or_own(other, figure, b));
}

std::vector<FigureRatio> ratios(const Examined& first, const Examined& other) {
  std::vector<FigureRatio> all;
  for (const OutcomeFigure& figure : outcome_figures) {
    const std::optional<Estimate>& a = first.outcome.*figure.value;
    const std::optional<Estimate>& b = other.outcome.*figure.value;
    if (!a || !b || !(a->value > 0.0) || !(b->value > 0.0)) continue;
    const Estimate ratio = ratio_between(first, other, figure);
    all.push_back(
        {.figure = &figure, .ratio = ratio, .clear = ratio.low > 1.0 || ratio.high < 1.0});
  }
  return all;
}

const std::string* value_of(const Examined& examined, const std::string& field) {
  for (const ScenarioDifference& each : examined.fields)
    if (each.field == field) return &each.values.front();
  return nullptr;
}

// Fields that are not the same everywhere, in the order in which they first come up.
std::vector<ScenarioDifference> differences(const std::vector<Examined>& all) {
  std::vector<ScenarioDifference> fields;
  for (const Examined& examined : all) {
    for (const ScenarioDifference& each : examined.fields) {
      const bool known =
          std::any_of(fields.begin(), fields.end(),
                      [&](const ScenarioDifference& other) { return other.field == each.field; });
      if (!known) fields.push_back({.field = each.field, .values = {}});
    }
  }
  for (ScenarioDifference& field : fields) {
    for (const Examined& examined : all) {
      const std::string* value = value_of(examined, field.field);
      field.values.push_back(value ? *value : "default");
    }
  }
  std::erase_if(fields, [](const ScenarioDifference& field) {
    return std::equal(field.values.begin() + 1, field.values.end(), field.values.begin());
  });
  return fields;
}

}  // namespace

double LogErrors::sigma() const {
  double variance = own * own;
  for (const Part& part : shared) variance += part.deviation * part.deviation;
  return std::sqrt(variance);
}

Estimate ratio_of(const Estimate& a, const LogErrors& a_errors, const Estimate& b,
                  const LogErrors& b_errors) {
  std::map<std::string_view, double> deviations;
  for (const LogErrors::Part& part : b_errors.shared) deviations[part.name] += part.deviation;
  for (const LogErrors::Part& part : a_errors.shared) deviations[part.name] -= part.deviation;
  double variance = a_errors.own * a_errors.own + b_errors.own * b_errors.own;
  for (const auto& [name, deviation] : deviations) variance += deviation * deviation;
  return log_normal(b.value / a.value, std::sqrt(variance));
}

Comparison compare(const std::vector<NamedScenario>& scenarios, Catalog& catalog) {
  Comparison comparison;
  const std::vector<Examined> all = examine_all(scenarios, catalog, comparison.warnings);
  for (std::size_t i = 0; i < all.size(); ++i) {
    comparison.scenarios.push_back({.label = label_of(i),
                                    .name = scenarios[i].name,
                                    .file = scenarios[i].file,
                                    .outcome = all[i].outcome,
                                    .against_first = {}});
    if (i > 0) comparison.scenarios.back().against_first = ratios(all.front(), all[i]);
  }
  comparison.differences = differences(all);
  return comparison;
}

}  // namespace plimsoll
