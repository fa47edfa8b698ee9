// What a validation prints: groups, the farthest points and reasons as text, every point as JSON.
#include "report/validation_report.h"

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.h"

namespace plimsoll {
namespace {

using Catch::Contains;
using nlohmann::json;

ValidationPoint point(const std::string& id, double measured, double predicted) {
  return {.id = id,
          .metric = "checkpoint_bytes",
          .group = "some_group",
          .measured = measured,
          .rounding = 0.0,
          .predicted = Estimate{predicted, 0.99 * predicted, 1.01 * predicted},
          .aim = 0.005,
          .status = ValidationStatus::ok,
          .why = {}};
}

std::vector<ValidationPoint> sample() {
  ValidationPoint doubtful = point("doubtful", 1e9, 2e9);
  doubtful.status = ValidationStatus::suspect;
  ValidationPoint unknown = point("unknown", 1e9, 1e9);
  unknown.status = ValidationStatus::unresolved;
  unknown.predicted.reset();
  unknown.why = "no model 'x'";
  ValidationPoint derived = point("derived", 1e9, 1.03e9);
  derived.why = "recipe-unknown";
  return {point("exact", 1e9, 1e9), derived, doubtful, unknown};
}

TEST_CASE("JSON holds every point with the keys of the documentation", "[validate][report]") {
  const json document =
      json::parse(validation_json({"file.yaml"}, {.footprints = sample(), .speeds = {}}));
  CHECK(document["files"] == json::array({"file.yaml"}));
  CHECK_FALSE(document.contains("summary"));
  REQUIRE(document["points"].size() == 4);
  for (const json& each : document["points"]) {
    for (const char* key :
         {"id", "metric", "group", "measured", "predicted", "low", "high", "status", "why"}) {
      INFO(key);
      CHECK(each.contains(key));
    }
  }
  const json& derived = document["points"][1];
  CHECK(derived["predicted"] == 1.03e9);
  CHECK(derived["status"] == "ok");
  CHECK(derived["why"] == "recipe-unknown");
  CHECK(document["points"][2]["status"] == "suspect");
  const json& unknown = document["points"][3];
  CHECK(unknown["status"] == "unresolved");
  CHECK(unknown["predicted"].is_null());
  CHECK(unknown["low"].is_null());
  // Two are judged: errors 0 and 3 %, of which the second is outside aim and interval.
  REQUIRE(document["groups"].size() == 1);
  const json& group = document["groups"][0];
  CHECK(group["points"] == 4);
  CHECK(group["ok"] == 2);
  CHECK(group["suspect"] == 1);
  CHECK(group["unresolved"] == 1);
  CHECK(group["within_aim"] == 0.5);
  CHECK(group["covered"] == 0.5);
  CHECK(group["p90_absolute_error"].get<double>() == Approx(0.03));
}

TEST_CASE("text counts groups, shows misses and gives reasons", "[validate][report]") {
  for (const int width : {80, 140}) {
    const Validation validation{.footprints = sample(), .speeds = {}};
    const std::string text = validation_text({"file.yaml"}, validation, {}, {.width = width});
    INFO(text);
    CHECK_THAT(text, Contains("4 published points, 2 judged"));
    CHECK_THAT(text, Contains("checkpoint bytes") && Contains("some group"));
    CHECK_THAT(text, Contains("2 of 4") && Contains("50 % in 0.5 %"));
    CHECK_THAT(text, Contains("derived") && Contains("+3 %") && Contains("recipe-unknown"));
    CHECK_THAT(text, Contains("unresolved: no model 'x'"));
    CHECK_THAT(text, !Contains("doubtful") && !Contains("\n\n\n"));
    std::istringstream lines(
        validation_text({"f"}, validation, {}, {.width = width, .unicode = false}));
    for (std::string line; std::getline(lines, line);)
      CHECK(line.size() <= static_cast<std::size_t>(width));
  }
}

}  // namespace
}  // namespace plimsoll
