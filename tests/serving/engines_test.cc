// How engines differ in the loop, against schedules worked by hand; and what holds of every load:
// nothing is lost, Little's law, and times that add up step by step.
#include <vector>

#include "base/rng.h"
#include "serving/serving.h"
#include "support/catch.h"

namespace plimsoll::serving {
namespace {

// 100 a step, and 1 a token of a prompt, and 1 a decoding sequence.
struct PlainModel : StepModel {
  Picoseconds mixed_step(const StepLoad& load) const override {
    return 100 + load.prefill_tokens + load.decoding;
  }
  DecodePiece decode_run(const StepLoad& load) const override {
    return {.first = 100 + load.decoding, .growth = 0, .steps = 1'000'000};
  }
};

Limits ten_at_a_time() {
  return {.step_tokens = 10, .sequences = 8, .blocks = 1000, .block_tokens = 4};
}

TEST_CASE("Prompts alone: who decodes waits until they are done") {
  Limits limits = ten_at_a_time();
  limits.prefill_alone = true;
  // A's prompt, its second token in a step of its own, then B's two chunks while A waits.
  const std::vector<Request> requests{{.prompt = 10, .output = 4},
                                      {.arrival = 150, .prompt = 15, .output = 1}};
  const Run run = serve(requests, limits, PlainModel());
  const Picoseconds a1 = 110;
  const Picoseconds a2 = a1 + 101;       // B has arrived meanwhile
  const Picoseconds b = a2 + 110 + 105;  // 10 and 5 tokens, nobody decodes beside
  CHECK(run.requests[0].first_token == a1);
  CHECK(run.requests[1].scheduled == a2);
  CHECK(run.requests[1].first_token == b);
  CHECK(run.requests[0].last_token == b + 2 * 101);
  // A's gaps: 101, the two steps of B with its own, 101.
  CHECK(run.gaps.count() == 3);
  CHECK(run.gaps.quantile(1.0) == 110 + 105 + 101);
}

TEST_CASE("Blocks for the whole prompt, or for the whole request, before it is let in") {
  // A holds 2 of 6 blocks for its 8 tokens, B's prompt of 20 needs 5 and its first step 1 (A's
  // token leaves 3 of the budget).
  const std::vector<Request> requests{{.prompt = 8, .output = 3}, {.prompt = 20, .output = 1}};
  Limits limits = ten_at_a_time();
  limits.step_tokens = 4;
  limits.blocks = 6;
  limits.admit = Admit::first_step;
  // A's prompt takes two steps of 4; B comes beside A's first decoded token.
  const Picoseconds a1 = 2 * 104;
  CHECK(serve(requests, limits, PlainModel()).requests[1].scheduled == a1);
  limits.admit = Admit::prompt;
  const Picoseconds a3 = a1 + 2 * 101;
  CHECK(serve(requests, limits, PlainModel()).requests[1].scheduled == a3);
  // 8 + 3 - 1 tokens of A are 3 blocks from the beginning; 20 of B are 5.
  limits.admit = Admit::request;
  limits.blocks = 7;
  const Run run = serve(requests, limits, PlainModel());
  CHECK(run.requests[1].scheduled == a3);
  CHECK(run.preemptions == 0);
  CHECK(run.peak_blocks == 5);
  limits.blocks = 8;
  CHECK(serve(requests, limits, PlainModel()).requests[1].scheduled == a1);
}

// A and B, each a prompt of 4 tokens and 6 of an answer: 9 in the cache at the end, 3 blocks of 5.
TEST_CASE("Let in for what is there, who grows out of the blocks begins anew") {
  const std::vector<Request> requests{{.prompt = 4, .output = 6}, {.prompt = 4, .output = 6}};
  Limits limits = ten_at_a_time();
  limits.blocks = 5;
  limits.admit = Admit::request;
  const Run guaranteed = serve(requests, limits, PlainModel());
  const Picoseconds first_alone = 104 + 5 * 101;
  CHECK(guaranteed.requests[0].last_token == first_alone);
  CHECK(guaranteed.requests[1].scheduled == first_alone);
  CHECK(guaranteed.requests[1].last_token == 2 * first_alone);
  CHECK(guaranteed.preemptions == 0);
  limits.admit = Admit::first_step;
  const Run utilized = serve(requests, limits, PlainModel());
  // Both prompts in one step, four tokens each beside each other; the ninth token of A takes the
  // last block, B computes its 9 tokens anew when A has its answer, and has its own with them.
  const Picoseconds both = 108 + 4 * 102;
  CHECK(utilized.requests[1].first_token == 108);
  CHECK(utilized.requests[0].last_token == both + 101);
  CHECK(utilized.requests[1].last_token == both + 101 + 109);
  CHECK(utilized.preemptions == 1);
  CHECK(utilized.peak_blocks == 4);  // two of each; A's third comes with B's going
}

TEST_CASE("A static batch is answered to its end before the next begins") {
  Limits limits = ten_at_a_time();
  limits.sequences = 2;
  limits.static_batch = true;
  limits.prefill_alone = true;
  limits.admit = Admit::request;
  // A and B: 8 + 2 tokens in the first step, 6 in the second, then A's answer of 3 goes on while B,
  // done with its 1 token, is carried along. C waits for both.
  const std::vector<Request> requests{
      {.prompt = 8, .output = 3}, {.prompt = 8, .output = 1}, {.prompt = 5, .output = 1}};
  const Run run = serve(requests, limits, PlainModel());
  const Picoseconds a1 = 110;
  const Picoseconds b1 = a1 + 106;
  const Picoseconds end = b1 + 2 * 102;
  CHECK(run.requests[0].first_token == a1);
  CHECK(run.requests[1].first_token == b1);
  CHECK(run.requests[1].last_token == b1);
  CHECK(run.requests[0].last_token == end);
  CHECK(run.requests[2].scheduled == end);
  CHECK(run.requests[2].first_token == end + 105);
  CHECK(run.generated == 5);
}

TEST_CASE("A prefix in the cache is not computed and its blocks are shared") {
  Limits limits = ten_at_a_time();
  // 8 of 10 tokens are found: two blocks, which both requests share; 2 are computed.
  limits.blocks = 6;
  const std::vector<Request> requests(2, {.prompt = 10, .output = 3, .cached = 8});
  const Run run = serve(requests, limits, PlainModel());
  CHECK(run.requests[0].first_token == 104);
  CHECK(run.requests[1].first_token == 104);
  // 2 shared, and one each for tokens 9 to 12.
  CHECK(run.peak_blocks == 4);
  // A found part of a block is computed anew.
  const std::vector<Request> odd{{.prompt = 10, .output = 1, .cached = 7}};
  CHECK(serve(odd, limits, PlainModel()).requests[0].first_token == 106);
}

TEST_CASE("What a sequence holds besides its tokens counts, too") {
  Limits limits = ten_at_a_time();
  limits.sequence_blocks = 3;
  limits.blocks = 8;  // of 4 each: two sequences of one block
  const std::vector<Request> requests(3, {.prompt = 3, .output = 2});
  const Run run = serve(requests, limits, PlainModel());
  CHECK(run.peak_blocks == 8);
  CHECK(run.requests[1].scheduled == 0);
  CHECK(run.requests[2].scheduled == run.requests[0].last_token);
}

std::vector<Request> some_requests(Rng& rng, std::size_t count) {
  std::vector<Request> requests;
  double now = 0.0;
  for (std::size_t i = 0; i < count; ++i) {
    now += rng.exponential(400.0);
    Request request{.arrival = static_cast<Picoseconds>(now),
                    .prompt = 1 + static_cast<std::int64_t>(rng.below(40)),
                    .output = 1 + static_cast<std::int64_t>(rng.below(30))};
    request.cached = static_cast<std::int64_t>(rng.below(2)) * (request.prompt / 2);
    requests.push_back(request);
  }
  return requests;
}

// Every kind of engine.
std::vector<Limits> engines() {
  Limits paged{.step_tokens = 24, .sequences = 6, .blocks = 70, .block_tokens = 4};
  Limits keeping = paged;
  keeping.prefix_caching = true;
  Limits by_prompt = paged;
  by_prompt.admit = Admit::prompt;
  by_prompt.sequence_blocks = 2;
  Limits set_aside = paged;
  set_aside.admit = Admit::request;
  set_aside.chunked_prefill = false;
  Limits alone = by_prompt;
  alone.prefill_alone = true;
  Limits seldom = alone;
  seldom.receive_every = 5;
  Limits patient = paged;
  patient.batch_wait_steps = 4;
  patient.batch_wait_tokens = 40;
  Limits static_batch = set_aside;
  static_batch.static_batch = true;
  static_batch.prefill_alone = true;
  Limits static_chunks = static_batch;
  static_chunks.chunked_prefill = true;
  Limits slots{.step_tokens = 24, .sequences = 3, .blocks = 3, .block_tokens = 128};
  slots.admit = Admit::request;
  Limits drafting = paged;
  drafting.speculation = {.drafted = 3, .acceptance = 0.7};
  Limits drafting_slots = slots;
  drafting_slots.speculation = {.drafted = 5, .acceptance = 0.9};
  Limits drafting_batch = static_chunks;
  drafting_batch.speculation = {.drafted = 1, .acceptance = 0.5};
  return {paged,        keeping,       by_prompt, set_aside, alone,          seldom,        patient,
          static_batch, static_chunks, slots,     drafting,  drafting_slots, drafting_batch};
}

TEST_CASE("Every engine taken run by run is the same step by step") {
  for (const Limits& limits : engines())
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      Rng rng(seed, "loads of every engine");
      const std::vector<Request> requests = some_requests(rng, 50);
      for (const int clients : {0, 4}) {
        Options fast;
        if (clients > 0) fast.closed_loop = ClosedLoop{.clients = clients};
        Options slow = fast;
        slow.coalesce = false;
        const Run a = serve(requests, limits, PlainModel(), fast);
        const Run b = serve(requests, limits, PlainModel(), slow);
        REQUIRE(a.end == b.end);
        REQUIRE(a.steps == b.steps);
        REQUIRE(a.generated == b.generated);
        REQUIRE(a.peak_blocks == b.peak_blocks);
        for (std::size_t i = 0; i < requests.size(); ++i) {
          REQUIRE(a.requests[i].first_token == b.requests[i].first_token);
          REQUIRE(a.requests[i].last_token == b.requests[i].last_token);
        }
        for (const double q : {0.1, 0.5, 0.99}) REQUIRE(a.gaps.quantile(q) == b.gaps.quantile(q));
      }
    }
}

TEST_CASE("Every token is given once, every block comes back, and Little's law holds") {
  for (const Limits& limits : engines()) {
    Rng rng(5, "conservation");
    const std::vector<Request> requests = some_requests(rng, 400);
    const Run run = serve(requests, limits, PlainModel());
    std::int64_t outputs = 0;
    double in_steps = 0.0;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const RequestTimes& times = run.requests[i];
      REQUIRE_FALSE(times.refused);
      REQUIRE(times.output == requests[i].output);
      REQUIRE(times.arrival <= times.scheduled);
      REQUIRE(times.scheduled < times.first_token);
      REQUIRE(times.first_token <= times.last_token);
      outputs += times.output;
      in_steps += static_cast<double>(times.last_token - times.scheduled);
    }
    CHECK(run.generated == outputs);
    CHECK(run.gaps.count() == outputs - static_cast<std::int64_t>(requests.size()));
    CHECK(run.peak_blocks <= limits.blocks);
    // Mean number in service times the time is the sum of their stays: exactly where nobody is
    // preempted and nobody is carried along when done.
    if (limits.static_batch || run.preemptions > 0) continue;
    CHECK(run.running_time == Approx(in_steps));
  }
}

