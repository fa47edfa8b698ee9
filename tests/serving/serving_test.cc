// The request-level loop against traces worked by hand, against queueing theory, and with itself
// taken step by step.
#include "serving/serving.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/rng.h"
#include "serving/free_blocks.h"
#include "support/catch.h"

namespace plimsoll::serving {
namespace {

// fixed + per prompt token + per pair + per decoding sequence + per token of their contexts. Pieces
// end at multiples of `bend` of the contexts' sum, where a further fixed time is added.
struct LinearModel : StepModel {
  Picoseconds fixed = 1000, per_token = 10, per_pair = 0, per_sequence = 0, per_context = 0;
  std::int64_t bend = 0;
  Picoseconds at_bend = 0;

  Picoseconds decode(const StepLoad& load) const {
    Picoseconds time = per_sequence * load.decoding + per_context * load.decode_context;
    if (bend > 0) time += at_bend * (load.decode_context / bend);
    return time;
  }
  Picoseconds mixed_step(const StepLoad& load) const override {
    return fixed + per_token * load.prefill_tokens + per_pair * load.prefill_pairs + decode(load);
  }
  DecodePiece decode_run(const StepLoad& load) const override {
    DecodePiece piece{
        .first = fixed + decode(load), .growth = per_context * load.decoding, .steps = 1'000'000};
    if (bend > 0)
      piece.steps = (bend - load.decode_context % bend + load.decoding - 1) / load.decoding;
    return piece;
  }
};

Limits roomy() {
  return {.step_tokens = 100, .sequences = 8, .blocks = 1000, .block_tokens = 4};
}

TEST_CASE("One request: its prompt in chunks, then a token a step") {
  LinearModel model;
  // 250 tokens in chunks of 100, 100 and 50; the third step gives the first of three tokens.
  const std::vector<Request> requests{{.arrival = 500, .prompt = 250, .output = 3}};
  const Run run = serve(requests, roomy(), model);
  const RequestTimes& times = run.requests[0];
  CHECK(times.scheduled == 500);
  CHECK(times.first_token == 500 + 2 * (1000 + 1000) + (1000 + 500));
  CHECK(times.last_token == times.first_token + 2 * 1000);
  CHECK(times.output == 3);
  CHECK(run.steps == 5);
  CHECK(run.gaps.count() == 2);
  CHECK(run.gaps.quantile(0.5) == 1000);
}

TEST_CASE("Chunks see what came before them") {
  LinearModel model;
  model.fixed = 0;
  model.per_token = 0;
  model.per_pair = 1;
  // 3 tokens in steps of 2: pairs 1 + 2, then 3.
  Limits limits = roomy();
  limits.step_tokens = 2;
  const std::vector<Request> requests{{.prompt = 3, .output = 1}};
  CHECK(serve(requests, limits, model).requests[0].first_token == 3 + 3);
}

TEST_CASE("Those that run come before those that wait; the budget holds for both") {
  LinearModel model;
  Limits limits = roomy();
  limits.step_tokens = 10;
  // A: 10 tokens, a step of its own. B arrives at the start, too, and gets 9 of its 12 tokens
  // beside A's first decoded one, then 3 beside its second.
  const std::vector<Request> requests{{.prompt = 10, .output = 4}, {.prompt = 12, .output = 1}};
  const Run run = serve(requests, limits, model);
  const Picoseconds a1 = 1000 + 100;
  const Picoseconds a2 = a1 + 1000 + 90;
  const Picoseconds a3 = a2 + 1000 + 30;
  CHECK(run.requests[0].first_token == a1);
  CHECK(run.requests[1].scheduled == a1);
  CHECK(run.requests[1].first_token == a3);
  CHECK(run.requests[0].last_token == a3 + 1000);
}

TEST_CASE("Who looks for requests seldom lets them wait while others decode") {
  LinearModel model;
  Limits limits = roomy();
  limits.receive_every = 3;
  // A's prompt ends at 1100; after it is looked at once, then after every third step: at 4100,
  // where B, there since 1500, is seen. Its prompt of 20 is computed beside A's fifth token.
  const std::vector<Request> requests{{.prompt = 10, .output = 8},
                                      {.arrival = 1500, .prompt = 20, .output = 1}};
  const Run run = serve(requests, limits, model);
  CHECK(run.requests[1].arrival == 1500);
  CHECK(run.requests[1].scheduled == 4100);
  CHECK(run.requests[1].first_token == 4100 + 1000 + 200);
  // The next client of a closed loop waits as long as another.
  const Run loop = serve(requests, limits, model, {.closed_loop = ClosedLoop{.clients = 1}});
  CHECK(loop.requests[1].arrival == 1100 + 7 * 1000);
  CHECK(loop.requests[1].scheduled == loop.requests[1].arrival);
}

TEST_CASE("Prompts wait some steps for others to fill a step with") {
  LinearModel model;
  Limits limits = roomy();
  limits.batch_wait_steps = 3;
  limits.batch_wait_tokens = 50;
  // B comes during A's first step and waits for three more: 1100 + 3000.
  std::vector<Request> requests{{.prompt = 10, .output = 8},
                                {.arrival = 500, .prompt = 20, .output = 1}};
  CHECK(serve(requests, limits, model).requests[1].scheduled == 4100);
  // With C they are 1 + 20 + 29 tokens at 3100: enough.
  requests.push_back({.arrival = 2500, .prompt = 29, .output = 1});
  const Run filled = serve(requests, limits, model);
  CHECK(filled.requests[1].scheduled == 3100);
  CHECK(filled.requests[2].scheduled == 3100);
  // Nobody decodes: nobody waits.
  CHECK(serve(std::vector<Request>{requests[0]}, limits, model).requests[0].scheduled == 0);
}

TEST_CASE("Without chunks a prompt longer than the budget goes alone") {
  LinearModel model;
  Limits limits = roomy();
  limits.chunked_prefill = false;
  limits.step_tokens = 10;
  const std::vector<Request> requests{
      {.prompt = 25, .output = 1}, {.prompt = 4, .output = 1}, {.prompt = 4, .output = 1}};
  const Run run = serve(requests, limits, model);
  CHECK(run.requests[0].first_token == 1000 + 250);
  CHECK(run.requests[1].first_token == 1250 + 1000 + 80);
  CHECK(run.requests[2].first_token == run.requests[1].first_token);
}

TEST_CASE("Too few blocks: the latest gives way and computes everything anew") {
  LinearModel model;
  Limits limits = roomy();
  limits.blocks = 5;  // 20 tokens
  // Each takes 2 blocks for its 8 tokens; after the first tokens both need a third, of which there
  // is one. A gets it, B gives its blocks back and waits until A has left.
  const std::vector<Request> requests{{.prompt = 8, .output = 4}, {.prompt = 8, .output = 4}};
  const Run run = serve(requests, limits, model);
  const Picoseconds first = 1000 + 160;  // both prompts in one step
  CHECK(run.requests[0].first_token == first);
  CHECK(run.requests[1].first_token == first);
  CHECK(run.preemptions == 1);
  CHECK(run.requests[1].preemptions == 1);
  // A decodes alone in the step of the preemption. Then B's 8 + 1 tokens would take 3 blocks, and 2
  // are free.
  const Picoseconds a_done = first + 3 * 1000;
  CHECK(run.requests[0].last_token == a_done);
  // B: 9 tokens anew give its second token; two more follow.
  CHECK(run.requests[1].last_token == a_done + 1000 + 90 + 2 * 1000);
  CHECK(run.peak_blocks <= 5);
  CHECK(run.generated == 8);
}

TEST_CASE("A preempted sequence finds what nobody took of its blocks") {
  LinearModel model;
  Limits limits = roomy();
  limits.blocks = 5;
  limits.prefix_caching = true;
  // As before, but B's two full blocks are still there when A has left: one of its 9 tokens is
  // computed.
  const std::vector<Request> requests{{.prompt = 8, .output = 4}, {.prompt = 8, .output = 4}};
  const Run run = serve(requests, limits, model);
  const Picoseconds a_done = 1000 + 160 + 3 * 1000;
  CHECK(run.requests[0].last_token == a_done);
  CHECK(run.requests[1].last_token == a_done + 1000 + 10 + 2 * 1000);
  CHECK(run.preemptions == 1);
  // With an answer of 9 A takes one more block when its 12 tokens are full: B's second. 5 of 9
  // tokens are computed.
  const std::vector<Request> longer{{.prompt = 8, .output = 9}, {.prompt = 8, .output = 4}};
  const Run taken = serve(longer, limits, model);
  CHECK(taken.requests[1].last_token == taken.requests[0].last_token + 1000 + 50 + 2 * 1000);
}

TEST_CASE("Free blocks go in the order in which they came back") {
  FreeBlocks blocks(5);
  blocks.leave(7, 4);
  blocks.give_back(2);
  CHECK(blocks.count() == 11);
  blocks.take(6);
  CHECK(blocks.left_by(7) == 3);
  blocks.take_up(7);
  CHECK(blocks.left_by(7) == 0);
  CHECK(blocks.count() == 2);
  CHECK_THROWS_AS(blocks.take(3), std::logic_error);
}

TEST_CASE("What can never fit is refused and holds nobody up") {
  LinearModel model;
  Limits limits = roomy();
  limits.blocks = 5;
  const std::vector<Request> requests{{.prompt = 30, .output = 1}, {.prompt = 4, .output = 1}};
  const Run run = serve(requests, limits, model);
  CHECK(run.requests[0].refused);
  CHECK_FALSE(run.requests[1].refused);
  CHECK(run.requests[1].first_token == 1000 + 40);
}

TEST_CASE("A closed loop keeps its number of clients") {
  LinearModel model;
  // One client: a request after the other, each a step of 1000 + 40 and two of 1000.
  const std::vector<Request> requests(5, {.prompt = 4, .output = 3});
  const Run run = serve(requests, roomy(), model, {.closed_loop = ClosedLoop{.clients = 1}});
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(run.requests[i].arrival == static_cast<Picoseconds>(i) * 3040);
    CHECK(run.requests[i].last_token == static_cast<Picoseconds>(i + 1) * 3040);
  }
  // Two clients answer two at a time.
  const Run two = serve(requests, roomy(), model, {.closed_loop = ClosedLoop{.clients = 2}});
  CHECK(two.requests[1].first_token == 1080);
  CHECK(two.requests[2].arrival == two.requests[0].last_token);
}

std::vector<Request> random_requests(Rng& rng, std::size_t count, double mean_gap) {
  std::vector<Request> requests;
  double now = 0.0;
  for (std::size_t i = 0; i < count; ++i) {
    now += rng.exponential(mean_gap);
    requests.push_back({.arrival = static_cast<Picoseconds>(now),
                        .prompt = 1 + static_cast<std::int64_t>(rng.below(60)),
                        .output = 1 + static_cast<std::int64_t>(rng.below(40))});
  }
  return requests;
}

void same(const Run& a, const Run& b) {
  REQUIRE(a.requests.size() == b.requests.size());
  for (std::size_t i = 0; i < a.requests.size(); ++i) {
    REQUIRE(a.requests[i].arrival == b.requests[i].arrival);
    REQUIRE(a.requests[i].scheduled == b.requests[i].scheduled);
    REQUIRE(a.requests[i].first_token == b.requests[i].first_token);
    REQUIRE(a.requests[i].last_token == b.requests[i].last_token);
    REQUIRE(a.requests[i].preemptions == b.requests[i].preemptions);
  }
  CHECK(a.end == b.end);
  CHECK(a.steps == b.steps);
  CHECK(a.generated == b.generated);
  CHECK(a.peak_blocks == b.peak_blocks);
  CHECK(a.block_time == Approx(b.block_time));
  CHECK(a.gaps.count() == b.gaps.count());
  CHECK(a.gaps.mean() == Approx(b.gaps.mean()));
  for (const double q : {0.0, 0.1, 0.5, 0.9, 0.99, 1.0})
    CHECK(a.gaps.quantile(q) == b.gaps.quantile(q));
}

TEST_CASE("Runs of decode steps taken at once are the steps one by one") {
  const std::int64_t blocks = GENERATE(30, 60, 400);
  const int sequences = GENERATE(1, 3, 16);
  const bool chunked = GENERATE(true, false);
  const std::int64_t bend = GENERATE(0, 37);
  LinearModel model;
  model.per_sequence = 3;
  model.per_context = 2;
  model.bend = bend;
  model.at_bend = 5;
  Limits limits{.step_tokens = 48,
                .sequences = sequences,
                .blocks = blocks,
                .block_tokens = 4,
                .chunked_prefill = chunked};
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Rng rng(seed, "requests");
    const std::vector<Request> requests = random_requests(rng, 60, 9000.0);
    same(serve(requests, limits, model), serve(requests, limits, model, {.coalesce = false}));
    const Options loop{.closed_loop = ClosedLoop{.clients = 5}};
    Options slow = loop;
    slow.coalesce = false;
    same(serve(requests, limits, model, loop), serve(requests, limits, model, slow));
  }
}

