// Whole runs of shipped scenarios: what adds up, what must grow with what, and that stated
// elasticities are slopes.
#include "streaming/stream_model.h"

#include <numeric>

#include "evaluate/prepared_fixture.h"
#include "storage/drive.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

const Options laptop = {{"model", "qwen3.5-397b-a17b"},
                        {"quantization", "mlx-4bit"},
                        {"system", "macbook-pro-16-m3-max-48gb"},
                        {"engine", "flash-moe"}};
const std::vector<std::string> four_experts = {"experts_per_token=4", "workload.prompt=8",
                                               "workload.generate=60", "streaming.start=warm"};

std::unique_ptr<Prepared> laptop_with(std::vector<std::string> overrides = {}) {
  overrides.insert(overrides.begin(), four_experts.begin(), four_experts.end());
  return prepared(laptop, overrides);
}

StreamRun run_of(const Prepared& ready, const StreamOptions& options = {}) {
  Diagnostics diagnostics;
  Catalog& catalog = shipped_catalog();
  StreamModel model(ready.lowering_request(), catalog.roofs(diagnostics),
                    catalog.routing_prior(diagnostics));
  return model.run(options);
}

StreamRun run_with(const std::vector<std::string>& overrides) {
  return run_of(*laptop_with(overrides), {.uncertainty = false});
}

Seconds sink(const StreamRun& run, StreamSink which) {
  return run.sinks[static_cast<std::size_t>(which)];
}