TEST_CASE("What the record adds up is what requests wait") {
  for (const Limits& limits : engines()) {
    Rng rng(9, "records");
    const std::vector<Request> requests = some_requests(rng, 200);
    ScheduleRecord record;
    const Run run = serve(requests, limits, PlainModel(), {.record = &record});
    double first = 0.0;
    double gaps = 0.0;
    double per_token = 0.0;
    for (const RequestTimes& times : run.requests) {
      first += static_cast<double>(times.first_token - times.arrival);
      const auto answer = static_cast<double>(times.last_token - times.first_token);
      gaps += answer;
      if (times.output > 1) per_token += answer / static_cast<double>(times.output - 1);
    }
    for (const std::size_t most : {std::size_t{3}, std::size_t{12}, std::size_t{1000}}) {
      TimeSums sums;
      double steps = 0.0;
      for (const StepKind& kind : record.kinds(most)) {
        sums.add(kind.time);
        steps += kind.steps;
      }
      CHECK(record.kinds(most).size() <= most);
      CHECK(steps == Approx(static_cast<double>(run.steps)));
      CHECK(sums.all == Approx(static_cast<double>(run.busy)));
      CHECK(sums.all + record.idle() == Approx(static_cast<double>(run.end)));
      CHECK(sums.first_token == Approx(first));
      CHECK(sums.gaps == Approx(gaps));
      CHECK(sums.per_token == Approx(per_token));
    }
  }
}

