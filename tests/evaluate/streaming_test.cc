// Scenarios whose experts stay on the drive, from the question to the outcome.
#include <algorithm>
#include <numeric>

#include "evaluate/explain_streaming.h"
#include "evaluate/streamed.h"
#include "prepared_fixture.h"

using namespace plimsoll;

namespace {

const Options laptop = {{"model", "qwen3.5-397b-a17b"},
                        {"system", "macbook-pro-16-m3-max-48gb"},
                        {"engine", "flash-moe"},
                        {"prompt", "20"},
                        {"generate", "60"}};

StreamPass pass(bool prompt, double seconds, double hit_rate, double end) {
  return {.prompt = prompt,
          .end = Seconds(end),
          .time = Seconds(seconds),
          .hit_rate = hit_rate,
          .read = Bytes(10.0 * (1.0 - hit_rate))};
}

double sum_of_shares(const std::vector<TimeShare>& shares) {
  return std::accumulate(shares.begin(), shares.end(), 0.0,
                         [](double sum, const TimeShare& share) { return sum + share.share; });
}

bool mentions(const std::vector<std::string>& notes, const std::string& words) {
  return std::any_of(notes.begin(), notes.end(), [&](const std::string& note) {
    return note.find(words) != std::string::npos;
  });
}

}  // namespace

TEST_CASE("intervals end at 1, 2, 5, 10 … of the prompt and of the answer",
          "[evaluate][streaming]") {
  std::vector<StreamPass> passes;
  double end = 0.0;
  for (int i = 0; i < 3; ++i) passes.push_back(pass(true, 2.0, 0.0, end += 2.0));
  for (int i = 0; i < 7; ++i)
    passes.push_back(pass(false, i < 2 ? 1.0 : 0.5, i < 2 ? 0.5 : 1.0, end += i < 2 ? 1.0 : 0.5));
  const std::vector<StreamingInterval> rows = intervals_of(passes);
  REQUIRE(rows.size() == 7);  // prompt 1, 2, 3; answer 1, 2, 3-5, 6-7
  CHECK((rows[2].prompt && rows[2].first == 3 && rows[2].last == 3));
  CHECK((!rows[3].prompt && rows[3].first == 1 && rows[3].last == 1));
  CHECK((rows[5].first == 3 && rows[5].last == 5));
  CHECK((rows[6].first == 6 && rows[6].last == 7));
  CHECK(rows[0].tokens_per_second == Approx(0.5));
  CHECK(rows[5].tokens_per_second == Approx(2.0));
  CHECK(rows[4].hit_rate == Approx(0.5));
  CHECK(rows[4].read_per_token.base() == Approx(5.0));
  CHECK(rows[6].end.base() == Approx(6.0 + 2.0 + 5 * 0.5));
}

TEST_CASE("chunks of a prompt count all their tokens", "[evaluate][streaming]") {
  StreamPass chunk = pass(true, 4.0, 0.5, 4.0);
  chunk.tokens = 512;
  const std::vector<StreamingInterval> rows = intervals_of({chunk, pass(false, 1.0, 0.5, 5.0)});
  REQUIRE(rows.size() == 2);
  CHECK((rows[0].first == 1 && rows[0].last == 512));
  CHECK(rows[0].tokens_per_second == Approx(128.0));
}

TEST_CASE("a model larger than memory streams its experts", "[evaluate][streaming]") {
  const Outcome outcome = outcome_of(laptop);
  REQUIRE(outcome.verdict == Verdict::fits_with_streaming);
  REQUIRE(outcome.streaming);
  const StreamingOutcome& streaming = *outcome.streaming;
  const double token = 1.0 / outcome.decode_tokens_per_second->value;
  CHECK(sum_of_shares(outcome.time_shares) == Approx(1.0));
  CHECK(outcome.cache_state == "loaded");
  CHECK(outcome.cache_hit_rate->value == Approx(streaming.hit_rate));
  CHECK(outcome.facts.weights > outcome.memory.front().capacity);
  // Bytes that are read are those that no cache held.
  CHECK(streaming.read_per_token.base() ==
        Approx(streaming.working_set.base() * (1.0 - streaming.hit_rate)).epsilon(0.02));
  double layer = 0.0;
  for (const StreamingStep& step : streaming.layer) layer += step.time.base();
  CHECK(layer * streaming.routed_layers + streaming.outside_layers.base() ==
        Approx(token).epsilon(0.01));
  CHECK(streaming.series.back().end.base() == Approx(outcome.total_time_s->value).epsilon(0.05));
  CHECK_FALSE(outcome.power_w);
}

TEST_CASE("memory adds up while experts stream", "[evaluate][streaming]") {
  const Outcome outcome = outcome_of(laptop);
  const StreamingMemory& split = outcome.streaming->memory;
  CHECK((split.held + split.compressor + split.page_cache + split.free).base() ==
        Approx(split.total.base()));
  const PoolMemory& pool = outcome.memory.front();
  double sum = 0.0;
  for (const MemoryItem& item : pool.items) sum += item.bytes.value;
  CHECK(sum == Approx(pool.used.value));
  CHECK(pool.used.value <= pool.usable.base());
  const auto cache = std::find_if(pool.items.begin(), pool.items.end(), [](const MemoryItem& item) {
    return item.what.starts_with("page cache");
  });
  REQUIRE(cache != pool.items.end());
  CHECK_FALSE(cache->wired);
}