TEST_CASE("A run's parts add up") {
  const StreamRun run = run_of(*laptop_with());
  REQUIRE(run.passes.size() == 8 + 60);
  Seconds sum;
  for (const StreamPass& pass : run.passes) sum += pass.time;
  CHECK(run.passes.back().end.base() == Approx(sum.base()));
  CHECK((run.prompt_time + run.token_time * 60.0).base() == Approx(sum.base()));
  const Seconds sinks = std::accumulate(run.sinks.begin(), run.sinks.end(), Seconds());
  CHECK(sinks.base() == Approx(run.token_time.base()));
  Seconds layer;
  for (const LayerStepTime& step : run.layer) layer += step.time;
  CHECK((layer * 60.0 + run.outside_layers).base() == Approx(run.token_time.base()));
  // 4 experts of 60 layers, 7,077,888 bytes each as the authors count them.
  CHECK(run.working_set.base() == 4.0 * 60.0 * 7'077'888.0);
  CHECK(run.reads.used() == static_cast<std::int64_t>(run.working_set.base()) * 60);
  const MemorySplit& m = run.memory;
  CHECK(m.short_by == 0);
  CHECK(m.page_cache > 30'000'000'000);
}

TEST_CASE("The same scenario gives the same run") {
  const auto ready = laptop_with();
  const StreamRun a = run_of(*ready);
  const StreamRun b = run_of(*ready);
  REQUIRE(a.passes.size() == b.passes.size());
  for (std::size_t i = 0; i < a.passes.size(); ++i) REQUIRE(a.passes[i].end == b.passes[i].end);
  CHECK(a.log_sigma == b.log_sigma);
}

TEST_CASE("A sampled run comes to what the whole one does") {
  const auto ready = laptop_with();
  const StreamRun whole = run_of(*ready, {.uncertainty = false});
  const StreamRun sampled = run_of(*ready, {.sampled = 12, .uncertainty = false});
  // What a token reads decides most of what tokens differ by, and that is known for all of them.
  CHECK(sampled.token_time.base() == Approx(whole.token_time.base()).epsilon(0.02));
  CHECK(sampled.prompt_time.base() == Approx(whole.prompt_time.base()).epsilon(0.02));
}

TEST_CASE("More memory, fewer experts and fewer bits are never slower") {
  const auto token = [](const std::vector<std::string>& overrides) {
    return run_with(overrides).token_time;
  };
  const Seconds base = token({});
  CHECK(token({"system=macbook-pro-16-m3-max-64gb"}) <= base);
  CHECK(token({"system=macbook-pro-16-m3-max-128gb"}) <=
        token({"system=macbook-pro-16-m3-max-64gb"}));
  CHECK(token({"experts_per_token=3"}) < base);
  CHECK(token({"experts_per_token=10"}) > token({"experts_per_token=6"}));
  CHECK(token({"quantization=mlx-2bit-experts"}) < base);
}

TEST_CASE("Direct reads find nothing in memory and take what the drive needs") {
  const auto ready = laptop_with({"streaming.access=direct"});
  const StreamRun run = run_of(*ready, {.uncertainty = false});
  CHECK(run.hit_rate() == 0.0);
  CHECK(run.read_per_token() == run.working_set);
  CHECK(sink(run, StreamSink::copies) == Seconds());
  // Four reads at once, 60 times a token, each time at what four readers get.
  const DriveService drive(*ready->scenario.streaming->drive);
  const Seconds reading = run.working_set / drive.throughput(Bytes(7'077'888.0), 4.0);
  CHECK(sink(run, StreamSink::drive).base() == Approx(reading.base()).epsilon(1e-6));
}

TEST_CASE("mmap is slower than reading, one thread slower than four") {
  const Seconds base = run_with({}).token_time;
  CHECK(run_with({"streaming.access=mmap"}).token_time > base * 2.0);
  CHECK(run_with({"streaming.access=pread"}).token_time > base);
}

TEST_CASE("A cold start begins slower and catches up") {
  const StreamRun run = run_with({"streaming.start=cold"});
  CHECK(run.passes.front().hit_rate == 0.0);
  CHECK(run.passes.front().time > run.token_time);
  CHECK(run.hit_rate() < run_with({}).hit_rate());
}

TEST_CASE("A wired cache takes its bytes from the page cache") {
  const StreamRun without = run_with({});
  const StreamRun with = run_with({"streaming.cache.policy=lru", "streaming.cache.size=10 GB"});
  CHECK(without.memory.page_cache - with.memory.page_cache == 10'000'000'000);
  CHECK(with.application_hit_rate() > 0.0);
}

TEST_CASE("Guesses by the token before move bytes to the front, wrong ones in addition") {
  const StreamRun without = run_with({"streaming.access=direct"});
  const StreamRun with =
      run_with({"streaming.access=direct", "streaming.prefetch.predicts=previous_token"});
  CHECK(with.reads.foreseen > 0);
  CHECK(with.reads.foreseen + with.reads.cold == without.reads.cold);
  CHECK(with.reads.wrong > 0);
}

// The scenario with its drive, or its engine's waiting, scaled.
StreamRun with_drive(double factor) {
  auto ready = laptop_with();
  StorageSpec drive = *ready->scenario.streaming->drive;
  drive.sequential_read.value *= factor;
  drive.read_latency->value /= factor;
  for (ReadPoint& point : drive.random_reads) point.rate.value *= factor;
  ready->scenario.streaming->drive = &drive;
  return run_of(*ready);
}

TEST_CASE("Elasticities are the slopes of the time") {
  const StreamRun base = run_of(*laptop_with());
  const auto elasticity = [&](const std::string& begins) {
    for (const StreamParameter& parameter : base.parameters)
      if (parameter.what.rfind(begins, 0) == 0) return parameter.elasticity;
    FAIL("no parameter " << begins);
    return 0.0;
  };
  constexpr double step = 0.01;
  const auto slope = [&](const StreamRun& changed) {
    return std::log(changed.token_time / base.token_time) / std::log1p(step);
  };
  SECTION("of the drive") {
    CHECK(slope(with_drive(1.0 + step)) == Approx(elasticity("cold reads")).epsilon(0.08));
  }
  SECTION("of the waiting host") {
    auto ready = laptop_with();
    EngineSpec engine = *ready->scenario.engine;
    engine.streaming->synchronisation.value *= 1.0 + step;
    ready->scenario.engine = &engine;
    CHECK(slope(run_of(*ready)) == Approx(elasticity("time until the waiting host")).epsilon(0.02));
  }
}

TEST_CASE("Conditions of a published rate would give that rate") {
  const StreamRun base = run_of(*laptop_with());
  const double own = 1.0 / base.token_time.base();
  for (const NeededCondition& condition : base.conditions(own)) {
    REQUIRE(condition.needed);
    CHECK(*condition.needed == Approx(condition.predicted));
  }
  const double faster = 1.1 * own;
  const NeededCondition reads = base.conditions(faster).front();
  REQUIRE(reads.what == "cold reads");
  REQUIRE(reads.needed);
  const StreamRun changed = with_drive(*reads.needed / reads.predicted);
  CHECK(1.0 / changed.token_time.base() == Approx(faster).epsilon(0.02));
  // Faster than with no reads at all: no drive would do.
  CHECK_FALSE(base.conditions(100.0 * own).front().needed);
}

TEST_CASE("A prompt that is read layer by layer reads an expert once a chunk") {
  auto ready = laptop_with({"workload.prompt=32"});
  const StreamRun by_token = run_of(*ready, {.uncertainty = false});
  EngineSpec engine = *ready->scenario.engine;
  engine.streaming->prefill = PrefillKind::layer_by_layer;
  engine.prefill_chunk = 16;
  ready->scenario.engine = &engine;
  const StreamRun by_layer = run_of(*ready, {.uncertainty = false});
  CHECK(by_layer.passes.size() == by_token.passes.size() - 30);
  CHECK(by_layer.prompt_time < by_token.prompt_time);
}

TEST_CASE("The timeline shows commands, reads, copies and waits within the token") {
  const auto ready = laptop_with();
  Diagnostics diagnostics;
  Catalog& catalog = shipped_catalog();
  StreamModel model(ready->lowering_request(), catalog.roofs(diagnostics),
                    catalog.routing_prior(diagnostics));
  model.run({.sampled = 4, .uncertainty = false});
  const StreamTimeline timeline = model.timeline();
  CHECK(timeline.tracks.size() == 2 + 4);
  const auto count = [&](std::string_view ends) {
    return std::count_if(timeline.spans.begin(), timeline.spans.end(), [&](const TokenSpan& span) {
      return span.name.size() >= ends.size() &&
             span.name.compare(span.name.size() - ends.size(), ends.size(), ends) == 0;
    });
  };
  CHECK(count("attention commands") == 60);
  CHECK(count("expert commands") == 60);
  CHECK(count("wait for the device") == 2 * 60 + 1);
  CHECK(count("cold read") > 0);
  CHECK(count("copy from the page cache") > 0);
}

}  // namespace
}  // namespace plimsoll
