// What every outcome promises, over all shipped models on eight machines.
#include <algorithm>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "evaluate/prepared_fixture.h"

namespace plimsoll {
namespace {

void check_interval(const Estimate& e, const char* what) {
  INFO(what << " " << e.low << " <= " << e.value << " <= " << e.high);
  CHECK(std::isfinite(e.low));
  CHECK(std::isfinite(e.high));
  CHECK(e.low <= e.value);
  CHECK(e.value <= e.high);
}

void check_speed(const Outcome& o) {
  for (const auto& [estimate, what] :
       {std::pair{&o.decode_tokens_per_second, "decode"},
        std::pair{&o.throughput_tokens_per_second, "throughput"},
        std::pair{&o.prefill_tokens_per_second, "prefill"},
        std::pair{&o.time_to_first_token_s, "first token"}, std::pair{&o.total_time_s, "total"}}) {
    INFO(what);
    REQUIRE(estimate->has_value());
    check_interval(**estimate, what);
    CHECK((*estimate)->low > 0.0);
    // A modelled time is never exact.
    CHECK((*estimate)->low < (*estimate)->value);
  }
  if (o.power_w) check_interval(*o.power_w, "power");
  if (o.energy_per_token_j) check_interval(*o.energy_per_token_j, "energy");
  for (const auto* shares : {&o.time_shares, &o.prefill_shares}) {
    // A streamed prompt is no pass of its own whose time could be told apart.
    if (o.streaming && shares == &o.prefill_shares) continue;
    double sum = 0.0;
    for (const TimeShare& share : *shares) {
      CHECK(share.share > 0.0);
      sum += share.share;
    }
    CHECK(sum == Approx(1.0).epsilon(1e-6));
  }
  for (const Limit& limit : o.limits) {
    CHECK(limit.share > 0.0);
    CHECK(limit.share <= 1.0 + 1e-9);
    // Taking a limit away helps, or at worst does nothing.
    if (limit.ceiling_tokens_per_second) {
      CHECK(std::isfinite(*limit.ceiling_tokens_per_second));
      CHECK(*limit.ceiling_tokens_per_second >= o.decode_tokens_per_second->value * 0.999);
    }
  }
  CHECK_FALSE(o.start_command.empty());
  CHECK(o.start_command.find('{') == std::string::npos);
}

void check_absent(const Outcome& o) {
  CHECK_FALSE(o.decode_tokens_per_second.has_value());
  CHECK_FALSE(o.throughput_tokens_per_second.has_value());
  CHECK_FALSE(o.prefill_tokens_per_second.has_value());
  CHECK_FALSE(o.time_to_first_token_s.has_value());
  CHECK_FALSE(o.total_time_s.has_value());
  CHECK_FALSE(o.power_w.has_value());
  CHECK_FALSE(o.energy_per_token_j.has_value());
  CHECK(o.time_shares.empty());
  CHECK(o.start_command.empty());
  CHECK_FALSE(o.why_not.empty());
}

void check_outcome(const Outcome& o) {
  CHECK(o.fits_probability >= 0.0);
  CHECK(o.fits_probability <= 1.0);
  for (const PoolMemory& pool : o.memory) {
    check_interval(pool.used, pool.pool.c_str());
    CHECK((pool.free + pool.withheld).base() + pool.used.value + pool.reserved.value ==
          Approx((pool.capacity + pool.short_by).base()));
    for (const MemoryItem& item : pool.items) {
      check_interval(item.bytes, item.what.c_str());
      // Counted bytes have no width.
      if (item.what.rfind("weights", 0) == 0 || item.what.rfind("KV", 0) == 0)
        CHECK(item.bytes.low == item.bytes.high);
    }
  }
  // Known where experts come from the drive.
  CHECK(o.cache_hit_rate.has_value() ==
        (o.streaming.has_value() && o.streaming->working_set > Bytes()));
  if (o.verdict == Verdict::does_not_fit) {
    check_absent(o);
    CHECK_FALSE(o.applied_change.has_value());
  } else {
    check_speed(o);
    CHECK(o.applied_change.has_value() == (o.verdict == Verdict::fits_with_changes));
    CHECK((o.short_by > Bytes()) == (o.verdict == Verdict::fits_with_changes));
  }
}

constexpr const char* systems[] = {"rtx-4090-pc",
                                   "rtx-4090-6x",
                                   "macbook-pro-16-m3-max-48gb",
                                   "framework-desktop-128gb",
                                   "h100-sxm5-80gb-2x",
                                   "iphone-17-pro",
                                   "epyc-9654-server",
                                   "mac-studio-m3-ultra-512gb"};

// 4.34 GB of 4.29, by 0.35 GB that the engine takes, between 0.11 and 0.58 where it was measured.
TEST_CASE("what ran fitted, if the account of memory can be so far off", "[evaluate]") {
  ScenarioSpec spec = spec_of({{"model", "llama-2-7b"},
                               {"quantization", "q4_0"},
                               {"system", "gtx-1650-super"},
                               {"engine", "llama.cpp:cuda"},
                               {"context", "256"},
                               {"prompt", "1"},
                               {"generate", "128"}});
  CHECK_FALSE(prepared(spec)->fits());
  spec.ran = true;
  const auto ran = prepared(spec);
  CHECK(ran->fits());
  CHECK(ran->placement().strategy == PlacementStrategy::single);
  spec.context.value = 4096;  // two gigabytes more
  CHECK_FALSE(prepared(spec)->fits());
}

TEST_CASE("every model on eight machines gives sound figures", "[evaluate]") {
  Catalog& catalog = shipped_catalog();
  int running = 0;
  for (const CatalogEntry& entry : catalog.headers(EntryKind::model))
    for (const char* system : systems) {
      INFO(entry.id << " on " << system);
      const Outcome outcome =
          evaluate(spec_of({{"model", entry.id}, {"system", system}}), catalog, {.changes = false})
              .outcome;
      check_outcome(outcome);
      running += outcome.verdict != Verdict::does_not_fit;
    }
  CHECK(running > 100);
}

// All figures of an outcome, to the last bit.
std::vector<double> figures(const Outcome& o) {
  std::vector<double> list{o.fits_probability, o.short_by.base()};
  for (const auto* e :
       {&o.decode_tokens_per_second, &o.throughput_tokens_per_second, &o.prefill_tokens_per_second,
        &o.time_to_first_token_s, &o.total_time_s, &o.power_w, &o.energy_per_token_j})
    if (*e) list.insert(list.end(), {(*e)->low, (*e)->value, (*e)->high});
  for (const PoolMemory& pool : o.memory)
    for (const MemoryItem& item : pool.items) list.push_back(item.bytes.value);
  for (const auto* shares : {&o.time_shares, &o.prefill_shares})
    for (const TimeShare& share : *shares) list.push_back(share.time.base());
  for (const Change& change : o.changes) {
    list.push_back(change.decode_factor);
    if (change.decode_tokens_per_second) list.push_back(change.decode_tokens_per_second->value);
  }
  return list;
}

TEST_CASE("the same question has the same answer in one thread and in two", "[evaluate]") {
  const ScenarioSpec spec = spec_of({{"model", "qwen3-30b-a3b"}, {"system", "rtx-4090-2x"}});
  const auto answer = [&spec] {
    Catalog catalog(std::vector<DataFolders>{find_data_folders({})});
    return figures(evaluate(spec, catalog, {}).outcome);
  };
  const std::vector<double> alone = answer();
  std::vector<double> first;
  std::vector<double> second;
  std::thread one([&] { first = answer(); });
  std::thread two([&] { second = answer(); });
  one.join();
  two.join();
  CHECK(alone.size() > 20);
  CHECK(first == alone);
  CHECK(second == alone);
}

TEST_CASE("every span of a simulated run is in one of its parts", "[evaluate]") {
  const auto timeline_on = [](const char* model, const char* system) {
    return evaluate(spec_of({{"model", model}, {"system", system}}), shipped_catalog(),
                    {.changes = false, .timeline = true})
        .timeline;
  };
  const Timeline resident = timeline_on("gemma-2b", "rtx-4090-pc");
  REQUIRE(resident.parts.size() == 2);
  CHECK(resident.parts[0].what == "chunk of the prompt");
  CHECK(resident.parts[0].start == Seconds());
  CHECK(resident.parts[1].what == "token");
  CHECK(resident.parts[1].start == resident.parts[0].end);
  const Timeline streamed = timeline_on("qwen3.5-397b-a17b", "macbook-pro-16-m3-max-48gb");
  REQUIRE(streamed.parts.size() == 1);
  for (const Timeline* timeline : {&resident, &streamed})
    for (const TimelineSpan& span : timeline->spans)
      CHECK(std::any_of(timeline->parts.begin(), timeline->parts.end(),
                        [&](const TimelinePart& part) {
                          return part.start <= span.start && span.end <= part.end;
                        }));
}

TEST_CASE("what cannot be resolved throws every problem", "[evaluate]") {
  try {
    outcome_of({{"model", "nil"}, {"system", "rtx-4090-pc"}, {"kv_format", "none"}});
    FAIL("accepted");
  } catch (const InputError& error) {
    CHECK(error.diagnostics().sorted().size() == 2);
  }
}

TEST_CASE("what does not fit says what lacks and has no figures", "[evaluate]") {
  const ScenarioSpec spec = spec_of({{"model", "llama-3.1-405b"},
                                     {"quantization", "f16"},
                                     {"system", "macbook-pro-16-m3-max-48gb"}});
  const Outcome outcome =
      evaluate(spec, shipped_catalog(), {.changes = false, .paging = false}).outcome;
  CHECK(outcome.verdict == Verdict::does_not_fit);
  check_outcome(outcome);
  // 405 billion weights of 2 bytes on a machine of 48 GiB.
  CHECK(outcome.short_by.base() > 750e9);
  CHECK(outcome.short_by.base() < 820e9);
}

TEST_CASE("absurd but permitted numbers end in an answer", "[evaluate]") {
  for (const char* system : {"h100-sxm5-80gb-2x", "epyc-9654-server", "iphone-17-pro"})
    for (const char* model : {"smollm2-135m", "qwen3.5-397b-a17b"}) {
      INFO(model << " on " << system);
      check_outcome(outcome_of(
          {{"model", model}, {"system", system}, {"context", "1000000000"}, {"batch", "1"}}, {},
          true));
      check_outcome(outcome_of({{"model", model},
                                {"system", system},
                                {"engine", "llama.cpp"},
                                {"context", "1000000000"},
                                {"prompt", "500000000"},
                                {"generate", "500000000"},
                                {"batch", "1000000"}},
                               {}, true));
    }
}

// A machine may be a device or several of it; ranking must accept what a report accepts.
void check_ranking(SmallWorld& world, const char* machine) {
  INFO(machine);
  std::vector<RankedModel> lines;
  CHECK_NOTHROW(lines = rank_models(spec_of({{"system", machine}}), world.catalog()));
  CHECK(lines.size() == 3);
  for (const RankedModel& line : lines) CHECK(line.verdict == Verdict::fits);
}

TEST_CASE("bare devices rank models too", "[evaluate]") {
  SmallWorld world;
  for (const char* machine : {"soc-a", "card-a", "2x card-a"}) check_ranking(world, machine);
}

TEST_CASE("every model is ranked on a machine", "[evaluate]") {
  SmallWorld world;
  check_ranking(world, "box-1");
  check_ranking(world, "box-2");
  CHECK_THROWS_AS(rank_models(spec_of({{"system", "nothing"}}), world.catalog()), InputError);
}

}  // namespace
}  // namespace plimsoll
