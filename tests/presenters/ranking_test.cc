#include "presenters/ranking.h"

#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::gui;

namespace {

RankedModel fast() {
  return {.model_id = "a",
          .model = "Alpha",
          .quantization = "Q8_0",
          .verdict = Verdict::fits,
          .memory = Bytes(2e9),
          .largest_context = 131072,
          .decode_tokens_per_second = Estimate{.value = 100, .low = 80, .high = 125},
          .time_to_first_token_s = Estimate{.value = 0.5, .low = 0.4, .high = 0.6}};
}

RankedModel too_large() {
  return {.model_id = "b", .model = "Beta", .memory = Bytes(9e11), .warning = "few bits"};
}

}  // namespace

TEST_CASE("a row of the ranking has the engine's words and figures", "[ranking]") {
  const std::vector<RankingRow> rows = ranking_rows({fast(), too_large()});
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].runs);
  CHECK(rows[0].cell(RankingColumn::verdict).text == "fits");
  CHECK(rows[0].cell(RankingColumn::speed).text == "100 token/s (80 … 125)");
  CHECK(rows[0].cell(RankingColumn::context).text == "131,072");
  CHECK_FALSE(rows[1].runs);
  CHECK(rows[1].cell(RankingColumn::speed).text.empty());
  CHECK(rows[1].cell(RankingColumn::context).text.empty());
  CHECK(rows[1].warning == "few bits");
}

TEST_CASE("columns sort the better above, what is not known last", "[ranking]") {
  RankedModel slow = fast();
  slow.model = "Zeta";
  slow.decode_tokens_per_second = Estimate::exact(10);
  slow.time_to_first_token_s = Estimate::exact(0.1);
  const std::vector<RankingRow> rows = ranking_rows({fast(), slow, too_large()});
  const auto above = [&](std::size_t a, std::size_t b, RankingColumn column) {
    return ranks_above(rows[a], rows[b], column) && !ranks_above(rows[b], rows[a], column);
  };
  CHECK(above(0, 1, RankingColumn::model));
  CHECK(above(0, 1, RankingColumn::speed));
  CHECK(above(1, 0, RankingColumn::first_token));  // the shorter wait
  CHECK(above(1, 2, RankingColumn::speed));
  CHECK(above(1, 2, RankingColumn::first_token));
  CHECK(above(0, 2, RankingColumn::verdict));
  CHECK(above(2, 0, RankingColumn::memory));
}