TEST_CASE("Requests, tokens and blocks are conserved") {
  LinearModel model;
  model.per_context = 1;
  Rng rng(7, "requests");
  const std::vector<Request> requests = random_requests(rng, 500, 4000.0);
  const Limits limits{.step_tokens = 64, .sequences = 12, .blocks = 90, .block_tokens = 4};
  const Run run = serve(requests, limits, model);
  std::int64_t outputs = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const RequestTimes& times = run.requests[i];
    REQUIRE_FALSE(times.refused);
    REQUIRE(times.output == requests[i].output);
    REQUIRE(times.arrival <= times.scheduled);
    REQUIRE(times.scheduled < times.first_token);
    REQUIRE(times.first_token <= times.last_token);
    outputs += times.output;
  }
  CHECK(run.generated == outputs);
  CHECK(run.gaps.count() == outputs - 500);
  CHECK(run.preemptions > 0);
  CHECK(run.peak_blocks <= 90);
  CHECK(run.block_time <= 90.0 * static_cast<double>(run.end));
}

TEST_CASE("One at a time with equal work is the M/D/1 queue") {
  // Mean wait of Pollaczek and Khinchine for deterministic service: s rho / (2 (1 - rho)).
  const double rho = GENERATE(0.3, 0.7);
  LinearModel model;
  constexpr double service = 1000 + 10 * 10;
  Rng rng(11, "arrivals");
  std::vector<Request> requests;
  double now = 0.0;
  constexpr int count = 200'000;
  for (int i = 0; i < count; ++i) {
    now += rng.exponential(service / rho);
    requests.push_back({.arrival = static_cast<Picoseconds>(now), .prompt = 10, .output = 1});
  }
  const Run run = serve(
      requests, {.step_tokens = 100, .sequences = 1, .blocks = 100, .block_tokens = 16}, model);
  double wait = 0.0;
  for (const RequestTimes& times : run.requests)
    wait += static_cast<double>(times.scheduled - times.arrival);
  // An M/D/1 queue's waits are correlated over about 1 / (1 - rho)^2 services: some 1 % at this
  // length.
  CHECK(wait / count == Approx(service * rho / (2.0 * (1.0 - rho))).epsilon(0.04));
}

