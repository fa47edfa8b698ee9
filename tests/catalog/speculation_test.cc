// What drafts for speculative decoding are worth: the table, the key of an engine, and what is
// shipped.
#include "data_fixture.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

const SourcePlace asked_for_drafts{.file = "scenario.yaml", .line = 3, .column = 8};

TEST_CASE_METHOD(CatalogFixture, "the table of acceptances", "[catalog][savings]") {
  data.write_all();
  data.write("hwdb/speculation.yaml",
             "kind: speculation\nacceptance:\n"
             "  mtp: {value: 0.8, range: [0.7, 0.9], source: S, status: measured}\n");
  Diagnostics problems;
  const SpeculationTable& table = catalog().speculation(problems);
  REQUIRE(table.acceptance.size() == 1);
  CHECK(table.acceptance.at(DraftKind::mtp).value == 0.8);
  CHECK(table.acceptance.at(DraftKind::mtp).high == 0.9);
  catalog().check_all(problems);
  CHECK(problems.empty());
}

TEST_CASE_METHOD(CatalogFixture, "a chance above one is refused", "[catalog][savings]") {
  data.write_all();
  data.write("hwdb/speculation.yaml",
             "kind: speculation\nacceptance:\n  mtp: {value: 1.2, source: S, status: measured}\n");
  Diagnostics problems;
  catalog().speculation(problems);
  REQUIRE(problems.sorted().size() == 1);
  CHECK(problems.sorted()[0].code == "out-of-range");
}

TEST_CASE_METHOD(CatalogFixture, "how an engine speculates", "[catalog][savings]") {
  data.write_all();
  Diagnostics problems;
  const EngineSpec* plain = catalog().engine("engine-a", asked_for_drafts, problems);
  REQUIRE(plain);
  CHECK(plain->speculative.drafts.empty());
  const DataFixture other;
  other.write_all();
  other.write("hwdb/engines/engine-a.yaml",
              valid_engine + "speculative: {drafts: [eagle, model], one_step: true, source: S}\n");
  Catalog second({other.folders()});
  const EngineSpec* engine = second.engine("engine-a", asked_for_drafts, problems);
  REQUIRE(engine);
  CHECK(engine->speculative.drafts == std::vector<DraftKind>{DraftKind::eagle, DraftKind::model});
  CHECK(engine->speculative.one_step);
}

TEST_CASE("shipped acceptances are chances with a width", "[catalog][shipped][savings]") {
  const std::filesystem::path root = PLIMSOLL_SOURCE_DIR;
  Catalog catalog({{.hwdb = root / "hwdb", .models = root / "models"}});
  Diagnostics problems;
  const SpeculationTable& table = catalog.speculation(problems);
  CHECK(problems.empty());
  CHECK(table.acceptance.size() == 4);
  for (const auto& [kind, chance] : table.acceptance) {
    REQUIRE((chance.low && chance.high));
    CHECK(0.0 < *chance.low);
    CHECK(*chance.low < chance.value);
    CHECK(chance.value < *chance.high);
    CHECK(*chance.high < 1.0);
    CHECK(chance.from.status == FigureStatus::measured);
  }
}

}  // namespace
}  // namespace plimsoll
