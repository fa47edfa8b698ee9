#include "report/compare_content.h"
#include "report/compare_report.h"
#include "report/json_estimate.h"
#include "report/json_writer.h"

namespace plimsoll {
namespace {

using Layout = JsonWriter::Layout;

void write_scenario(JsonWriter& json, const ComparedScenario& scenario) {
  const Outcome& outcome = scenario.outcome;
  json.open_object();
  json.member("label", scenario.label);
  json.member("name", scenario.name);
  json.member("file", scenario.file);
  json.member("model", outcome.facts.model);
  json.member("quantization", outcome.facts.quantization);
  json.member("system", outcome.facts.system);
  json.member("engine", outcome.facts.engine);
  json.member("placement", outcome.facts.placement);
  json.member("verdict", to_text(outcome.verdict));
  json.member("applied_change", outcome.applied_change
                                    ? std::optional(outcome.applied_change->description)
                                    : std::nullopt);
  json.member("why_not", outcome.why_not);
  json.member("short_by_bytes", outcome.short_by.base());
  json.member("fits_probability", outcome.fits_probability);
  json.member("largest_context_tokens", outcome.largest_context);
  for (const OutcomeFigure& figure : outcome_figures)
    write_estimate(json, figure.key, outcome.*figure.value);
  std::vector<std::string> profiles;
  for (const ProfileUse& profile : outcome.profiles) profiles.push_back(profile.file);
  json.texts("profiles", profiles, Layout::inline_);
  json.close();
}

void write_difference(JsonWriter& json, const ScenarioDifference& difference) {
  json.open_object();
  json.member("field", difference.field);
  json.texts("values", difference.values, Layout::inline_);
  json.close();
}

void write_ratio(JsonWriter& json, const FigureRatio& each) {
  json.open_object(Layout::inline_);
  json.member("figure", each.figure->key);
  json.member("ratio", each.ratio.value);
  json.member("low", each.ratio.low);
  json.member("high", each.ratio.high);
  json.member("clear", each.clear);
  json.close();
}

void write_ratios(JsonWriter& json, const ComparedScenario& scenario) {
  json.open_object();
  json.member("label", scenario.label);
  json.list("figures", scenario.against_first, write_ratio);
  json.close();
}

}  // namespace

std::string compare_json(const Comparison& comparison) {
  JsonWriter json;
  json.open_object();
  json.member("schema_version", compare_schema_version);
  json.list("scenarios", comparison.scenarios, write_scenario);
  json.list("differences", comparison.differences, write_difference);
  json.member("criterion", clear_criterion);
  json.key("against_first");
  json.open_array();
  for (std::size_t i = 1; i < comparison.scenarios.size(); ++i)
    write_ratios(json, comparison.scenarios[i]);
  json.close();
  json.close();
  return json.take();
}

}  // namespace plimsoll
