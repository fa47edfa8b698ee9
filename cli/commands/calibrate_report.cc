#include "commands/calibrate_report.h"

#include <algorithm>
#include <cmath>

#include "base/quantity_text.h"
#include "base/text.h"
#include "calibrate/profile_words.h"
#include "calibrate/roofline.h"
#include "report/json_writer.h"

namespace plimsoll::cli {
namespace {

using namespace calibrate;

// ----- words

std::string rate_name(const FamilyRate& rate) {
  std::string name = rate.family;
  for (const std::string& part : {rate.format, rate.variant})
    if (!part.empty()) name += " " + part;
  return name;
}

std::string rate_value(const FamilyRate& rate) {
  const std::string bound = rate.fit.rate_known ? "" : "≥ ";
  switch (rate.per) {
    case WorkKind::bytes:
      return bound + print(BytesPerSecond(rate.fit.rate));
    case WorkKind::flop:
      return bound + print(FlopPerSecond(rate.fit.rate));
    case WorkKind::items:
      break;
  }
  return (rate.fit.rate_known ? "" : "≤ ") + print(Seconds(1.0 / rate.fit.rate)) + " each";
}

std::string percent(double share) {
  return print_number(100.0 * share, share < 0.1 ? 2 : 3) + " %";
}

std::string percent_or_dash(const std::optional<double>& share) {
  return share ? percent(*share) : "-";
}

std::string fixed_value(const SweepFit& fit) {
  if (!fit.fixed_known) return "-";
  // Within two standard errors of nothing.
  if (fit.fixed_s < 2.0 * fit.fixed_error_s)
    return "< " + print(Seconds(fit.fixed_s + 2.0 * fit.fixed_error_s), 2);
  return print(Seconds(fit.fixed_s), 2);
}

// The rate over that of the newest earlier profile that has it.
std::string change_value(const ComparedRate& rate) {
  for (const auto& ratio : rate.over_earlier) {
    if (!ratio) continue;
    const double change = *ratio - 1.0;
    return std::string(change < 0.0 ? "-" : "+") + percent(std::fabs(change));
  }
  return "-";
}

std::string condition_text(const Condition& condition) {
  std::vector<std::string> parts;
  if (condition.busy)
    parts.push_back("busy with other work (" + percent(condition.busy_share.value_or(0.0)) + ")");
  if (condition.throttled) parts.push_back("throttled");
  if (!condition.warm) parts.push_back("not warm");
  return joined(parts);
}

// What is wrong with one that is not wrong with all.
Condition beyond(Condition one, const Condition& all) {
  one.busy = one.busy && !all.busy;
  one.throttled = one.throttled && !all.throttled;
  one.warm = one.warm || !all.warm;
  return one;
}

// ----- text

void print_head(Page& page, const Profile& profile) {
  page.heading(profile.name, profile.date);
  std::string what = profile.program;
  if (!profile.depth.empty()) what += ", " + profile.depth;
  page.paragraph(page_margin, page_margin, {{what, Ink::faint}});
}

void print_roofs(Page& page, const ComparedBackend& backend) {
  const auto show = [&](const char* title, const Roofs& roofs) {
    if (!roofs.bandwidth && !roofs.compute) return;
    std::vector<std::string> parts;
    if (roofs.bandwidth) parts.push_back(print(BytesPerSecond(*roofs.bandwidth)));
    if (roofs.compute) parts.push_back(print(FlopPerSecond(*roofs.compute)));
    page.paragraph(page_margin, page_margin + 2, {{title, Ink::faint}, {joined(parts)}});
  };
  show("datasheet:", backend.datasheet);
  show("measured: ", backend.measured);
}

// Columns that some rate has something for.
struct RateColumns {
  bool datasheet = false;
  bool measured = false;
  bool change = false;
};

RateColumns columns_for(const ComparedBackend& backend, bool earlier) {
  RateColumns columns{.change = earlier};
  for (const ComparedRate& each : backend.rates) {
    columns.datasheet = columns.datasheet || each.of_datasheet;
    columns.measured = columns.measured || each.of_measured;
  }
  return columns;
}

Row rate_row(const ComparedRate& compared, const RateColumns& columns, const Condition& all) {
  const FamilyRate& rate = *compared.rate;
  Row row{.cells = {{rate_name(rate)},
                    {fixed_value(rate.fit)},
                    {rate_value(rate)},
                    {percent(rate.fit.rate_error)}}};
  if (columns.measured) row.cells.push_back({percent_or_dash(compared.of_measured)});
  if (columns.datasheet) row.cells.push_back({percent_or_dash(compared.of_datasheet)});
  if (columns.change)
    row.cells.push_back({change_value(compared), compared.changed ? Ink::caution : Ink::plain});
  const std::string condition = condition_text(beyond(rate.condition, all));
  if (!condition.empty()) row.notes.push_back({{condition, Ink::caution}});
  return row;
}

void print_rates(Page& page, const ComparedBackend& backend, bool earlier) {
  const RateColumns columns = columns_for(backend, earlier);
  std::vector<const char*> titles = {"kernel", "fixed", "rate", "±"};
  if (columns.measured) titles.push_back("of measured");
  if (columns.datasheet) titles.push_back("of datasheet");
  if (columns.change) titles.push_back("change");
  Table table{.columns = {{.flexible = true}}};
  table.columns.resize(titles.size(), {.align = Align::right});
  Row head;
  for (const char* title : titles) head.cells.push_back({title, Ink::faint});
  table.rows.push_back(std::move(head));
  for (const ComparedRate& each : backend.rates)
    table.rows.push_back(rate_row(each, columns, backend.backend->condition));
  page.table(page_margin, table);
}

std::string point_name(const PointResult& point) {
  const KernelCase& of = point.kernel_case;
  std::string name = of.family;
  for (const std::string& part : {of.format, of.variant})
    if (!part.empty()) name += " " + part;
  std::vector<std::string> sizes;
  for (const auto& [key, size] : of.shape) sizes.push_back(key + " " + std::to_string(size));
  return sizes.empty() ? name : name + " (" + joined(sizes) + ")";
}

void print_unmeasured(Page& page, const BackendResult& backend) {
  int skipped = 0;
  for (const PointResult& point : backend.points) {
    if (point.status == PointStatus::skipped) ++skipped;
    if (point.status != PointStatus::wrong && point.status != PointStatus::failed) continue;
    const bool wrong = point.status == PointStatus::wrong;
    page.paragraph(page_margin, page_margin + 2,
                   {{point_name(point), Ink::plain},
                    {wrong ? "is wrong and was not timed:" : "failed:", Ink::bad},
                    {point.why}});
  }
  if (skipped > 0)
    page.paragraph(page_margin, page_margin + 2,
                   {{std::to_string(skipped) + (skipped == 1 ? " kernel was" : " kernels were") +
                         " left out for want of time",
                     Ink::caution}});
}

void print_condition(Page& page, const Condition& condition) {
  const std::string text = condition_text(condition);
  if (text.empty()) return;
  page.paragraph(page_margin, page_margin + 2, {{"While measuring: " + text, Ink::caution}});
}

void print_legend(Page& page, const calibrate::Roofline& roofline) {
  Table legend{
      .columns = {{}, {.flexible = true}, {.align = Align::right}, {.align = Align::right}}};
  for (std::size_t i = 0; i < roofline.points.size(); ++i) {
    const calibrate::RooflinePoint& point = roofline.points[i];
    legend.rows.push_back({.cells = {{roofline_letter(i), Ink::strong},
                                     {point.name},
                                     {print_number(point.intensity) + " FLOP/B", Ink::faint},
                                     {print(FlopPerSecond(point.flops))}}});
  }
  page.table(page_margin, legend);
}

// What the line through all sizes of messages does not show: each of them.
void print_messages(Page& page, const BackendResult& backend) {
  Table table{.columns = {{.align = Align::right}, {.align = Align::right}, {.flexible = true}}};
  table.rows.push_back(
      {.cells = {{"message", Ink::faint}, {"round trip", Ink::faint}, {"quartiles", Ink::faint}}});
  for (const PointResult& point : backend.points) {
    const auto size = point.kernel_case.shape.find("bytes");
    if (point.kernel_case.family != "link_round_trip" || point.status != PointStatus::measured ||
        size == point.kernel_case.shape.end())
      continue;
    table.rows.push_back(
        {.cells = {{print_binary(Bytes(static_cast<double>(size->second)))},
                   {print(Seconds(point.times.median))},
                   {print(Seconds(point.times.low)) + " to " + print(Seconds(point.times.high))}}});
  }
  if (table.rows.size() == 1) return;
  page.blank();
  page.table(page_margin, table);
}

// Its blanks count, which a page would take for breaks.
std::string roofline_text(const calibrate::Roofline& roofline, const TextStyle& style) {
  const int width = std::max(style.width, narrowest_page) - 2 * page_margin;
  std::string text;
  for (std::string line : roofline_lines(roofline, width, style.unicode)) {
    line.erase(line.find_last_not_of(' ') + 1);
    text += std::string(page_margin, ' ') + line + "\n";
  }
  if (text.empty()) return text;
  Page legend(style);
  print_legend(legend, roofline);
  return "\n" + text + legend.take();
}

std::string backend_text(const ComparedBackend& backend, bool earlier, const TextStyle& style) {
  Page page(style);
  const std::string& device = backend.backend->device;
  page.heading(backend.backend->id + ": " + (device.empty() ? "device not told" : device),
               backend.backend->version);
  print_roofs(page, backend);
  print_condition(page, backend.backend->condition);
  if (!backend.rates.empty()) print_rates(page, backend, earlier);
  print_messages(page, *backend.backend);
  print_unmeasured(page, *backend.backend);
  return page.take() + roofline_text(roofline_of(backend), style);
}

// ----- JSON

void write_condition(JsonWriter& json, const Condition& condition) {
  json.key("condition");
  json.open_object(JsonWriter::Layout::inline_);
  json.member("clock_hz", condition.clock_hz);
  json.member("celsius", condition.temperature_c);
  json.member("busy_share", condition.busy_share);
  json.member("busy", condition.busy);
  json.member("throttled", condition.throttled);
  json.member("warm", condition.warm);
  json.close();
}

void write_rate(JsonWriter& json, const ComparedRate& compared) {
  const FamilyRate& rate = *compared.rate;
  json.open_object();
  json.member("family", rate.family);
  json.member("format", rate.format);
  json.member("variant", rate.variant);
  json.member("per", word_in(work_words, rate.per));
  json.member("rate", rate.fit.rate);
  json.member("rate_error", rate.fit.rate_error);
  json.member("rate_is_a_bound", !rate.fit.rate_known);
  json.member("fixed_s", rate.fit.fixed_known ? std::optional(rate.fit.fixed_s) : std::nullopt);
  json.member("fixed_error_s",
              rate.fit.fixed_known ? std::optional(rate.fit.fixed_error_s) : std::nullopt);
  json.member("work_low", rate.fit.work_low);
  json.member("work_high", rate.fit.work_high);
  json.member("residual", rate.fit.residual);
  json.member("points", rate.fit.points);
  json.member("samples", rate.samples);
  json.member("noise", rate.noise);
  json.member("of_measured", compared.of_measured);
  json.member("of_datasheet", compared.of_datasheet);
  json.list(
      "over_earlier", compared.over_earlier,
      [](JsonWriter& item, const std::optional<double>& ratio) { item.value(ratio); },
      JsonWriter::Layout::inline_);
  json.member("changed", compared.changed);
  write_condition(json, rate.condition);
  json.close();
}

void write_point(JsonWriter& json, const PointResult& point) {
  const KernelCase& of = point.kernel_case;
  json.open_object(JsonWriter::Layout::inline_);
  json.member("family", of.family);
  json.member("format", of.format);
  json.member("variant", of.variant);
  json.key("shape");
  json.open_object(JsonWriter::Layout::inline_);
  for (const auto& [name, size] : of.shape) json.member(name, size);
  json.close();
  json.member("bytes", of.work.bytes);
  json.member("flop", of.work.flop);
  json.member("items", of.work.items);
  json.member("status", word_in(status_words, point.status));
  const bool measured = point.status == PointStatus::measured;
  json.member("seconds", measured ? std::optional(point.times.median) : std::nullopt);
  json.member("seconds_low", measured ? std::optional(point.times.low) : std::nullopt);
  json.member("seconds_high", measured ? std::optional(point.times.high) : std::nullopt);
  json.member("noise", measured ? std::optional(point.times.noise) : std::nullopt);
  json.member("samples", point.times.count);
  json.member("why", point.why);
  json.close();
}

void write_roofs(JsonWriter& json, const char* name, const Roofs& roofs) {
  json.key(name);
  json.open_object(JsonWriter::Layout::inline_);
  json.member("bytes_per_s", roofs.bandwidth);
  json.member("flop_per_s", roofs.compute);
  json.close();
}

void write_backend(JsonWriter& json, const ComparedBackend& compared) {
  const BackendResult& backend = *compared.backend;
  json.open_object();
  json.member("backend", backend.id);
  json.member("device", backend.device);
  json.member("entry", backend.entry);
  json.member("driver", backend.version);
  json.member("stopped", backend.stopped);
  write_condition(json, backend.condition);
  write_roofs(json, "datasheet", compared.datasheet);
  write_roofs(json, "measured", compared.measured);
  json.list("rates", compared.rates, write_rate);
  json.list("points", backend.points, write_point);
  json.close();
}

}  // namespace

std::string calibration_text(const CalibrationView& view, const TextStyle& style) {
  Page head(style);
  print_head(head, view.profile);
  std::string text = head.take();
  for (const ComparedBackend& backend : view.compared)
    text += backend_text(backend, !view.earlier.empty(), style);
  if (view.absent.empty()) return text;
  Page rest(style);
  rest.heading("Not here");
  for (const std::string& line : view.absent)
    rest.paragraph(page_margin, page_margin + 2, {{line, Ink::faint}});
  return text + rest.take();
}

std::string calibration_json(const CalibrationView& view) {
  const Profile& profile = view.profile;
  JsonWriter json;
  json.open_object();
  json.member("name", profile.name);
  json.member("date", profile.date);
  json.member("program", profile.program);
  json.member("depth", profile.depth);
  json.key("machine");
  json.open_object();
  json.member("product", profile.machine.product);
  json.member("cpu", profile.machine.cpu);
  json.member("cores", profile.machine.cores);
  json.member("threads", profile.machine.threads);
  json.member("memory_bytes", profile.machine.memory.base());
  json.texts("gpus", profile.machine.gpus);
  json.close();
  json.list("earlier", view.earlier, [](JsonWriter& item, const Profile& earlier) {
    item.open_object(JsonWriter::Layout::inline_);
    item.member("name", earlier.name);
    item.member("date", earlier.date);
    item.close();
  });
  json.list("backends", view.compared, write_backend);
  json.texts("absent", view.absent);
  json.close();
  return json.take();
}

}  // namespace plimsoll::cli
