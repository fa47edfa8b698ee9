#include "report/ranking_report.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/quantity_text.h"
#include "report/json_estimate.h"
#include "report/json_writer.h"
#include "report/markdown_page.h"
#include "report/report_content.h"
#include "report/report_json.h"

namespace plimsoll {
namespace {

bool runs(const RankedModel& model) {
  return model.verdict != Verdict::does_not_fit;
}

// "128k", "8.2k" of 1024 tokens each, as a table of many models needs short numbers.
std::string context_text(std::int64_t tokens) {
  constexpr std::int64_t k = 1024;
  if (tokens < k) return std::to_string(tokens);
  const std::int64_t tenths = tokens * 10 / k;  // rounded down: that much does fit
  const bool whole = tenths % 10 == 0 || tenths >= 100;
  return std::to_string(tenths / 10) + (whole ? "" : "." + std::to_string(tenths % 10)) + "k";
}

std::string headline(std::span<const RankedModel> models) {
  const auto count = std::count_if(models.begin(), models.end(), runs);
  return count_text(count) + " of " + count_text(static_cast<std::int64_t>(models.size())) +
         " models run on it";
}

FigureText maybe(const std::optional<Estimate>& estimate, FigureText (*text)(const Estimate&)) {
  return estimate ? text(*estimate) : FigureText{};
}

std::string verdict_remark(const RankedModel& model) {
  if (model.verdict == Verdict::fits_with_streaming) return "streams weights from storage";
  if (model.verdict == Verdict::fits_with_changes) return "runs with a change of the scenario";
  return {};
}

std::string value_text(const FigureText& figure) {
  return figure.unit.empty() ? "" : with_unit(figure);
}

// Without the blanks around the dots on a narrow page, so that a model takes one line.
std::string interval_text(const FigureText& figure, bool narrow) {
  if (figure.interval.empty()) return {};
  std::string interval = figure.interval;
  const auto dots = interval.find(" … ");
  if (narrow && dots != std::string::npos) interval.replace(dots, std::string(" … ").size(), "…");
  return "(" + interval + ")";
}

// Warnings that stand below the table once; rows point to them: "!" or, where there are several,
// "!2".
class Footnotes {
 public:
  explicit Footnotes(std::span<const RankedModel> models) {
    for (const RankedModel& model : models) {
      if (runs(model) && !model.warning.empty() && find(model.warning) == texts_.end()) {
        texts_.push_back(model.warning);
      }
    }
  }

  // " !2", to stand after a word.
  std::string mark(const std::string& warning) const {
    return warning.empty() ? "" : " " + sign(warning);
  }

  void print(Page& page) const {
    for (const std::string& text : texts_) {
      page.paragraph(0, 3, {{sign(text), Ink::caution}, {text, Ink::caution}});
    }
  }

 private:
  std::string sign(const std::string& warning) const {
    return texts_.size() == 1 ? "!" : "!" + std::to_string(find(warning) - texts_.begin() + 1);
  }

  std::vector<std::string>::const_iterator find(const std::string& text) const {
    return std::find(texts_.begin(), texts_.end(), text);
  }

