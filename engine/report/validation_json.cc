// Validations for programs: everything as JSON, every point as CSV.
#include <array>

#include "report/json_writer.h"
#include "report/speed_words.h"
#include "report/validation_report.h"
#include "sweep/csv.h"
#include "validate/speed_summary.h"

namespace plimsoll {
namespace {

std::optional<double> part_of(const std::optional<Estimate>& estimate, double Estimate::*member) {
  if (!estimate) return std::nullopt;
  return (*estimate).*member;
}

// Keys that points of all kinds share.
template <class Point>
void write_judgement(JsonWriter& json, const Point& point) {
  json.member("measured", point.measured);
  json.member("predicted", part_of(point.predicted, &Estimate::value));
  json.member("low", part_of(point.predicted, &Estimate::low));
  json.member("high", part_of(point.predicted, &Estimate::high));
  json.member("status", to_text(point.status));
  json.member("why", std::string_view(point.why));
}

void write_footprint(JsonWriter& json, const ValidationPoint& point) {
  json.open_object(JsonWriter::Layout::inline_);
  json.member("id", std::string_view(point.id));
  json.member("metric", std::string_view(point.metric));
  json.member("group", std::string_view(point.group));
  write_judgement(json, point);
  json.close();
}

void write_speed(JsonWriter& json, const SpeedPoint& point) {
  json.open_object(JsonWriter::Layout::inline_);
  json.member("id", std::string_view(point.id));
  json.member("metric", std::string_view(point.metric));
  json.member("group", std::string_view(label(group_of(point))));
  write_judgement(json, point);
  json.member("reason", std::string_view(point.reason));
  const bool compared = point.predicted && !point.part();
  json.member("error", compared ? std::optional(point.error()) : std::nullopt);
  json.member("covered", compared ? std::optional(point.covered()) : std::nullopt);
  json.member("device", std::string_view(point.device));
  json.member("variant", std::string_view(point.variant));
  json.member("devices", point.devices);
  json.member("engine", std::string_view(point.engine));
  json.member("backend", std::string_view(point.backend));
  json.member("model", std::string_view(point.model));
  json.member("moe", point.moe);
  json.member("placement", std::string_view(point.placement));
  json.member("load", to_text(point.load));
  json.member("profiled", point.profiled);
  json.close();
}

template <class Counts>
void write_counts(JsonWriter& json, const Counts& counts) {
  json.member("points", counts.points);
  json.member("ok", counts.judged);
  json.member("suspect", counts.suspect);
  json.member("unresolved", counts.unresolved);
  json.member("unsupported", counts.unsupported);
}

void write_errors(JsonWriter& json, const ErrorSummary& errors) {
  const auto of_judged = [&](double value) {
    return errors.points > 0 ? std::optional(value) : std::nullopt;
  };
  json.member("witnesses", errors.witnesses);
  json.member("median_absolute_error", of_judged(errors.median_error));
  json.member("mean_absolute_error", of_judged(errors.mean_error));
  json.member("bias", of_judged(errors.bias));
  json.member("covered", of_judged(errors.coverage));
  json.member("interval_width", of_judged(errors.width));
  json.member("interval_score", of_judged(errors.score));
}

void write_footprint_group(JsonWriter& json, const ValidationSummary& summary) {
  const auto of_judged = [&](double value) {
    return summary.judged > 0 ? std::optional(value) : std::nullopt;
  };
  json.open_object(JsonWriter::Layout::inline_);
  json.member("metric", std::string_view(summary.metric));
  json.member("group", std::string_view(summary.group));
  write_counts(json, summary);
  json.member("aim", summary.aim);
  json.member("median_absolute_error", of_judged(summary.median_error));
  json.member("p90_absolute_error", of_judged(summary.p90_error));
  json.member("within_aim", of_judged(summary.within_aim));
  json.member("covered", of_judged(summary.covered));
  json.close();
}

void write_speed_group(JsonWriter& json, const KeyedErrors<SpeedGroup>& group) {
  json.open_object(JsonWriter::Layout::inline_);
  json.member("metric", std::string_view(group.key.metric));
  json.member("group", std::string_view(label(group.key)));
  json.member("device", std::string_view(group.key.device));
  json.member("engine", std::string_view(group.key.engine));
  json.member("backend", std::string_view(group.key.backend));
  json.member("moe", group.key.moe);
  json.member("several_devices", group.key.several);
  write_counts(json, group.counts);
  write_errors(json, group.errors);
  json.close();
}

void write_cell(JsonWriter& json, const CellSummary& cell) {
  const bool judged = cell.errors.points > 0;
  json.open_object(JsonWriter::Layout::inline_);
  json.member("metric", std::string_view(cell.cell.metric));
  json.member("load", to_text(cell.cell.load));
  json.member("moe", cell.cell.moe);
  json.member("groups", cell.groups);
  write_counts(json, cell.counts);
  write_errors(json, cell.errors);
  json.member("constant_band", judged ? std::optional(cell.band.q) : std::nullopt);
  json.member("constant_band_score", judged ? std::optional(cell.band.score) : std::nullopt);
  json.member("width_error_correlation", cell.correlation);
  json.close();
}

void write_poor_support(JsonWriter& json, const PoorSupport& poor) {
  json.open_object(JsonWriter::Layout::inline_);
  json.member("kind", std::string_view(poor.kind));
  json.member("name", std::string_view(poor.name));
  json.member("points", poor.points);
  json.member("unsupported", poor.unsupported);
  json.close();
}

void write_summary(JsonWriter& json, const SpeedSummary& summary, std::int64_t profiled) {
  json.key("summary");
  json.open_object();
  write_counts(json, summary.counts);
  json.member("profiled", profiled);
  json.member("parts", summary.parts);
  json.member("ok_share", summary.judged_share);
  write_errors(json, summary.errors);
  json.member("width_error_correlation", summary.correlation);
  json.member("headline_mean_absolute_error", summary.headline_mean_error);
  json.member("headline_median_absolute_error", summary.headline_median_error);
  const bool any = summary.suspect_errors.points > 0;
  json.member("suspect_mean_absolute_error",
              any ? std::optional(summary.suspect_errors.mean_error) : std::nullopt);
  json.list("cells", summary.cells, write_cell);
  json.list("poorly_supported", summary.poor_support, write_poor_support);
  json.close();
}

std::string number_of(const std::optional<Estimate>& estimate, double Estimate::*member) {
  return estimate ? csv_number((*estimate).*member) : std::string();
}

constexpr std::array<std::string_view, 18> csv_columns = {
    "id",    "metric", "measured", "predicted", "low",    "high",    "status", "reason", "why",
    "group", "device", "variant",  "devices",   "engine", "backend", "model",  "moe",    "load"};

std::string csv_line(const ValidationPoint& point) {
  return csv_record(std::array<std::string, csv_columns.size()>{
      point.id, point.metric, csv_number(point.measured),
      number_of(point.predicted, &Estimate::value), number_of(point.predicted, &Estimate::low),
      number_of(point.predicted, &Estimate::high), std::string(to_text(point.status)), "",
      point.why, point.group});
}

std::string csv_line(const SpeedPoint& point) {
  return csv_record(std::array<std::string, csv_columns.size()>{
      point.id, point.metric, csv_number(point.measured),
      number_of(point.predicted, &Estimate::value), number_of(point.predicted, &Estimate::low),
      number_of(point.predicted, &Estimate::high), std::string(to_text(point.status)), point.reason,
      point.why, label(group_of(point)), point.device, point.variant, std::to_string(point.devices),
      point.engine, point.backend, point.model, std::string(kind_word(point.moe)),
      std::string(to_text(point.load))});
}

}  // namespace

std::string validation_json(const std::vector<std::string>& files, const Validation& validation) {
  JsonWriter json;
  json.open_object();
  json.texts("files", files);
  json.key("points");
  json.open_array();
  for (const ValidationPoint& point : validation.footprints) write_footprint(json, point);
  for (const SpeedPoint& point : validation.speeds) write_speed(json, point);
  json.close();
  const SpeedSummary summary = summarise_speeds(validation.speeds);
  if (!validation.speeds.empty()) write_summary(json, summary, profiled_points(validation.speeds));
  json.key("groups");
  json.open_array();
  for (const ValidationSummary& group : summarise(validation.footprints))
    write_footprint_group(json, group);
  for (const auto& group : summary.groups) write_speed_group(json, group);
  json.close();
  json.close();
  return json.take();
}

std::string validation_csv(const Validation& validation) {
  const std::vector<std::string> titles(csv_columns.begin(), csv_columns.end());
  std::string text = csv_record(titles);
  for (const ValidationPoint& point : validation.footprints) text += csv_line(point);
  for (const SpeedPoint& point : validation.speeds) text += csv_line(point);
  return text;
}

}  // namespace plimsoll
