#include "presenters/comparison.h"

#include <algorithm>

#include "report/compare_content.h"
#include "scenario/scenario_edit.h"
#include "shipped.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::gui;

namespace {

ScenarioSpec gemma(const std::string& quantization) {
  return scenario_from_options(
      {{"model", "gemma-2b"}, {"quantization", quantization}, {"system", "rtx-4090-pc"}}, {});
}

}  // namespace

TEST_CASE("pins are named by what they ask", "[comparison]") {
  CHECK(pin_name(gemma("q8_0")) == "gemma-2b q8_0 on rtx-4090-pc");
  ScenarioSpec named = gemma("q8_0");
  named.name = "desk";
  CHECK(pin_name(named) == "desk");
  CHECK(pin_name(with_overrides(gemma("q8_0"), {"system=3x rtx-4090-pc"})) ==
        "gemma-2b q8_0 on 3x rtx-4090-pc");
  CHECK(pin_name({}) == "no model");
  CHECK(unused_name("a", {{.name = "a", .spec = {}}, {.name = "a (2)", .spec = {}}}) == "a (3)");
}

TEST_CASE("pins side by side are the engine's comparison", "[comparison]") {
  const auto catalog = new_shipped_catalog();
  const std::vector<Pin> pins = {{.name = "large", .spec = gemma("q8_0")},
                                 {.name = "broken", .spec = gemma("no such")},
                                 {.name = "small", .spec = gemma("q4_k_m")}};
  const PinnedComparison pinned = compare_pins(pins, *catalog);
  CHECK(pinned.columns == std::vector<std::size_t>{0, 2});
  REQUIRE(pinned.problems.size() == 1);
  CHECK(pinned.problems.front().starts_with("broken: "));
  CHECK(pinned.table.names == std::vector<std::string>{"large", "small"});

  const Comparison direct = compare({{.name = "large", .file = {}, .spec = pins[0].spec},
                                     {.name = "small", .file = {}, .spec = pins[2].spec}},
                                    *catalog);
  const std::vector<CompareRow> lines = compare_rows(direct);
  const auto& rows = pinned.table.rows;
  REQUIRE(rows.size() == direct.differences.size() + lines.size());
  CHECK(rows.front().part == ComparisonPart::question);
  const auto decode = std::find_if(rows.begin(), rows.end(),
                                   [](const ComparisonRow& row) { return row.what == "decode"; });
  REQUIRE(decode != rows.end());
  CHECK(decode->cells[0].ratio.empty());
  const RatioText ratio = ratio_texts(direct, direct.scenarios[1]).front();
  CHECK(decode->cells[1].ratio == ratio.factor + " (" + ratio.interval + ")");
  CHECK(decode->cells[1].clear == ratio.clear);
  CHECK(decode->estimates[1] == direct.scenarios[1].outcome.decode_tokens_per_second);
}

TEST_CASE("one pin, none, or only broken ones compare to what there is", "[comparison]") {
  const auto catalog = new_shipped_catalog();
  CHECK(compare_pins({}, *catalog).table.rows.empty());
  CHECK(compare_pins({{.name = "x", .spec = {}}}, *catalog).problems.size() == 2);
  const PinnedComparison one = compare_pins({{.name = "x", .spec = gemma("q8_0")}}, *catalog);
  CHECK(one.table.names.size() == 1);
  CHECK(std::all_of(one.table.rows.begin(), one.table.rows.end(),
                    [](const ComparisonRow& row) { return row.part == ComparisonPart::answer; }));
}
