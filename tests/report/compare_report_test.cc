#include "report/compare_report.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "report/characters.h"
#include "report/compare_content.h"
#include "report/random_outcome.h"
#include "report/sample_outcomes.h"
#include "support/catch.h"
#include "support/lines.h"

using namespace plimsoll;
using namespace plimsoll::test;
using Catch::Contains;
using nlohmann::json;

namespace {

const OutcomeFigure* figure(std::string_view key) {
  for (const OutcomeFigure& each : outcome_figures)
    if (each.key == key) return &each;
  return nullptr;
}

// Invented numbers: of three scenarios the second is 1.5 times as fast, the third does not fit.
Comparison sample() {
  Comparison comparison;
  comparison.scenarios = {
      {.label = "A", .name = "first", .file = "a.yaml", .outcome = fitting_outcome()},
      {.label = "B", .name = "second", .file = "b.yaml", .outcome = fitting_outcome()},
      {.label = "C", .name = "third", .file = "", .outcome = unfitting_outcome()}};
  comparison.scenarios[1].against_first = {
      {.figure = figure("decode_tokens_per_second"), .ratio = {1.5, 1.2, 1.88}, .clear = true},
      {.figure = figure("time_to_first_token_s"), .ratio = {1.1, 0.9, 1.34}, .clear = false},
      {.figure = figure("price_usd"), .ratio = Estimate::exact(1.0), .clear = false}};
  comparison.differences = {{.field = "workload.batch", .values = {"8", "16", "1"}}};
  return comparison;
}

Comparison many(std::size_t count) {
  Comparison comparison = sample();
  while (comparison.scenarios.size() < count) {
    const std::size_t i = comparison.scenarios.size();
    comparison.scenarios.push_back(comparison.scenarios[1]);
    comparison.scenarios.back().label = std::string(1, static_cast<char>('A' + i));
    comparison.differences[0].values.push_back("1" + std::to_string(i));
  }
  return comparison;
}

}  // namespace

TEST_CASE("what differs, side by side and against the first", "[report][compare]") {
  const std::string text = compare_text(sample(), narrow_page);
  CHECK_THAT(text, Catch::StartsWith("A first\n"));
  CHECK_THAT(text, Contains("\nWhat differs "));
  CHECK_THAT(text, Contains("workload.batch  8") && Contains("  16"));
  CHECK_THAT(text, Contains("decode, each sequence") && Contains("50.0 token/s"));
  CHECK_THAT(text, Contains("40.0 … 62.5"));
  CHECK_THAT(text, Contains("1.50x  (1.20x … 1.88x)  clear\n"));
  CHECK_THAT(text, Contains("1.10x  (0.90x … 1.34x)  within the uncertainty\n"));
  CHECK_THAT(text, Contains("the same\n"));
  CHECK_THAT(text, Contains("  C  no figure in common\n"));
  CHECK_THAT(text, Contains("A difference is clear when"));
  CHECK_THAT(compare_text(many(2), narrow_page), !Contains("What differs ─ nothing"));
}

TEST_CASE("no line is wider than the page, whatever is compared", "[report][compare]") {
  for (const std::size_t count : {3U, 4U, 7U, 20U}) {
    for (const int width : {80, 100, 140}) {
      for (const bool unicode : {true, false}) {
        CAPTURE(count, width, unicode);
        const std::string text =
            compare_text(many(count), {.width = width, .colour = false, .unicode = unicode});
        for (const std::string& line : lines_of(text)) {
          INFO(line);
          REQUIRE(terminal_columns(line) <= width);
          REQUIRE((line.empty() || line.back() != ' '));
        }
      }
    }
  }
}

TEST_CASE("more scenarios than the page holds come in blocks that begin with the first",
          "[report][compare]") {
  std::vector<std::string> titles;
  for (const std::string& line : lines_of(compare_text(many(6), narrow_page))) {
    const auto start = line.find_first_not_of(' ');
    if (start != std::string::npos && start > 10 &&
        line.find_first_not_of(" ABCDEF") == std::string::npos)
      titles.push_back(line.substr(start));
  }
  for (const std::string& title : titles) CHECK(title.front() == 'A');
  for (const char label : {'B', 'C', 'D', 'E', 'F'}) {
    const auto holds = [&](const std::string& title) {
      return title.find(label) != std::string::npos;
    };
    CHECK(std::count_if(titles.begin(), titles.end(), holds) == 2);  // questions and outcomes
  }
}

TEST_CASE("a comparison as JSON", "[report][compare]") {
  const json document = json::parse(compare_json(sample()));
  CHECK(document["schema_version"] == 1);
  CHECK(document["criterion"].get<std::string>().find("90 %") != std::string::npos);
  REQUIRE(document["scenarios"].size() == 3);
  CHECK(document["scenarios"][0]["label"] == "A");
  CHECK(document["scenarios"][0]["decode_tokens_per_second"]["low"] == 40.0);
  CHECK(document["scenarios"][2]["verdict"] == "does-not-fit");
  CHECK(document["scenarios"][2]["decode_tokens_per_second"].is_null());
  CHECK(document["differences"][0]["field"] == "workload.batch");
  CHECK(document["differences"][0]["values"] == json({"8", "16", "1"}));
  REQUIRE(document["against_first"].size() == 2);
  const json& decode = document["against_first"][0]["figures"][0];
  CHECK(decode["figure"] == "decode_tokens_per_second");
  CHECK(decode["ratio"] == 1.5);
  CHECK(decode["high"] == 1.88);
  CHECK(decode["clear"] == true);
  CHECK(document["against_first"][1]["figures"].empty());
}

TEST_CASE("a comparison as Markdown", "[report][compare]") {
  const std::string page = compare_markdown(sample());
  CHECK_THAT(page, Catch::StartsWith("# Scenarios side by side\n"));
  CHECK_THAT(page, Contains("| workload.batch | 8 | 16 | 1 |"));
  CHECK_THAT(page, Contains("| B | decode, each sequence | 1.50x | 1.20x … 1.88x | clear |"));
}

TEST_CASE("hostile names cannot steer the terminal", "[report][compare]") {
  Comparison comparison = sample();
  comparison.scenarios[0].name = "evil\033[2Jname\nnext";
  comparison.differences[0].values[1] = "\033]0;title\a";
  const std::string text = compare_text(comparison, narrow_page);
  CHECK(text.find('\033') == std::string::npos);
  CHECK(text.find('\a') == std::string::npos);
}
