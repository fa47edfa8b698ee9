#include "report/fit_report.h"

#include <algorithm>
#include <cmath>

#include "base/quantity_text.h"
#include "report/json_writer.h"
#include "report/speed_words.h"

namespace plimsoll {
namespace {

std::string share(double value) {
  return print_number(100.0 * value, 3) + " %";
}

std::string signed_share(double value) {
  return (value < 0.0 ? "-" : "+") + share(std::abs(value));
}

// Rates in bytes a second and the like in few characters: "4.11e11".
std::string short_number(double value) {
  constexpr double long_number = 1e6;
  if (value < long_number) return print_number(value);
  const double exponent = std::floor(std::log10(value));
  return print_number(value / std::pow(10.0, exponent)) + "e" + print_number(exponent);
}

Row row_of(const FittedParameter& each) {
  const bool effect = each.number <= 0.0;
  return {.cells = {{each.key},
                    {effect ? "" : short_number(each.number)},
                    {effect ? "" : short_number(each.low) + " to " + short_number(each.high)},
                    {signed_error_text(std::exp(each.log_shift) - 1.0)},
                    {error_text(each.determined) + (each.at_bound ? ", bound" : "")}}};
}

SpeedPoints pointers(const std::vector<SpeedPoint>& points) {
  SpeedPoints result;
  for (const SpeedPoint& point : points) result.push_back(&point);
  return result;
}

Row titles(const std::vector<std::string>& words) {
  Row row;
  for (const std::string& word : words) row.cells.push_back({word, Ink::faint});
  return row;
}

Table table_of(const std::vector<std::string>& words) {
  Table table{.columns = {{.flexible = true}}};
  table.columns.resize(words.size(), Column{.align = Align::right});
  table.rows.push_back(titles(words));
  return table;
}

void data(Page& page, const FitResult& result) {
  page.heading("Data");
  page.paragraph(
      2, 2,
      {{std::to_string(result.points) + " points of " + std::to_string(result.witnesses) +
        " witnesses (source, device, variant, model) are used."}});
  if (result.left_out.empty()) return;
  Table table{.columns = {{.align = Align::right}, {}, {.flexible = true}}};
  table.rows.push_back(titles({"left out", "reason", "for example"}));
  for (const LeftOut& each : result.left_out)
    table.rows.push_back(
        {.cells = {{std::to_string(each.points)}, {each.reason}, {each.example, Ink::faint}}});
  page.table(2, table);
}

// Those that the points say something of.
void parameters(Page& page, const FitResult& result) {
  constexpr double told = 0.1;  // of a parameter
  page.heading("Parameters", "moved from their entries, where points tell a tenth at least");
  Table table = table_of({"parameter", "value", "90 % range", "moved", "told"});
  for (const FittedParameter& each : result.parameters)
    if (each.determined >= told) table.rows.push_back(row_of(each));
  page.table(2, table);
}

void effective(Page& page, const FitResult& result) {
  page.heading("Effective number of parameters", print_number(result.effective_number, 3));
  Table table = table_of({"of", "number"});
  double devices = 0.0;
  int count = 0;
  for (const auto& [owner, number] : result.effective) {
    if (owner.starts_with("device:")) {
      devices += number;
      ++count;
    } else if (number >= 0.05) {
      table.rows.push_back({.cells = {{owner}, {print_number(number, 2)}}});
    }
  }
  table.rows.push_back(
      {.cells = {{std::to_string(count) + " units of devices"}, {print_number(devices, 3)}}});
  page.table(2, table);
}

std::string label(const NoiseKind& kind) {
  return kind.metric + (kind.load ? ", " + std::string(to_text(*kind.load)) : "") +
         (kind.moe ? ", mixture of experts" : ", dense") + ", unexplained" +
         (kind.backend.empty() ? "" : ", " + kind.backend);
}

void spreads(Page& page, const FitResult& result) {
  page.heading("Spreads", "standard deviations of logarithms");
  Table table = table_of({"of", "sigma"});
  for (const VarianceClass& each : result.variances)
    table.rows.push_back({.cells = {{each.name}, {print_number(each.sigma, 2)}}});
  for (const NoiseClass& each : result.noise)
    table.rows.push_back({.cells = {{label(each.kind)}, {print_number(each.sigma, 2)}}});
  page.table(2, table);
}

void correlations(Page& page, const FitResult& result) {
  constexpr double strong = 0.7;
  Table table = table_of({"parameters", "correlation"});
  for (const FittedCorrelation& each : result.table.correlations)
    if (std::abs(each.rho) > strong)
      table.rows.push_back({.cells = {{each.a + " and " + each.b}, {print_number(each.rho, 2)}}});
  page.heading("Correlations above 0.7", table.rows.size() > 1 ? "" : "none");
  if (table.rows.size() > 1) page.table(2, table);
}

void residuals(Page& page, const FitResult& result) {
  page.heading("Residuals by group", "predicted with all points");
  Table table = table_of({"group", "points", "median", "mean", "bias"});
  for (const auto& [group, points] : grouped(pointers(result.residuals), engine_group_of)) {
    const ErrorSummary errors = summarise_errors(points);
    table.rows.push_back(
        {.cells = {{group.engine + " " + group.metric + (group.moe ? ", experts" : "")},
                   {std::to_string(errors.points)},
                   {share(errors.median_error)},
                   {share(errors.mean_error)},
                   {signed_share(errors.bias)}}});
  }
  page.table(2, table);
}

void protocol(Page& page, const ProtocolResult& result) {
  page.heading("Left out: " + std::string(to_text(result.protocol)),
               std::to_string(result.folds) + " folds; points of so many witnesses");
  Table table = table_of(
      {"cell", "points", "of", "median", "mean", "bias", "within", "score", "band", "share"});
  const auto banded = grouped(pointers(result.scored.banded), cell_of);
  for (const auto& [cell, points] : grouped(pointers(result.scored.points), cell_of)) {
    const ErrorSummary errors = summarise_errors(points);
    const double band = summarise_errors(banded.at(cell)).score;
    table.rows.push_back({.cells = {{label(cell)},
                                    {std::to_string(errors.points)},
                                    {std::to_string(errors.witnesses)},
                                    {error_text(errors.median_error)},
                                    {error_text(errors.mean_error)},
                                    {signed_error_text(errors.bias)},
                                    {error_text(errors.coverage)},
                                    {print_number(errors.score, 2)},
                                    {print_number(band, 2)},
                                    {print_number(result.scored.widths.at(cell).share, 2)}}});
  }
  page.table(2, table);
}

void write_errors(JsonWriter& json, const SpeedPoints& points) {
  const ErrorSummary errors = summarise_errors(points);
  json.member("points", errors.points);
  json.member("witnesses", errors.witnesses);
  json.member("median_error", errors.median_error);
  json.member("mean_error", errors.mean_error);
  json.member("bias", errors.bias);
  json.member("coverage", errors.coverage);
  json.member("score", errors.score);
  json.member("width_error_correlation", width_error_correlation(points));
}

void write_points(JsonWriter& json, std::string_view name, const std::vector<SpeedPoint>& points) {
  json.list(name, points, [](JsonWriter& writer, const SpeedPoint& point) {
    writer.open_object(JsonWriter::Layout::inline_);
    writer.member("id", point.id);
    writer.member("metric", point.metric);
    writer.member("measured", point.measured);
    writer.member("predicted", point.predicted->value);
    writer.member("low", point.predicted->low);
    writer.member("high", point.predicted->high);
    writer.close();
  });
}

std::string milliseconds(double seconds) {
  return print_number(seconds * 1e3, 4) + " ms";
}

std::string error_of(double predicted, double measured) {
  return signed_share(predicted / measured - 1.0);
}

void offsets(Page& page, const ServingFitResult& result) {
  page.heading("Offsets", "from the first " + std::to_string(result.first) + " of " +
                              std::to_string(result.requests) + " requests");
  Table table = table_of({"parameter", "value", "90 % range", "moved", "told"});
  for (const FittedParameter& each : result.parameters) table.rows.push_back(row_of(each));
  page.table(2, table);
  page.paragraph(2, 2,
                 {{"Unexplained of these requests: " + share(result.first_token_sigma) +
                   " of the time to the first token, " + share(result.answer_sigma) +
                   " of that from there to the last (standard deviations)."}});
}

void latencies(Page& page, const std::string& title, const std::string& note,
               const std::vector<LatencyComparison>& rows) {
  page.heading(title, note);
  Table table = table_of({"latency", "mean", "before", "now", "p95", "before", "now"});
  for (const LatencyComparison& each : rows)
    table.rows.push_back({.cells = {{each.what},
                                    {milliseconds(each.measured.mean)},
                                    {error_of(each.before.mean, each.measured.mean)},
                                    {error_of(each.after.mean, each.measured.mean)},
                                    {milliseconds(each.measured.p95)},
                                    {error_of(each.before.p95, each.measured.p95)},
                                    {error_of(each.after.p95, each.measured.p95)}}});
  page.table(2, table);
}

void write_latencies(JsonWriter& json, std::string_view name,
                     const std::vector<LatencyComparison>& rows) {
  const auto figures = [](JsonWriter& writer, std::string_view key,
                          const LatencyComparison::Figures& of) {
    writer.key(key);
    writer.open_object(JsonWriter::Layout::inline_);
    writer.member("mean", of.mean);
    writer.member("p95", of.p95);
    writer.close();
  };
  json.list(name, rows, [&](JsonWriter& writer, const LatencyComparison& each) {
    writer.open_object();
    writer.member("latency", each.what);
    figures(writer, "measured", each.measured);
    figures(writer, "before", each.before);
    figures(writer, "after", each.after);
    writer.close();
  });
}

void write_parameters(JsonWriter& json, const std::vector<FittedParameter>& parameters) {
  json.list("parameters", parameters, [](JsonWriter& writer, const FittedParameter& each) {
    writer.open_object(JsonWriter::Layout::inline_);
    writer.member("key", each.key);
    writer.member("value", each.number);
    writer.member("low", each.low);
    writer.member("high", each.high);
    writer.member("log_shift", each.log_shift);
    writer.member("log_sigma", each.log_sigma);
    writer.member("determined", each.determined);
    writer.member("at_bound", each.at_bound);
    writer.close();
  });
}

}  // namespace

std::string serving_fit_text(const ServingFitResult& result, const TextStyle& style) {
  Page page(style);
  offsets(page, result);
  latencies(page, "The requests fitted to", "measured, and errors of predictions", result.fitted);
  latencies(page, "All other requests", "measured, and errors of predictions", result.held_out);
  return page.take();
}

std::string serving_fit_json(const ServingFitResult& result) {
  JsonWriter json;
  json.open_object();
  json.member("requests", result.requests);
  json.member("first", result.first);
  json.member("rounds", result.rounds);
  json.member("first_token_sigma", result.first_token_sigma);
  json.member("answer_sigma", result.answer_sigma);
  write_parameters(json, result.parameters);
  write_latencies(json, "fitted", result.fitted);
  write_latencies(json, "held_out", result.held_out);
  json.close();
  return json.take();
}

std::string fit_text(const FitResult& result, const TextStyle& style) {
  Page page(style);
  data(page, result);
  parameters(page, result);
  effective(page, result);
  spreads(page, result);
  correlations(page, result);
  residuals(page, result);
  for (const ProtocolResult& each : result.protocols) protocol(page, each);
  return page.take();
}

std::string fit_json(const FitResult& result) {
  JsonWriter json;
  json.open_object();
  json.member("points", result.points);
  json.member("witnesses", result.witnesses);
  json.list("left_out", result.left_out, [](JsonWriter& writer, const LeftOut& each) {
    writer.open_object(JsonWriter::Layout::inline_);
    writer.member("reason", each.reason);
    writer.member("points", each.points);
    writer.member("example", each.example);
    writer.close();
  });
  write_parameters(json, result.parameters);
  json.member("effective_number", result.effective_number);
  json.key("effective_number_of");
  json.open_object();
  for (const auto& [owner, number] : result.effective) json.member(owner, number);
  json.close();
  json.list(
      "log_evidence", result.evidence,
      [](JsonWriter& writer, double value) { writer.value(value); }, JsonWriter::Layout::inline_);
  write_points(json, "residuals", result.residuals);
  json.list("protocols", result.protocols, [](JsonWriter& writer, const ProtocolResult& each) {
    writer.open_object();
    writer.member("protocol", to_text(each.protocol));
    writer.member("folds", static_cast<std::int64_t>(each.folds));
    writer.key("cells");
    writer.open_array();
    const auto banded = grouped(pointers(each.scored.banded), cell_of);
    for (const auto& [cell, points] : grouped(pointers(each.scored.points), cell_of)) {
      writer.open_object(JsonWriter::Layout::inline_);
      writer.member("metric", cell.metric);
      writer.member("load", to_text(cell.load));
      writer.member("experts", cell.moe);
      write_errors(writer, points);
      writer.member("band_score", summarise_errors(banded.at(cell)).score);
      const WidthLaw& width = each.scored.widths.at(cell);
      writer.member("width_factor", width.factor);
      writer.member("width_share", width.share);
      writer.close();
    }
    writer.close();
    write_points(writer, "left_out", each.scored.points);
    writer.close();
  });
  json.close();
  return json.take();
}

}  // namespace plimsoll
