// Summaries of predicted speeds, and what is printed and drawn of them.
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "report/validation_report.h"
#include "support/catch.h"
#include "validate/speed_summary.h"

namespace plimsoll {
namespace {

using Catch::Contains;
using nlohmann::json;

SpeedPoint measured_speed(const std::string& id, double value, double prediction) {
  return {.id = id,
          .metric = "decode_tps",
          .device = "gpu-" + id.substr(0, 1),
          .variant = {},
          .model = "some-model",
          .engine = "some-engine",
          .backend = "cuda",
          .placement = {},
          .measured = value,
          .predicted = Estimate{prediction, 0.8 * prediction, 1.25 * prediction},
          .status = ValidationStatus::ok,
          .reason = {},
          .why = {}};
}

SpeedPoint without_prediction(const std::string& id, ValidationStatus status,
                              const std::string& reason) {
  SpeedPoint point = measured_speed(id, 10, 10);
  point.predicted.reset();
  point.status = status;
  point.reason = reason;
  point.why = "because of " + reason;
  return point;
}

// Errors of +100 % and -10 %, one in doubt, two without prediction, a measurement of a part.
std::vector<SpeedPoint> speeds() {
  SpeedPoint doubtful = measured_speed("c-doubtful", 10, 1000);
  doubtful.status = ValidationStatus::suspect;
  SpeedPoint part = without_prediction("f-part", ValidationStatus::unsupported, "micro");
  part.metric = "micro";
  SpeedPoint offload =
      without_prediction("e-offload", ValidationStatus::unsupported, "does-not-fit");
  offload.placement = "partial_offload";
  return {measured_speed("a-1", 10, 20),
          measured_speed("b-1", 10, 9),
          doubtful,
          without_prediction("d-1", ValidationStatus::unresolved, "unresolved-model"),
          offload,
          part};
}

TEST_CASE("what is not predicted counts as wrong by 100 % in the headline", "[validate][speed]") {
  const SpeedSummary summary = summarise_speeds(speeds());
  CHECK(summary.counts.points == 5);
  CHECK(summary.parts == 1);
  CHECK(summary.counts.judged == 2);
  CHECK(summary.counts.suspect == 1);
  CHECK(summary.judged_share == 0.5);
  CHECK(summary.errors.mean_error == Approx((1.0 + 0.1) / 2));
  CHECK(summary.headline_mean_error == Approx((1.0 + 0.1 + 1.0 + 1.0) / 4));
  CHECK(summary.headline_median_error == Approx(1.0));
  CHECK(summary.suspect_errors.mean_error == Approx(99.0));
}

TEST_CASE("engines and placements with much unsupported are named", "[validate][speed]") {
  std::vector<SpeedPoint> points = speeds();
  // Of the engine one of four is unsupported, of the placement the only one.
  const SpeedSummary summary = summarise_speeds(points);
  REQUIRE(summary.poor_support.size() == 2);
  CHECK(summary.poor_support[0].kind == "engine");
  CHECK(summary.poor_support[0].unsupported == 1);
  CHECK(summary.poor_support[0].points == 4);
  CHECK(summary.poor_support[1].name == "partial_offload");
  // One of five is allowed.
  points.push_back(measured_speed("a-2", 10, 10));
  REQUIRE(summarise_speeds(points).poor_support.size() == 1);
}

TEST_CASE("groups with the largest error come first", "[validate][speed]") {
  const std::vector<SpeedPoint> points = speeds();
  auto groups = errors_by(pointers_to(points), group_of);
  worst_first(groups);
  REQUIRE(groups.size() == 6);
  CHECK(groups[0].key.device == "gpu-a");
  CHECK(groups[1].key.device == "gpu-b");
  CHECK(groups[2].errors.points == 0);
}

TEST_CASE("JSON of speeds holds points, summary and groups", "[validate][report]") {
  const json document =
      json::parse(validation_json({"a.yaml", "b.yaml"}, {.footprints = {}, .speeds = speeds()}));
  CHECK(document["files"].size() == 2);
  REQUIRE(document["points"].size() == 6);
  for (const json& each : document["points"])
    for (const char* key :
         {"id", "metric", "group", "measured", "predicted", "low", "high", "status", "why",
          "reason", "device", "engine", "backend", "model", "moe", "devices"}) {
      INFO(key);
      CHECK(each.contains(key));
    }
  const json& first = document["points"][0];
  CHECK(first["predicted"] == 20.0);
  CHECK(first["error"].get<double>() == Approx(1.0));
  CHECK(first["covered"] == false);
  CHECK(document["points"][4]["predicted"].is_null());
  CHECK(document["points"][4]["reason"] == "does-not-fit");
  const json& summary = document["summary"];
  CHECK(summary["points"] == 5);
  CHECK(summary["ok"] == 2);
  CHECK(summary["ok_share"] == 0.5);
  CHECK(summary["headline_mean_absolute_error"].get<double>() == Approx(3.1 / 4));
  CHECK(summary["cells"].size() == 1);
  CHECK(document["groups"].size() == 5);
  CHECK(document["groups"][0]["bias"].get<double>() == Approx(1.0));
  CHECK(document["groups"][4]["bias"].is_null());
}

TEST_CASE("text of speeds names biased groups and fits the page", "[validate][report]") {
  const Validation validation{.footprints = {}, .speeds = speeds()};
  for (const int width : {80, 140}) {
    for (const GroupBy by : {GroupBy::engine, GroupBy::group, GroupBy::device, GroupBy::cell}) {
      const std::string text = validation_text({"f"}, validation, {.by = by}, {.width = width});
      INFO(text);
      CHECK_THAT(text, Contains("5 published speeds") && Contains("Biased by more than 10 %") &&
                           Contains("gpu-a +100 %") && Contains("unresolved-model") &&
                           Contains("partial_offload (1 of 1)"));
      std::istringstream lines(
          validation_text({"f"}, validation, {.by = by}, {.width = width, .unicode = false}));
      for (std::string line; std::getline(lines, line);)
        CHECK(line.size() <= static_cast<std::size_t>(width));
    }
  }
  // A bias of 10 % exactly is not named.
  CHECK_THAT(validation_text({"f"}, validation, {}, {}), !Contains("gpu-b -10"));
}

TEST_CASE("CSV has one line for each point with as many cells", "[validate][report]") {
  std::istringstream lines(validation_csv({.footprints = {}, .speeds = speeds()}));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    int cells = 1;
    bool quoted = false;
    for (const char c : line) {
      if (c == '"') quoted = !quoted;
      if (c == ',' && !quoted) ++cells;
    }
    CHECK(cells == 18);
  }
  CHECK(count == 7);
}

TEST_CASE("the Markdown tables hold cells and engines", "[validate][report]") {
  const std::string text = validation_markdown({.footprints = {}, .speeds = speeds()});
  CHECK_THAT(text, Contains("| cell ") && Contains("| engine ") &&
                       Contains("decode, single, dense") &&
                       Contains("| some-engine | decode | dense |"));
}

TEST_CASE("the picture holds every judged point and only those", "[validate][report]") {
  std::vector<SpeedPoint> points = speeds();
  points[1].id = "b-<&>";
  const std::string svg = validation_plot({.footprints = {}, .speeds = points});
  std::size_t dots = 0;
  for (std::size_t at = svg.find("<title>"); at != std::string::npos;
       at = svg.find("<title>", at + 1))
    ++dots;
  CHECK(dots == 2);
  CHECK_THAT(svg, Catch::StartsWith("<svg ") && Catch::EndsWith("</svg>\n") &&
                      Contains("prefers-color-scheme: dark") && Contains("b-&lt;&amp;&gt;") &&
                      !Contains("doubtful"));
  // From 1 to 100 both ways, 682 pixels from (78, 774): 10 measured and 20 predicted lie at half
  // of the width and 0.6505 of the height.
  CHECK_THAT(svg, Contains("cx=\"419\" cy=\"330.3\""));
  CHECK_THAT(validation_plot({}), Catch::EndsWith("</svg>\n"));
}

}  // namespace
}  // namespace plimsoll