TEST_CASE("Gaps of a window only") {
  // Two requests one after the other; the window has the second alone.
  const std::vector<Request> requests{{.prompt = 4, .output = 5},
                                      {.arrival = 10'000, .prompt = 4, .output = 7}};
  const Run run =
      serve(requests, ten_at_a_time(), PlainModel(), {.gaps_from = 5'000, .gaps_to = 50'000});
  CHECK(run.gaps.count() == 6);
}

TEST_CASE("Of drafted tokens all, none or some are accepted") {
  Limits limits = ten_at_a_time();
  limits.speculation = {.drafted = 3, .acceptance = 1.0};
  // A prompt of 4, then two steps of four tokens, then the tenth alone.
  const std::vector<Request> one{{.prompt = 4, .output = 10}};
  const Run all = serve(one, limits, PlainModel());
  CHECK(all.requests[0].first_token == 100 + 4);
  CHECK(all.requests[0].last_token == 100 + 4 + 3 * 101);
  CHECK(all.steps == 4);
  // Nine gaps, of which three are a step.
  CHECK(all.gaps.count() == 9);
  CHECK(all.gaps.mean() == Approx(3 * 101 / 9.0));
  CHECK(all.gaps.quantile(0.5) == 0);
  CHECK(all.gaps.quantile(0.9) == 101);

  limits.speculation.acceptance = 0.0;
  const Run none = serve(one, limits, PlainModel());
  CHECK(none.steps == 10);
  CHECK(none.requests[0].last_token == 100 + 4 + 9 * 101);

  // (1 - a^(k+1)) / (1 - a) = 2.533 tokens a step. Their standard deviation is 1.3: the mean of
  // 40,000 steps errs by 0.0065; four of these are 1 %.
  limits.speculation.acceptance = 0.7;
  const std::vector<Request> many(100, {.prompt = 1, .output = 1001});
  const Run some = serve(many, limits, PlainModel(), {.closed_loop = ClosedLoop{.clients = 1}});
  CHECK(1000.0 * 100.0 / static_cast<double>(some.steps - 100) == Approx(2.533).epsilon(0.01));
  limits.speculation.seed = 2;
  const Run other = serve(many, limits, PlainModel(), {.closed_loop = ClosedLoop{.clients = 1}});
  CHECK(other.steps != some.steps);
}

TEST_CASE("What is verified takes blocks before it is accepted") {
  // Blocks of one token: five of the prompt, four more in the step after it.
  Limits limits{.step_tokens = 10, .sequences = 8, .blocks = 9, .block_tokens = 1};
  limits.speculation = {.drafted = 3, .acceptance = 0.0};
  const std::vector<Request> one{{.prompt = 5, .output = 5}};
  const Run run = serve(one, limits, PlainModel());
  CHECK(run.peak_blocks == 9);
  CHECK(run.preemptions == 0);
  CHECK(run.generated == 5);
}

TEST_CASE("Limits that contradict each other are refused") {
  Limits limits = ten_at_a_time();
  limits.static_batch = true;
  CHECK_THROWS_AS(serve({}, limits, PlainModel()), std::invalid_argument);
  const std::vector<Request> all_cached{{.prompt = 4, .output = 1, .cached = 4}};
  CHECK_THROWS_AS(serve(all_cached, ten_at_a_time(), PlainModel()), std::invalid_argument);
}

}  // namespace
}  // namespace plimsoll::serving
