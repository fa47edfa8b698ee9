#include "presenters/problems.h"

#include "presenters/scenario_fields.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::gui;

namespace {

// The model stands in a file, the batch was set in the window.
ScenarioSpec scenario() {
  ScenarioSpec spec;
  spec.model = {.value = "x", .place = {.file = "/f/a.yaml", .line = 2, .column = 8}};
  spec.batch = {.value = 4};
  return spec;
}

}  // namespace

TEST_CASE("fields without a place are their own", "[scenario_fields]") {
  const ScenarioSpec placed = with_field_places(scenario());
  CHECK(placed.batch.place == SourcePlace{.file = "workload.batch"});
  CHECK(placed.model.place == scenario().model.place);
  CHECK(placed.prompt.place == SourcePlace{});
  CHECK(to_yaml(placed) == to_yaml(scenario()));
}

TEST_CASE("a place leads to its field", "[scenario_fields]") {
  CHECK(field_at(scenario(), {.file = "/f/a.yaml", .line = 2, .column = 8}) == "model");
  CHECK(field_at(scenario(), {.file = "workload.batch"}) == "workload.batch");
  CHECK(field_at(scenario(), {.file = "/f/a.yaml", .line = 3, .column = 8}).empty());
  CHECK(field_at(scenario(), {}).empty());
}

TEST_CASE("problems: errors first, with their words and where to go", "[problems]") {
  const std::vector<ProblemRow> rows = problem_rows(
      {{.severity = Severity::warning, .message = "old", .expected = {}, .suggestion = {}},
       {.place = {.file = "/f/a.yaml", .line = 2, .column = 8},
        .message = "there is no model 'x'",
        .expected = "a model",
        .suggestion = "y"},
       {.place = {.file = "/f/b.yaml", .line = 7}, .message = "broken"},
       {.place = {.file = "workload.batch"}, .message = "too many"}},
      scenario());
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].text == "there is no model 'x'; expected a model; did you mean 'y'?");
  CHECK(rows[0].where == "a.yaml:2:8");
  CHECK(rows[0].field == "model");
  CHECK(rows[1].where == "b.yaml:7");
  CHECK(rows[1].field.empty());
  CHECK(rows[1].place.line == 7);
  CHECK(rows[2].where == "workload.batch");
  CHECK(rows[2].place == SourcePlace{});
  CHECK(rows[3].severity == Severity::warning);
}
