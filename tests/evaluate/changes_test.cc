// Single changes: the one that makes it fit, and the ranked ones.
#include "evaluate/changes.h"

#include <algorithm>
#include <string>
#include <vector>

#include "evaluate/prepared_fixture.h"

namespace plimsoll {
namespace {

// The overrides a change prints, applied to the very options the user gave.
Outcome with_change(const Options& options, const Change& change) {
  return outcome_of(options, change.set);
}

TEST_CASE("a repair is one change and its figures are those of the changed scenario",
          "[evaluate]") {
  struct Case {
    const char* kind;
    Options options;
  };
  const Case cases[] = {
      // 38.4 of 48 GiB for the GPU by default; the weights of 70B in Q4_K_M are 42.5 GB.
      {"memory limit",
       {{"model", "llama-3.1-70b"},
        {"quantization", "q4_k_m"},
        {"system", "macbook-pro-16-m3-max-48gb"},
        {"placement", "single"}}},
      {"context",
       {{"model", "llama-3.1-8b"},
        {"quantization", "q8_0"},
        {"system", "rtx-4090-pc"},
        {"context", "131072"},
        {"batch", "2"},
        {"placement", "single"}}},
  };
  for (const Case& c : cases) {
    INFO(c.kind);
    const Outcome outcome = outcome_of(c.options);
    REQUIRE(outcome.verdict == Verdict::fits_with_changes);
    REQUIRE(outcome.applied_change.has_value());
    CHECK(outcome.applied_change->kind == c.kind);
    CHECK(outcome.applied_change->set.size() == 1);
    CHECK(outcome.short_by > Bytes());
    const Outcome changed = with_change(c.options, *outcome.applied_change);
    CHECK(changed.verdict == Verdict::fits);
    CHECK(changed.decode_tokens_per_second == outcome.decode_tokens_per_second);
    CHECK(changed.prefill_tokens_per_second == outcome.prefill_tokens_per_second);
    CHECK(changed.total_time_s == outcome.total_time_s);
    CHECK(changed.start_command == outcome.start_command);
  }
}

TEST_CASE("what a ranked change promises is what it does", "[evaluate]") {
  const Options options{
      {"model", "qwen3-30b-a3b"}, {"quantization", "q4_k_m"}, {"system", "rtx-4090-2x"}};
  const Outcome outcome = outcome_of(options, {}, true);
  REQUIRE(outcome.changes.size() >= 3);
  for (const Change& change : outcome.changes) {
    INFO(change.description);
    REQUIRE_FALSE(change.set.empty());
    if (change.verdict != Verdict::fits) continue;
    const Outcome changed = with_change(options, change);
    CHECK(changed.verdict == Verdict::fits);
    // Ranking looks at the token in the middle of the answer, the outcome at the mean over it.
    CHECK(changed.decode_tokens_per_second->value ==
          Approx(change.decode_tokens_per_second->value).epsilon(1e-3));
  }
}

TEST_CASE("lossy changes carry their warning and do not lead", "[evaluate]") {
  for (const Options& options :
       {Options{{"model", "mixtral-8x7b"}, {"quantization", "q3_k_m"}, {"system", "rtx-4090-pc"}},
        Options{{"model", "gpt-oss-120b"}, {"system", "macbook-pro-16-m3-max-48gb"}},
        Options{{"model", "qwen3-30b-a3b"}, {"quantization", "q3_k_m"}, {"system", "rtx-4090-pc"}},
        Options{
            {"model", "llama-3.1-8b"}, {"quantization", "q4_k_m"}, {"system", "rtx-4090-pc"}}}) {
    const Outcome outcome = outcome_of(options, {}, true);
    INFO(options.front().second);
    bool harmless = false;
    for (const Change& change : outcome.changes) {
      harmless = harmless || change.warning.empty();
      if (change.kind == "experts") CHECK_FALSE(change.warning.empty());
      for (const std::string& set : change.set)
        if (set.find("quantization=q2") == 0 || set.find("quantization=iq2") == 0 ||
            set.find("quantization=iq1") == 0)
          CHECK_FALSE(change.warning.empty());
    }
    if (harmless) CHECK(outcome.changes.front().warning.empty());
  }
}

TEST_CASE("quality is warned of below three bits and below the trained experts", "[evaluate]") {
  CHECK_FALSE(quality_warning(2.06, false).empty());
  CHECK_FALSE(quality_warning(2.96, false).empty());
  CHECK(quality_warning(3.0, false).empty());
  CHECK(quality_warning(4.5, false).empty());
  CHECK_FALSE(quality_warning(16, true).empty());
}

TEST_CASE("fewer experts than trained are noted whoever asked", "[evaluate]") {
  const auto notes = [](const std::vector<std::string>& set) {
    return outcome_of(
               {{"model", "qwen3-30b-a3b"}, {"quantization", "q4_k_m"}, {"system", "rtx-4090-pc"}},
               set)
        .notes.size();
  };
  CHECK(notes({"experts_per_token=4"}) == notes({}) + 1);
  CHECK(notes({"experts_per_token=8"}) == notes({}));
}

}  // namespace
}  // namespace plimsoll
