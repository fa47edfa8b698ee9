#include "presenters/changes_table.h"

#include "report/report_content.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::gui;

namespace {

Outcome with_changes() {
  Outcome outcome{.verdict = Verdict::fits};
  outcome.decode_tokens_per_second = Estimate{50.0, 40.0, 60.0};
  outcome.throughput_tokens_per_second = Estimate{50.0, 40.0, 60.0};
  outcome.changes = {
      {.description = "quantization Q8_0 to Q4_K_M",
       .kind = "quantization",
       .set = {"quantization=q4_k_m"},
       .verdict = Verdict::fits,
       .decode_tokens_per_second = Estimate{75.0, 60.0, 90.0},
       .decode_factor = 1.5,
       .warning = "worse answers"},
      {.description = "decode 8 sequences together",
       .kind = "batch",
       .set = {"workload.batch=8"},
       .verdict = Verdict::fits,
       .decode_tokens_per_second = Estimate{25.0, 20.0, 30.0},
       .throughput_tokens_per_second = Estimate{200.0, 160.0, 240.0},
       .decode_factor = 0.5},
      {.description = "another machine", .kind = "system", .verdict = Verdict::does_not_fit}};
  return outcome;
}

}  // namespace

TEST_CASE("rows say what the report says of each change", "[changes_table]") {
  const Outcome outcome = with_changes();
  const std::vector<ChangeRow> rows = change_rows(outcome);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].effect == change_text(outcome.changes[0], outcome).factor);
  CHECK(rows[0].factor == 1.5);
  CHECK(rows[0].tokens_per_second == 75.0);
  CHECK(rows[0].doubtful);
  CHECK(rows[0].remarks.front() == "worse answers");
  CHECK(rows[0].option == "--set quantization=q4_k_m");
  CHECK(rows[0].set == outcome.changes[0].set);
}

TEST_CASE("a batch is sorted by the throughput it shows", "[changes_table]") {
  const std::vector<ChangeRow> rows = change_rows(with_changes());
  CHECK(rows[1].factor == 4.0);  // 200 against 50 token/s
  CHECK(rows[1].tokens_per_second == 200.0);
}

TEST_CASE("what does not fit has no effect and says so", "[changes_table]") {
  const std::vector<ChangeRow> rows = change_rows(with_changes());
  CHECK(rows[2].effect.empty());
  CHECK(rows[2].rate.empty());
  CHECK(rows[2].verdict == "does not fit");
}

TEST_CASE("kinds come once each", "[changes_table]") {
  std::vector<ChangeRow> rows = change_rows(with_changes());
  rows.push_back(rows.front());
  CHECK(kinds_of(rows) == std::vector<std::string>{"quantization", "batch", "system"});
}
