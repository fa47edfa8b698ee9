// The section `load` as far as it is about requests: read, written, in short, overridden; what
// becomes of it, and every refusal.
#include "scenario/load_section.h"

#include <filesystem>
#include <string>
#include <vector>

#include "scenario/read_text.h"
#include "scenario/recorded_requests.h"
#include "scenario/resolve_load.h"
#include "scenario/small_world.h"

namespace plimsoll {
namespace {

using Catch::Contains;

const std::string full_load = R"(kind: scenario
model: dense
load:
  input_tokens_per_month: 1000
  arrivals: bursty
  rate: 2.5
  burstiness: 0.5
  requests: 300
  duration: 90 s
  seed: 7
  lengths:
    distribution: uniform
    prompt: 1024
    output: 512
    shortest: 0.8
    longest: 1.2
  window: steady
  ttft_target: 2 s
  tpot_target: 50 ms
  end_to_end_target: 20 s
  target_share: 0.95
  headroom: 0.1
  max_sequences: 128
  max_step_tokens: 4096
  admission: chunk
  memory_share: 0.85
  cache_tokens: 41408
  chunked_prefill: false
  receive_interval: 30
  batch_wait: 20
  prefix_share: 0.25
)";

void check_full(const LoadSection& read) {
  CHECK(read.arrivals.value == ArrivalKind::bursty);
  CHECK(read.rate.value == 2.5);
  CHECK(read.burstiness.value == 0.5);
  CHECK(read.requests.value == 300);
  CHECK(read.duration.value->base() == 90.0);
  CHECK(read.seed.value == 7);
  CHECK(read.lengths.value == "uniform");
  CHECK(read.prompt.value == 1024);
  CHECK(read.output.value == 512);
  CHECK(read.shortest.value == 0.8);
  CHECK(read.longest.value == 1.2);
  CHECK(read.window.value == LoadWindow::steady);
  CHECK(read.ttft_target.value->base() == 2.0);
  CHECK(read.tpot_target.value->base() == 0.05);
  CHECK(read.end_to_end_target.value->base() == 20.0);
  CHECK(read.target_share.value == 0.95);
  CHECK(read.headroom.value == 0.1);
  CHECK(read.max_sequences.value == 128);
  CHECK(read.max_step_tokens.value == 4096);
  CHECK(read.admission.value == Admission::chunk);
  CHECK(read.memory_share.value == 0.85);
  CHECK(read.cache_tokens.value == 41408);
  CHECK(read.chunked_prefill.value == false);
  CHECK(read.receive_interval.value == 30);
  CHECK(read.batch_wait.value == 20);
  CHECK(read.prefix_share.value == 0.25);
}

TEST_CASE("every key of a load is read and reads back", "[scenario][load]") {
  const DataFixture data;
  const ScenarioSpec spec = read_text(data, full_load);
  check_full(spec.load);
  CHECK(spec.monthly_input.value == 1000);
  CHECK(first_place(spec.load)->line == 5);
  CHECK(asks_for_serving(spec.load));
  const std::string text = to_yaml(spec);
  check_full(read_text(data, text).load);
  CHECK(to_yaml(read_text(data, text)) == text);
  // Tokens of a month alone ask for no requests.
  CHECK_FALSE(asks_for_serving(
      read_text(data, "kind: scenario\nload: {input_tokens_per_month: 5}\n").load));
}

TEST_CASE("loads and lengths in short", "[scenario][load]") {
  const DataFixture data;
  const auto load = [&](const std::string& text) {
    return read_text(data, "kind: scenario\nload: " + text + "\n").load;
  };
  CHECK(load("closed:64").arrivals.value == ArrivalKind::closed);
  CHECK(load("closed:64").concurrency.value == 64);
  CHECK(load("all").arrivals.value == ArrivalKind::all);
  CHECK(load("poisson:10").rate.value == 10.0);
  CHECK(load("poisson:highest").highest_rate.has());
  CHECK_FALSE(load("poisson:highest").rate.has());
  CHECK(load("bursty:10:0.5").burstiness.value == 0.5);
  CHECK(*load("trace:a.csv").trace.value == (data.root() / "a.csv").string());
  CHECK(load("{lengths: 1136/212}").prompt.value == 1136);
  CHECK(load("{lengths: 1136/212}").output.value == 212);
  const LoadSection uniform = load("{lengths: '1024/512:0.8-1'}");
  CHECK(uniform.lengths.value == "uniform");
  CHECK(uniform.shortest.value == 0.8);
  CHECK(uniform.longest.value == 1.0);
  CHECK(load("{lengths: sharegpt}").lengths.value == "sharegpt");
  CHECK_THROWS_AS(load("sometimes"), InputError);
  CHECK_THROWS_AS(load("closed:many"), InputError);
  CHECK_THROWS_AS(load("poisson:higher"), InputError);
  CHECK_THROWS_WITH(load("{arrivals: all, admission: chunck}"), Contains("'chunk'"));
}

TEST_CASE("what an option says takes the place of the file's arrivals only", "[scenario][load]") {
  const DataFixture data;
  std::vector<std::string> overrides = *load_overrides("closed:32");
  for (const std::string& more : length_overrides("100/50")) overrides.push_back(more);
  const LoadSection read = read_text(data, full_load, overrides).load;
  CHECK(read.arrivals.value == ArrivalKind::closed);
  CHECK(read.concurrency.value == 32);
  CHECK_FALSE(read.rate.has());
  CHECK_FALSE(read.burstiness.has());
  CHECK_FALSE(read.duration.has());
  CHECK(read.prompt.value == 100);
  CHECK_FALSE(read.shortest.has());
  CHECK(read.requests.value == 300);
  CHECK(read.ttft_target.has());
  CHECK_FALSE(load_overrides("poisson"));
}

// The load of a scenario of the small world.
struct LoadWorld : SmallWorld {
  Scenario with(const std::vector<std::string>& overrides) {
    return resolved(spec_of({{"model", "dense"}, {"system", "box-1"}}, overrides), catalog());
  }
  std::string refusal(const std::vector<std::string>& overrides) {
    Diagnostics diagnostics;
    const auto scenario = resolve(spec_of({{"model", "dense"}, {"system", "box-1"}}, overrides),
                                  catalog(), diagnostics);
    CHECK_FALSE(scenario);
    return all_texts(diagnostics);
  }
};

TEST_CASE_METHOD(LoadWorld, "defaults of a load", "[scenario][load]") {
  const LoadSetup closed = *with({"load=closed:64"}).serving;
  CHECK(closed.concurrency == 64);
  CHECK(closed.requests == 640);  // ten of each client
  CHECK(with({"load=closed:3"}).serving->requests == 100);
  CHECK(with({"load=poisson:2"}).serving->requests == 1000);
  CHECK(with({"load={rate: 2, duration: 90 s}"}).serving->requests == 180);
  CHECK(with({"load={rate: highest, duration: 90 s, tpot_target: 50 ms}"})
            .serving->requests_at(3.0) == 270);
  // Lengths are the workload's where the load has none, and the other way round.
  const Scenario both = with({"load=all", "workload.prompt=300", "workload.generate=20"});
  CHECK(both.serving->lengths.prompt == 300.0);
  CHECK(both.serving->lengths.output == 20.0);
  const Scenario lengths = with({"load={arrivals: all, lengths: 700/90}"});
  CHECK(lengths.workload.prompt == 700);
  CHECK(lengths.workload.generate == 90);
  CHECK_FALSE(with({}).serving);
  // A key that only one kind of arrivals has says which.
  CHECK(with({"load.rate=3"}).serving->arrivals == ArrivalKind::poisson);
  const Scenario highest = with({"load.rate=highest", "load.tpot_target=50 ms"});
  CHECK(highest.serving->arrivals == ArrivalKind::poisson);
  CHECK(highest.serving->highest_rate);
  CHECK(highest.serving->target_share == 0.99);
  CHECK(to_yaml(highest.spec).find("rate: highest") != std::string::npos);
  CHECK(with({"load.concurrency=3"}).serving->arrivals == ArrivalKind::closed);
}

TEST_CASE_METHOD(LoadWorld, "the context holds the longest request", "[scenario][load]") {
  const Scenario long_ones =
      with({"load={arrivals: all, lengths: {distribution: uniform, prompt: 5000, output: 100, "
            "longest: 1.5}}"});
  CHECK(long_ones.workload.context == 7500 + 150);
  CHECK(longest_request(*long_ones.serving) == 7650);
  CHECK_THAT(refusal({"load={arrivals: all, lengths: 5000/100}", "workload.context=4096"}),
             Contains("the longest request needs 5100"));
}

TEST_CASE_METHOD(LoadWorld, "loads that contradict themselves are refused", "[scenario][load]") {
  CHECK_THAT(refusal({"load={requests: 5}"}), Contains("does not say how requests arrive"));
  CHECK_THAT(refusal({"load={arrivals: closed}"}), Contains("need concurrency"));
  CHECK_THAT(refusal({"load={arrivals: poisson, rate: 1, concurrency: 4}"}),
             Contains("concurrency says nothing"));
  CHECK_THAT(refusal({"load={arrivals: all, lengths: {shortest: 0.5, prompt: 5}}"}),
             Contains("shortest says nothing"));
  CHECK_THAT(refusal({"load={arrivals: all, lengths: '10/10:1-0.5'}"}),
             Contains("shortest <= longest"));
  CHECK_THAT(refusal({"load={arrivals: all, lengths: nobodys}"}), Contains("unknown-lengths"));
  CHECK_THAT(refusal({"load=trace:/not/there.csv"}), Contains("unreadable"));
  CHECK_THAT(refusal({"load=poisson:highest"}), Contains("the highest rate needs a target"));
  CHECK_THAT(refusal({"load={arrivals: all, rate: highest, ttft_target: 1 s}"}),
             Contains("rate says nothing"));
  CHECK_THAT(refusal({"load={arrivals: all, target_share: 0.9}"}),
             Contains("says nothing without a target"));
  CHECK_THAT(refusal({"load={rate: 3, target_share: 0.9, ttft_target: 1 s}"}),
             Contains("the rate is given"));
  CHECK_THAT(refusal({"load={rate: 3, headroom: 0.1, ttft_target: 1 s}"}),
             Contains("headroom is below the highest rate"));
  CHECK_THAT(refusal({"load={arrivals: all, duration: 10 s}"}), Contains("duration says nothing"));
  CHECK_THAT(refusal({"load={rate: 3, requests: 5, duration: 10 s}"}),
             Contains("a duration or requests"));
  data.write("hwdb/engines/slots.yaml",
             small_world::engine("slots", "safetensors", "tensor_parallel",
                                 "serving: {batching: slots, limits: [{sequences: 4, "
                                 "step_tokens: 2048}], source: S}\n",
                                 small_world::backend("cuda", "gpu", true)));
  CHECK_THAT(refusal({"engine=slots", "load={arrivals: all, admission: chunk}"}),
             Contains("sets the whole cache of a request aside"));
}

TEST_CASE_METHOD(LoadWorld, "recorded requests", "[scenario][load]") {
  const std::string csv = data.write("t.csv",
                                     "arrival,other,prompt,output\n"
                                     "12.5,x,100,7\n\n"
                                     "10.25,y,50,3\n");
  const LoadSetup load = *with({"load=trace:" + csv}).serving;
  REQUIRE(load.requests == 2);
  // In the order of arrival, from the first.
  CHECK(load.trace[0].prompt == 50);
  CHECK(load.trace[0].arrival.base() == 0.0);
  CHECK(load.trace[1].arrival.base() == 2.25);
  CHECK(load.lengths.prompt == 75.0);
  CHECK(with({"load=trace:" + csv, "load.requests=1"}).serving->requests == 1);
  const std::string lines = data.write(
      "t.jsonl", "{\"input_toks\": 9, \"output_toks\": 2, \"arrival_time\": 1787267980.5}\n");
  CHECK(with({"load=trace:" + lines}).serving->trace[0].prompt == 9);
  const std::string listed = data.write("l.csv", "prompt_tokens,output_tokens\n5,1\n7,2\n");
  CHECK(with({"load={arrivals: all, lengths: {file: " + listed + "}}"})
            .serving->lengths.list.size() == 2);
  const std::string broken = data.write("b.csv", "arrival,prompt,output\n1,0,3\n2,5\n");
  CHECK_THAT(refusal({"load=trace:" + broken}), Contains("b.csv:2:1") && Contains("b.csv:3:1"));
}

// The quickest hand-over is the second's: the server's clock is 100 s - 1 s ahead of the clients'.
TEST_CASE_METHOD(LoadWorld, "answers as a server logged them", "[scenario][load]") {
  const std::string log = data.write(
      "log.jsonl",
      R"({"arrival_time": 3, "input_toks": 9, "output_toks": 2, "queued_ts": 102.5, "first_token_ts": 103, "last_token_ts": 104}
{"arrival_time": 1, "input_toks": 8, "output_toks": 5, "queued_ts": 100, "first_token_ts": 100.5, "last_token_ts": 110}
)");
  Diagnostics diagnostics;
  const auto answered = read_answered_requests(log, {}, diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  REQUIRE(answered.size() == 2);
  CHECK(answered[0].request.output == 5);
  CHECK(answered[0].first_token.base() == Approx(0.5));
  CHECK(answered[0].last_token.base() == Approx(10.0));
  CHECK(answered[1].request.arrival.base() == Approx(2.0));
  CHECK(answered[1].first_token.base() == Approx(1.0));
  CHECK(answered[1].last_token.base() == Approx(2.0));
  // One clock; a request without tokens; a token before its request.
  const std::string same =
      data.write("same.csv", "arrival,prompt,output,first_token,last_token\n5,9,2,5.25,6\n");
  CHECK(read_answered_requests(same, {}, diagnostics).front().first_token.base() == Approx(0.25));
  const std::string bad = data.write("bad.csv", "arrival,prompt,output\n5,9,2\n");
  CHECK(read_answered_requests(bad, {}, diagnostics).empty());
  CHECK_THAT(all_texts(diagnostics), Contains("bad.csv:2:1") && Contains("first and last token"));
  Diagnostics early;
  const std::string before =
      data.write("early.csv", "arrival,prompt,output,first_token,last_token\n5,9,2,4,6\n");
  CHECK(read_answered_requests(before, {}, early).empty());
  CHECK(early.has_errors());
}

TEST_CASE_METHOD(LoadWorld, "lengths of a data set", "[scenario][load]") {
  data.write("hwdb/lengths.yaml", R"(kind: lengths
lengths:
  talk:
    name: Talk
    names: [Small Talk]
    prompt: {mean: {value: 100, source: S, status: measured}, sigma: {value: 1, source: S, status: measured}, most: 400}
    output: {mean: {value: 50, source: S, status: measured}, sigma: {value: 0.5, source: S, status: measured}}
)");
  const LengthSetup lengths = with({"load={arrivals: all, lengths: small talk}"}).serving->lengths;
  CHECK(lengths.dataset == "talk");
  CHECK(lengths.kind == LengthKind::log_normal);
  CHECK(lengths.prompt == 100.0);
  CHECK(lengths.prompt_max == 400);
  // Cut off at the 99.9th percentile: median 50 exp(-1/8) = 44.1 times exp(0.5 * 3.090).
  CHECK(lengths.output_max == 207);
  CHECK_THAT(refusal({"load={arrivals: all, lengths: tlak}"}), Contains("talk"));
}

}  // namespace
}  // namespace plimsoll