TEST_CASE("Quantiles of gaps are those of all of them written out") {
  Rng rng(3, "gaps");
  TokenGaps gaps;
  std::vector<Picoseconds> all;
  for (int i = 0; i < 60; ++i) {
    const DecodePiece piece{.first = static_cast<Picoseconds>(1000 + rng.below(500)),
                            .growth = static_cast<Picoseconds>(rng.below(7)) - 3};
    const auto steps = static_cast<std::int64_t>(rng.below(20));
    const auto sequences = static_cast<std::int64_t>(1 + rng.below(4));
    gaps.add(piece, steps, sequences);
    for (std::int64_t s = 0; s < steps; ++s)
      all.insert(all.end(), static_cast<std::size_t>(sequences), piece.first + piece.growth * s);
  }
  std::sort(all.begin(), all.end());
  REQUIRE(gaps.count() == static_cast<std::int64_t>(all.size()));
  for (const double q : {0.0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1.0}) {
    const auto rank = std::max<std::size_t>(
        1, static_cast<std::size_t>(std::ceil(q * static_cast<double>(all.size()))));
    CHECK(gaps.quantile(q) == all[rank - 1]);
  }
}

TEST_CASE("What no engine could serve is refused") {
  LinearModel model;
  const std::vector<Request> backwards{{.arrival = 5}, {.arrival = 4}};
  CHECK_THROWS_AS(serve(backwards, roomy(), model), std::invalid_argument);
  const std::vector<Request> empty{{.prompt = 0}};
  CHECK_THROWS_AS(serve(empty, roomy(), model), std::invalid_argument);
  Limits limits = roomy();
  limits.step_tokens = 0;
  CHECK_THROWS_AS(serve({}, limits, model), std::invalid_argument);
}

}  // namespace
}  // namespace plimsoll::serving