  std::vector<std::string> texts_;
};

Row running_row(const RankedModel& model, const Footnotes& footnotes, bool narrow) {
  const FigureText decode = maybe(model.decode_tokens_per_second, rate_text);
  const FigureText first = maybe(model.time_to_first_token_s, time_text);
  Row row{.cells = {{model.model, Ink::strong},
                    {model.quantization + footnotes.mark(model.warning),
                     model.warning.empty() ? Ink::plain : Ink::caution},
                    {print(model.memory)},
                    {context_text(model.largest_context)},
                    {decode.value, Ink::strong},
                    {interval_text(decode, narrow), Ink::faint},
                    {value_text(first)},
                    {interval_text(first, narrow), Ink::faint}}};
  const std::string remark = verdict_remark(model);
  if (!remark.empty()) row.notes.push_back({{remark, Ink::faint}});
  return row;
}

void running_models(Page& page, std::span<const RankedModel> models) {
  if (std::none_of(models.begin(), models.end(), runs)) return;
  const bool narrow = page.width() < 100;
  page.heading("Runs", "token/s and time to first token, with 90 % intervals");
  const Footnotes footnotes(models);
  Table table{.columns = {{.flexible = true},
                          {.flexible = true},
                          {.align = Align::right},
                          {.align = Align::right},
                          {.align = Align::decimal},
                          {},
                          {.align = Align::right},
                          {}},
              .gap = narrow ? 1 : 2};
  table.rows.push_back({.cells = {{"model", Ink::faint},
                                  {"weights", Ink::faint},
                                  {"memory", Ink::faint},
                                  {"ctx", Ink::faint},
                                  {"decode", Ink::faint},
                                  {""},
                                  {"TTFT", Ink::faint},
                                  {""}}});
  for (const RankedModel& model : models) {
    if (runs(model)) table.rows.push_back(running_row(model, footnotes, narrow));
  }
  page.table(0, table);
  footnotes.print(page);
}

void other_models(Page& page, std::span<const RankedModel> models) {
  if (std::all_of(models.begin(), models.end(), runs)) return;
  page.heading("Does not fit", "with the smallest weights there are");
  Table table{.columns = {{.flexible = true}, {.flexible = true}, {.align = Align::right}, {}}};
  for (const RankedModel& model : models) {
    if (runs(model)) continue;
    const bool short_of_memory = model.short_by > Bytes(0.0);
    table.rows.push_back(
        {.cells = {{model.model},
                   {model.quantization},
                   {print(model.memory)},
                   {short_of_memory ? "short by " + print(model.short_by) : "", Ink::bad}}});
    if (!model.warning.empty()) table.rows.back().notes.push_back({{model.warning, Ink::faint}});
  }
  page.table(0, table);
}

void write_model(JsonWriter& json, const RankedModel& model) {
  json.open_object();
  json.member("model_id", model.model_id);
  json.member("model", model.model);
  json.member("quantization", model.quantization);
  json.member("verdict", to_text(model.verdict));
  json.member("memory_bytes", model.memory.base());
  json.member("short_by_bytes", model.short_by.base());
  json.member("largest_context_tokens", model.largest_context);
  json.member("parameters", model.parameters);
  write_estimate(json, "decode_tokens_per_second", model.decode_tokens_per_second);
  write_estimate(json, "time_to_first_token_s", model.time_to_first_token_s);
  json.member("warning", model.warning);
  json.close();
}

std::string figure_or_dash(const FigureText& figure) {
  return figure.unit.empty() ? "–" : with_interval(figure);
}

}  // namespace

std::string ranking_text(std::string_view machine, std::span<const RankedModel> models,
                         const TextStyle& style) {
  Page page(style);
  page.paragraph(0, 2, {{std::string(machine) + ":", Ink::strong}, {headline(models) + "."}});
  running_models(page, models);
  other_models(page, models);
  return page.take();
}

std::string ranking_json(std::string_view machine, std::span<const RankedModel> models) {
  JsonWriter json;
  json.open_object();
  json.member("schema_version", report_schema_version);
  json.member("machine", machine);
  json.list("models", models, write_model);
  json.close();
  return json.take();
}

std::string ranking_markdown(std::string_view machine, std::span<const RankedModel> models) {
  MarkdownPage page;
  page.heading(1, "What runs on " + std::string(machine));
  page.paragraph(markdown_text(headline(models)) + ".");
  constexpr auto right = MarkdownAlign::right;
  MarkdownTable table{.columns = {{"model"},
                                  {"weights"},
                                  {"verdict"},
                                  {"memory", right},
                                  {"largest context", right},
                                  {"decode"},
                                  {"time to first token"},
                                  {"remarks"}}};
  for (const RankedModel& model : models) {
    std::string verdict(to_text(model.verdict));
    if (model.short_by > Bytes(0.0)) verdict += ", short by " + print(model.short_by);
    table.rows.push_back({markdown_text(model.model), markdown_text(model.quantization), verdict,
                          print(model.memory), count_text(model.largest_context),
                          figure_or_dash(maybe(model.decode_tokens_per_second, rate_text)),
                          figure_or_dash(maybe(model.time_to_first_token_s, time_text)),
                          markdown_text(model.warning)});
  }
  page.table(table);
  return page.take();
}

}  // namespace plimsoll
