// Reads played through caches, against cases solved by hand and against what must hold for every
// run.
#include "streaming/replay.h"

#include <algorithm>
#include <numeric>

#include "support/catch.h"

namespace plimsoll {
namespace {

// Two routed layers of four experts of 10 bytes, two a token; 5 bytes of dense weights a layer.
RoutingTrace trace_of(std::vector<std::uint16_t> experts) {
  RoutingTrace trace{.shape = {.layers = 2, .experts = 4, .per_token = 2}};
  trace.tokens = static_cast<int>(experts.size()) / 4;
  trace.experts = std::move(experts);
  return trace;
}

ReplayRequest request_of(const RoutingTrace& trace, int tokens) {
  ReplayRequest request{.expert_bytes = {10, 10},
                        .dense_bytes = {5, 5},
                        .experts = 4,
                        .per_token = 2,
                        .trace = &trace,
                        .page_cache_bytes = 1000,
                        .pass_tokens = std::vector<int>(static_cast<std::size_t>(tokens), 1)};
  request.setup.page_cache = ReplacementKind::lru;
  request.setup.start = StartState::cold;
  return request;
}

TEST_CASE("A roomy page cache reads every expert once") {
  const RoutingTrace trace = trace_of({0, 1, 2, 3, /**/ 0, 1, 2, 3, /**/ 0, 2, 2, 1});
  const Replay run = replay(request_of(trace, 3));
  REQUIRE(run.passes() == 3);
  CHECK(run.pass(0)[0].cold == 20);
  CHECK(run.pass(0)[0].cold_reads == 2);
  CHECK(run.pass(0)[0].dense_cold == 5);
  CHECK(run.pass(1)[0].cold == 0);
  CHECK(run.pass(1)[0].cached == 20);
  CHECK(run.pass(1)[0].cached_reads == 2);
  CHECK(run.pass(1)[0].dense_cold == 0);
  // The third token's new experts: 2 in the first layer, 1 in the second.
  CHECK(run.pass(2)[0].cold == 10);
  CHECK(run.pass(2)[1].cold == 10);
  // 12 experts of 10 bytes were used, 6 of them read: half.
  CHECK(hit_rate(run.sum(0, 3)) == Approx(0.5));
}

TEST_CASE("LRU below one token's working set hits nothing") {
  // 4 experts and both layers' dense weights cycle: 50 bytes; 49 hold none of what comes next.
  const RoutingTrace trace = trace_of({0, 1, 2, 3});
  ReplayRequest request = request_of(trace, 10);
  request.page_cache_bytes = 49;
  CHECK(hit_rate(replay(request).sum(0, 10)) == 0.0);
  request.page_cache_bytes = 50;
  CHECK(hit_rate(replay(request).sum(1, 10)) == 1.0);
}

TEST_CASE("Direct reads keep nothing but the dense weights") {
  const RoutingTrace trace = trace_of({0, 1, 2, 3});
  ReplayRequest request = request_of(trace, 2);
  request.setup.access = ReadAccess::direct;
  const Replay run = replay(request);
  CHECK(run.pass(1)[0].cold == 20);
  CHECK(run.pass(1)[0].dense_cold == 0);
}

TEST_CASE("A token of the prompt's chunk reads an expert once for all tokens") {
  // Layer 0 uses {0, 1} and {1, 2}: three experts; layer 1 uses {2, 3} twice.
  const RoutingTrace trace = trace_of({0, 1, 2, 3, /**/ 1, 2, 3, 2});
  ReplayRequest request = request_of(trace, 1);
  request.pass_tokens = {2};
  const Replay run = replay(request);
  CHECK(run.pass(0)[0].experts == 3);
  CHECK(run.pass(0)[0].cold == 30);
  CHECK(run.pass(0)[1].experts == 2);
}

TEST_CASE("Sequences of a batch read the union of their experts") {
  // Two sequences, the second from the trace's middle on: {0, 1} and {1, 2}, then the other way
  // round.
  const RoutingTrace trace = trace_of({0, 1, 2, 3, /**/ 1, 2, 3, 2});
  ReplayRequest request = request_of(trace, 2);
  request.sequences = 2;
  const Replay run = replay(request);
  CHECK(run.pass(0)[0].experts == 3);
  CHECK(run.pass(0)[1].experts == 2);
  CHECK(run.pass(1)[0].experts == 3);
  CHECK(run.pass(1)[0].cold == 0);
}

TEST_CASE("Independent sequences touch more experts than one, and fewer than as many apart") {
  ReplayRequest request{.expert_bytes = std::vector<std::int64_t>(4, 100),
                        .dense_bytes = std::vector<std::int64_t>(4, 0),
                        .experts = 64,
                        .per_token = 4,
                        .routing = {.skew = 1.0, .reuse = 0.4, .memory = 4.0},
                        .pass_tokens = std::vector<int>(100, 1)};
  const auto touched = [&](int sequences) {
    request.sequences = sequences;
    return replay(request).sum(0, 100).experts;
  };
  const std::uint32_t one = touched(1);
  CHECK(one == 4 * 4 * 100);
  CHECK(touched(4) > 2 * one);  // shared popularity alone: far from the same experts
  CHECK(touched(4) < 4 * one);
}

TEST_CASE("The application's cache answers before the page cache") {
  const RoutingTrace trace = trace_of({0, 1, 2, 3});
  ReplayRequest request = request_of(trace, 2);
  request.setup.cache_policy = ReplacementKind::lru;
  request.cache_bytes = 40;
  const Replay run = replay(request);
  CHECK(run.pass(0)[0].cold == 20);
  CHECK(run.pass(1)[0].application == 20);
  CHECK(run.pass(1)[0].cached == 0);
  CHECK(application_hit_rate(run.sum(1, 2)) == 1.0);
}

TEST_CASE("Guesses: the token before, right and wrong ones, and what they cost the page cache") {
  const RoutingTrace trace = trace_of({0, 1, 2, 3, /**/ 1, 2, 2, 3});
  ReplayRequest request = request_of(trace, 2);
  request.setup.prefetch.kind = PrefetchKind::previous_token;
  SECTION("What the page cache holds is not read again") {
    const Replay run = replay(request);
    CHECK(run.pass(1)[0].wrong == 0);
    CHECK(run.pass(1)[0].cold == 10);  // expert 2, which nobody guessed
    CHECK(run.pass(1)[0].cached == 10);
  }
  SECTION("Past the page cache everything guessed is read") {
    request.setup.access = ReadAccess::direct;
    const Replay run = replay(request);
    CHECK(run.pass(1)[0].foreseen == 10);  // expert 1
    CHECK(run.pass(1)[0].wrong == 10);     // expert 0
    CHECK(run.pass(1)[0].cold == 10);      // expert 2
    CHECK(run.pass(1)[0].cold_reads == 1);
    CHECK(run.pass(1)[1].foreseen == 20);
    CHECK(run.pass(1)[1].cold == 0);
  }
  SECTION("Into a buffer what the page cache holds is copied") {
    request.setup.prefetch.into_page_cache = false;
    const Replay run = replay(request);
    CHECK(run.pass(1)[0].foreseen_copy == 10);
    CHECK(run.pass(1)[0].wrong_copy == 10);
    CHECK(run.pass(1)[0].wrong == 0);
    CHECK(run.pass(1)[0].cached == 0);
    CHECK(run.pass(1)[0].cold == 10);
    CHECK(run.pass(1)[1].foreseen_copy == 20);
  }
  SECTION("A wrong guess takes the place of another in a full page cache") {
    request.setup.prefetch = {.kind = PrefetchKind::predictor, .accuracy = 0.0};
    request.page_cache_bytes = 50;
    CHECK(replay(request).sum(1, 2).cold > 0);
    request.setup.prefetch.kind = PrefetchKind::none;
    CHECK(replay(request).pass(1)[1].cold == 0);
  }
}

TEST_CASE("A perfect predictor leaves nothing to read when it is needed") {
  const RoutingTrace trace = trace_of({0, 1, 2, 3, /**/ 1, 2, 2, 3});
  ReplayRequest request = request_of(trace, 2);
  request.setup.prefetch = {.kind = PrefetchKind::predictor, .accuracy = 1.0};
  const LayerReads sum = replay(request).sum(0, 2);
  CHECK(sum.cold == 0);
  CHECK(sum.wrong == 0);
  CHECK(sum.foreseen + sum.cached == 80);
}

TEST_CASE("Pinned experts are those that are used most") {
  // Expert 3 of layer 0 and 0 of layer 1 are used by every token.
  const RoutingTrace trace = trace_of({3, 0, 0, 1, /**/ 3, 1, 0, 2, /**/ 3, 2, 0, 3});
  ReplayRequest request = request_of(trace, 3);
  request.setup.cache_policy = ReplacementKind::pinned;
  request.cache_bytes = 20;
  const Replay run = replay(request);
  for (std::size_t token = 0; token < 3; ++token)
    for (std::size_t layer = 0; layer < 2; ++layer) CHECK(run.pass(token)[layer].application == 10);
}

TEST_CASE("Anonymous memory is decompressed as far as it was compressed") {
  const RoutingTrace trace = trace_of({0, 1, 2, 3});
  ReplayRequest request = request_of(trace, 2);
  request.setup.cache_policy = ReplacementKind::lru;
  request.setup.cache_memory = WeightMemory::anonymous;
  request.cache_bytes = 40;
  request.compressed_share = 0.25;
  const Replay run = replay(request);
  CHECK(run.pass(0)[0].decompressed == 0);
  CHECK(run.pass(1)[0].decompressed ==
        2 * 2);  // a quarter of 10 bytes, rounded down, of two experts
}

TEST_CASE("Start states order the bytes that are read") {
  ReplayRequest request{.expert_bytes = std::vector<std::int64_t>(6, 100),
                        .dense_bytes = std::vector<std::int64_t>(6, 50),
                        .outside_bytes = 70,
                        .experts = 64,
                        .per_token = 4,
                        .routing = {.skew = 0.8, .reuse = 0.3, .memory = 4.0},
                        .page_cache_bytes = 10'000,
                        .pass_tokens = std::vector<int>(40, 1)};
  request.setup.page_cache =
      GENERATE(ReplacementKind::lru, ReplacementKind::two_list, ReplacementKind::clock_pro);
  const auto read_by = [&](StartState start) {
    request.setup.start = start;
    const Replay run = replay(request);
    return run.sum(0, run.passes()).from_drive() +
           std::accumulate(run.outside_cold.begin(), run.outside_cold.end(), std::int64_t{0});
  };
  const std::int64_t cold = read_by(StartState::cold);
  const std::int64_t loaded = read_by(StartState::loaded);
  const std::int64_t warm = read_by(StartState::warm);
  CHECK(cold == loaded + 6 * 50 + 70);
  CHECK(warm < loaded);
}

TEST_CASE("Every byte that a token uses comes from somewhere") {
  const ReadAccess access =
      GENERATE(ReadAccess::parallel_pread, ReadAccess::direct, ReadAccess::mmap);
  const PrefetchKind prefetch =
      GENERATE(PrefetchKind::none, PrefetchKind::previous_token, PrefetchKind::predictor);
  const bool hint = GENERATE(true, false);
  ReplayRequest request{.expert_bytes = {90, 0, 100, 110},
                        .dense_bytes = {50, 60, 50, 50},
                        .experts = 32,
                        .per_token = 3,
                        .routing = {.skew = 1.0, .reuse = 0.4, .memory = 3.0},
                        .page_cache_bytes = 3'000,
                        .cache_bytes = 800,
                        .pass_tokens = std::vector<int>(60, 1)};
  request.setup.access = access;
  request.setup.extent = Bytes(30.0);
  request.setup.cache_policy = ReplacementKind::lfu;
  request.setup.prefetch = {.kind = prefetch, .accuracy = 0.5, .into_page_cache = hint};
  const Replay run = replay(request);
  for (std::size_t token = 0; token < run.passes(); ++token)
    for (std::size_t l = 0; l < run.layers; ++l) {
      const LayerReads& reads = run.pass(token)[l];
      REQUIRE(reads.used() == 3 * request.expert_bytes[l]);
      REQUIRE(reads.cold >= 0);
      REQUIRE(reads.cached >= 0);
      REQUIRE(reads.foreseen_copy >= 0);
    }
  CHECK(run.sum(0, 60).application > 0);
}

}  // namespace
}  // namespace plimsoll