TEST_CASE("the ceiling without a limit leaves out its time", "[evaluate][streaming]") {
  const Outcome outcome = outcome_of(laptop);
  REQUIRE_FALSE(outcome.limits.empty());
  const double rate = outcome.decode_tokens_per_second->value;
  for (const Limit& limit : outcome.limits)
    CHECK(*limit.ceiling_tokens_per_second == Approx(rate / (1.0 - limit.share)));
}

TEST_CASE("where one token's experts do not fit a cache, a remark says what that means",
          "[evaluate][streaming]") {
  const Outcome roomy = outcome_of(laptop);
  const Outcome cramped = outcome_of(laptop, {"streaming.other_memory=36 GiB"});
  CHECK_FALSE(mentions(roomy.notes, "hits nothing"));
  CHECK(mentions(cramped.notes, "hits nothing"));
  CHECK(cramped.decode_tokens_per_second->value < roomy.decode_tokens_per_second->value);
}

TEST_CASE("a cache that does not fit is refused with bytes and limit, and made smaller",
          "[evaluate][streaming]") {
  const ScenarioSpec spec = spec_of(laptop, {"streaming.cache.size=46 GiB"});
  const Outcome refused =
      evaluate(spec, shipped_catalog(), {.changes = false, .explain = false}).outcome;
  CHECK(refused.verdict == Verdict::does_not_fit);
  CHECK(refused.short_by > Bytes());
  CHECK_FALSE(refused.why_not.empty());
  CHECK_FALSE(refused.streaming);
  const Outcome repaired = evaluate(spec, shipped_catalog(), {.changes = false}).outcome;
  REQUIRE(repaired.verdict == Verdict::fits_with_changes);
  CHECK(repaired.applied_change->kind == "cache");
  CHECK(repaired.applied_change->verdict == Verdict::fits_with_streaming);
  CHECK(repaired.streaming);
}

TEST_CASE("changes of a streamed scenario are simulated alike every time",
          "[evaluate][streaming]") {
  const Outcome a = outcome_of(laptop, {}, true);
  const Outcome b = outcome_of(laptop, {}, true);
  REQUIRE_FALSE(a.changes.empty());
  REQUIRE(a.changes.size() == b.changes.size());
  for (std::size_t i = 0; i < a.changes.size(); ++i) {
    CHECK(a.changes[i].set == b.changes[i].set);
    CHECK(a.changes[i].decode_tokens_per_second->value ==
          b.changes[i].decode_tokens_per_second->value);
    CHECK(a.changes[i].verdict != Verdict::does_not_fit);
  }
  const auto larger = std::find_if(a.changes.begin(), a.changes.end(), [](const Change& change) {
    return change.set.front() == "system=macbook-pro-16-m3-max-128gb";
  });
  REQUIRE(larger != a.changes.end());
  CHECK(larger->decode_factor > 1.0);
}

TEST_CASE("a published rate is answered with what it would need", "[evaluate][streaming]") {
  CHECK(outcome_of(laptop).streaming->conditions.empty());
  const ScenarioSpec spec = spec_of(laptop);
  const Outcome outcome =
      evaluate(spec, shipped_catalog(), {.changes = false, .published_tokens_per_second = 1.0})
          .outcome;
  CHECK(outcome.streaming->published_tokens_per_second == 1.0);
  CHECK_FALSE(outcome.streaming->conditions.empty());
}

TEST_CASE("weights that fit nowhere are paged by an engine that maps its file",
          "[evaluate][streaming]") {
  // 70 B parameters of 6.56 bits are 58 GB: more than a laptop of 36 GB has.
  const Options dense = {{"model", "llama-3.1-70b"},
                         {"quantization", "q6_k"},
                         {"system", "macbook-pro-16-m3-max-36gb"},
                         {"prompt", "16"},
                         {"generate", "8"}};
  const Outcome outcome = outcome_of(dense);
  REQUIRE(outcome.verdict == Verdict::fits_with_streaming);
  CHECK_FALSE(outcome.facts.on_accelerators);
  CHECK(mentions(outcome.notes, "nothing fits into memory"));
  // No token is faster than the drive reads what memory cannot hold.
  CHECK(outcome.decode_tokens_per_second->value < 1.0);
  const ScenarioSpec spec = spec_of(dense);
  CHECK(evaluate(spec, shipped_catalog(), {.changes = false, .paging = false}).outcome.verdict ==
        Verdict::does_not_fit);
}

TEST_CASE("the trace of a streamed token has the host, the device and the reads",
          "[evaluate][streaming]") {
  const ScenarioSpec spec = spec_of(laptop);
  const Evaluation run = evaluate(spec, shipped_catalog(), {.changes = false, .timeline = true});
  REQUIRE_FALSE(run.timeline.spans.empty());
  const auto has = [&](const std::string& words) { return mentions(run.timeline.tracks, words); };
  CHECK(has("host"));
  CHECK(has("device"));
  CHECK(has("read"));
  for (const TimelineSpan& span : run.timeline.spans) CHECK(span.start <= span.end);
}
