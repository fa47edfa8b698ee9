// A load from the scenario to its figures: the requests drawn, what the server is started with, and
// what comes of the run.
#include "evaluate/serving_run.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/rng.h"
#include "evaluate/prepared_fixture.h"
#include "evaluate/request_stream.h"
#include "evaluate/step_model.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

using serving::Request;

LoadSetup poisson_load(double rate, std::int64_t requests) {
  LoadSetup load;
  load.arrivals = ArrivalKind::poisson;
  load.rate = rate;
  load.requests = requests;
  load.lengths.prompt = 100.0;
  load.lengths.output = 10.0;
  return load;
}

struct Moments {
  double mean = 0.0;
  double variance = 0.0;
};
Moments moments(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  Moments m{.mean = std::accumulate(values.begin(), values.end(), 0.0) / n};
  for (const double v : values) m.variance += (v - m.mean) * (v - m.mean) / n;
  return m;
}

std::vector<double> gaps_of(const std::vector<Request>& requests) {
  std::vector<double> gaps;
  for (std::size_t i = 1; i < requests.size(); ++i)
    gaps.push_back(static_cast<double>(requests[i].arrival - requests[i - 1].arrival) * 1e-12);
  return gaps;
}

TEST_CASE("Poisson arrivals are inverse transforms of the stream 'arrivals'", "[load]") {
  LoadSetup load = poisson_load(10.0, 20'000);
  load.seed = 42;
  const std::vector<Request> requests = request_stream(load);
  CHECK(requests[0].arrival == 0);
  Rng rng(42, "arrivals");
  CHECK(static_cast<double>(requests[1].arrival) ==
        Approx(-0.1 * std::log1p(-rng.uniform()) * 1e12).margin(1.0));
  // The mean of n exponential gaps errs by mean / sqrt(n); four of these are 3 % here.
  const Moments gaps = moments(gaps_of(requests));
  CHECK(gaps.mean == Approx(0.1).epsilon(0.03));
  CHECK(gaps.variance == Approx(0.01).epsilon(0.1));
  for (std::size_t i = 1; i < requests.size(); ++i)
    REQUIRE(requests[i].arrival >= requests[i - 1].arrival);
  const std::vector<Request> again = request_stream(load);
  CHECK(std::equal(requests.begin(), requests.end(), again.begin(), [](auto& a, auto& b) {
    return a.arrival == b.arrival && a.prompt == b.prompt && a.output == b.output;
  }));
}

TEST_CASE("Bursty gaps have the variance of their gamma distribution", "[load]") {
  LoadSetup load = poisson_load(4.0, 40'000);
  load.arrivals = ArrivalKind::bursty;
  load.burstiness = 0.5;
  // Mean k θ = 1 / rate and variance k θ², k = burstiness, θ = 1 / (rate k).
  const Moments gaps = moments(gaps_of(request_stream(load)));
  CHECK(gaps.mean == Approx(0.25).epsilon(0.04));
  CHECK(gaps.variance == Approx(0.5 * 0.5 * 0.5).epsilon(0.1));
}

TEST_CASE("Uniform lengths lie between their shares, each as often", "[load]") {
  LoadSetup load = poisson_load(1.0, 20'000);
  load.lengths.kind = LengthKind::uniform;
  load.lengths.prompt = 1024.0;
  load.lengths.shortest = 0.8;
  std::vector<double> prompts;
  for (const Request& request : request_stream(load))
    prompts.push_back(static_cast<double>(request.prompt));
  // Whole numbers from 819 to 1024.
  CHECK(*std::min_element(prompts.begin(), prompts.end()) == 819.0);
  CHECK(*std::max_element(prompts.begin(), prompts.end()) == 1024.0);
  CHECK(moments(prompts).mean == Approx((819.0 + 1024.0) / 2.0).epsilon(0.005));
}

TEST_CASE("Log-normal lengths keep their mean below the cut", "[load]") {
  LoadSetup load = poisson_load(1.0, 40'000);
  load.lengths = {.kind = LengthKind::log_normal,
                  .prompt = 230.0,
                  .output = 200.0,
                  .prompt_sigma = 1.2,
                  .output_sigma = 0.3,
                  .prompt_max = 1024,
                  .output_max = 100'000};
  std::vector<double> prompts, logs;
  for (const Request& request : request_stream(load)) {
    REQUIRE(request.prompt >= 1);
    REQUIRE(request.prompt <= 1024);
    prompts.push_back(static_cast<double>(request.prompt));
    logs.push_back(std::log(static_cast<double>(request.output)));
  }
  CHECK(moments(prompts).mean == Approx(230.0).epsilon(0.02));
  CHECK(moments(logs).variance == Approx(0.09).epsilon(0.05));
  // Without a cut the median is mean exp(-sigma² / 2); a cut far away changes nothing.
  CHECK(median_of_cut_log_normal(200.0, 0.5, 0.0) == Approx(200.0 * std::exp(-0.125)));
  CHECK(median_of_cut_log_normal(200.0, 0.5, 1e9) == Approx(200.0 * std::exp(-0.125)));
  CHECK(median_of_cut_log_normal(200.0, 0.0, 1000.0) == Approx(200.0));
}

TEST_CASE("A prefix of each prompt is found, never all of it", "[load]") {
  LoadSetup load = poisson_load(1.0, 3);
  load.prefix_share = 0.25;
  CHECK(request_stream(load)[0].cached == 25);
  load.prefix_share = 1.0;
  CHECK(request_stream(load)[0].cached == 99);
}

const Options llama_on_h100 = {{"model", "llama-3.1-8b"},
                               {"quantization", "bf16-safetensors"},
                               {"system", "h100-sxm5-80gb-box"},
                               {"engine", "vllm"}};

Options with_option(Options options, const std::string& key, const std::string& value) {
  for (auto& [known, text] : options)
    if (known == key) text = value;
  return options;
}

std::unique_ptr<Prepared> with_load(const Options& options, std::vector<std::string> overrides) {
  return prepared(options, overrides);
}

TEST_CASE("What vLLM is started with follows from the device", "[load]") {
  const auto h100 = server_setup(*with_load(llama_on_h100, {"load=poisson:1"}), 0);
  CHECK(h100.limits.sequences == 1024);
  CHECK(h100.limits.step_tokens == 8192);
  CHECK(h100.limits.block_tokens == 16);
  CHECK(h100.limits.admit == serving::Admit::prompt);
  CHECK(server_setup(*with_load(llama_on_h100, {"load=all"}), 0).limits.step_tokens == 16384);
  const Options a100 = with_option(llama_on_h100, "system", "dgx-a100-640gb");
  const auto of_a100 =
      server_setup(*with_load(a100, {"load=poisson:1", "system.accelerators=1"}), 0);
  CHECK(of_a100.limits.sequences == 256);
  CHECK(of_a100.limits.step_tokens == 2048);
  const auto told = server_setup(
      *with_load(llama_on_h100, {"load={arrivals: all, max_sequences: 7, max_step_tokens: 300}"}),
      0);
  CHECK(told.limits.sequences == 7);
  CHECK(told.limits.step_tokens == 300);
  const auto admitted = [](const std::string& as) {
    return server_setup(*with_load(llama_on_h100, {"load={arrivals: all, admission: " + as + "}"}),
                        0)
        .limits.admit;
  };
  CHECK(admitted("chunk") == serving::Admit::first_step);
  CHECK(admitted("request") == serving::Admit::request);
}

TEST_CASE("KV blocks are what the engine's share of the memory leaves", "[load]") {
  const auto ready = with_load(llama_on_h100, {"load=poisson:1"});
  const ServerSetup setup = server_setup(*ready, 0);
  // 80 GB at 0.9, less 16.06 GB of weights; 16 tokens of 2 * 8 heads * 128 * 2 bytes * 32 layers
  // are 2 MiB. Buffers and contexts take a few GB more.
  const double most = (0.9 * 80e9 * 1.08 - 16.06e9) / (2 << 20);
  CHECK(static_cast<double>(setup.limits.blocks) < most);
  CHECK(static_cast<double>(setup.limits.blocks) > 0.85 * (0.9 * 80e9 - 16.06e9 - 6e9) / (2 << 20));
  const auto half = with_load(llama_on_h100, {"load={arrivals: all, memory_share: 0.45}"});
  const double fewer =
      static_cast<double>(setup.limits.blocks - server_setup(*half, 0).limits.blocks);
  Bytes capacity =
      ready->fabric
          ->pools()[static_cast<std::size_t>(
              ready->fabric
                  ->executors()[static_cast<std::size_t>(ready->placement().stages[0].executors[0])]
                  .pool)]
          .capacity;
  CHECK(fewer == Approx(0.45 * capacity.base() / (2 << 20)).margin(1.0));
}

// vLLM 0.19 printed 2588 blocks of 16 tokens for this model on an RTX 4090 of 25,250,627,584 bytes
// (LLMServingSim, 5daddb2).
TEST_CASE("KV blocks of a measured server", "[load]") {
  const auto ready = with_load(with_option(llama_on_h100, "system", "rtx-4090-pc"),
                               {"load=poisson:10", "workload.context=32768"});
  CHECK(static_cast<double>(server_setup(*ready, 0).limits.blocks) == Approx(2588.0).epsilon(0.1));
}

TEST_CASE("A cache of a stated size", "[load]") {
  const auto ready = with_load(
      with_option(llama_on_h100, "system", "rtx-4090-pc"),
      {"load={arrivals: poisson, rate: 10, cache_tokens: 41415}", "workload.context=32768"});
  const ServerSetup setup = server_setup(*ready, 0);
  CHECK(setup.limits.blocks == 2588);  // whole ones of 16
  CHECK(setup.cache_tokens == 41408);
  // No smaller than for one sequence.
  const auto tiny =
      with_load(with_option(llama_on_h100, "system", "rtx-4090-pc"),
                {"load={arrivals: all, cache_tokens: 100}", "workload.context=32768"});
  CHECK(server_setup(*tiny, 0).cache_tokens == 32768);
}

TEST_CASE("Slots hold the whole context; their number is the clients'", "[load]") {
  const Options laptop = {{"model", "llama-3.1-8b"},
                          {"quantization", "q4_k_m"},
                          {"system", "rtx-4090-pc"},
                          {"engine", "llama.cpp"},
                          {"context", "8192"}};
  const ServerSetup two = server_setup(
      *with_load(laptop, {"load={arrivals: closed, concurrency: 6, cache_tokens: 20000}"}), 6);
  CHECK(two.limits.sequences == 2);  // of 8192
  const auto says_why = [](const ChosenDefault& each) {
    return each.why == "no more fit into load.cache_tokens";
  };
  CHECK(std::any_of(two.chosen.begin(), two.chosen.end(), says_why));
  const ServerSetup four = server_setup(*with_load(laptop, {"load=closed:6"}), 6);
  CHECK(four.limits.sequences == 6);
  CHECK(four.limits.blocks == 6);
  CHECK(four.limits.block_tokens == 8192);
  CHECK(four.limits.admit == serving::Admit::request);
  // 8192 tokens of 131,072 bytes are 1 GiB: about 18 go beside 4.9 GB of weights into 24 GiB.
  const ServerSetup many = server_setup(*with_load(laptop, {"load=closed:64"}), 64);
  CHECK(many.limits.sequences < 20);
  CHECK(many.limits.sequences > 12);
}

struct Served {
  explicit Served(const std::vector<std::string>& overrides, const ServingOptions& options = {},
                  const Options& what = llama_on_h100)
      : ready(with_load(what, overrides)), run(*ready, shipped_catalog().roofs(quiet), options) {}
  Diagnostics quiet;
  std::unique_ptr<Prepared> ready;
  ServingRun run;
};

double request_overhead(const Prepared& ready) {
  return ready.scenario.engine->serving.request_overhead.value.base();
}

TEST_CASE("One client: the loop is the passes one after another", "[load]") {
  const Served served({"load={arrivals: closed, concurrency: 1, lengths: 512/65, requests: 3}"},
                      {.intervals = false});
  const ServingOutcome out = served.run.outcome();
  PassStepModel steps(served.ready->lowering_request(),
                      shipped_catalog().roofs(const_cast<Diagnostics&>(served.quiet)));
  const double prompt =
      static_cast<double>(steps.mixed_step(
          {.prefilling = 1, .prefill_tokens = 512, .prefill_pairs = 512 * 513 / 2})) *
      1e-12;
  double answer = 0.0;
  for (std::int64_t past = 512; past < 512 + 64; ++past)
    answer += static_cast<double>(steps.decode_run({.decoding = 1, .decode_context = past}).first) *
              1e-12;
  // Protocol and tokenizer come before the first token and hold up no step.
  const double overhead = request_overhead(*served.ready);
  CHECK(out.first_token.mean.value == Approx(overhead + prompt));
  CHECK(out.output_token.mean.value == Approx(answer / 64.0));
  CHECK(out.end_to_end.p99.value == Approx(overhead + prompt + answer));
  CHECK(out.duration_s.value == Approx(3.0 * (prompt + answer)));
  CHECK(out.output_tokens_per_second.value == Approx(65.0 / (prompt + answer)));
  CHECK(out.total_tokens_per_second.value == Approx((512.0 + 65.0) / (prompt + answer)));
  CHECK(out.mean_queue == 0.0);
  CHECK(out.busy == Approx(1.0));
  CHECK(out.mean_running == Approx(1.0));
}

// tokens of a step: 1 + 0.8 + 0.64 + 0.512 on average.
TEST_CASE("Drafts shorten the time per token, and their acceptance widens its interval", "[load]") {
  const std::string load =
      "load={arrivals: closed, concurrency: 1, lengths: 512/401, requests: 20}";
  const std::string drafts = "savings.speculative={draft: eagle, tokens: 3, acceptance: ";
  const ServingOutcome sure = Served({load, drafts + "0.8}"}).run.outcome();
  const Served served({load, drafts + "{value: 0.8, range: [0.6, 0.9]}}"});
  const ServingOutcome out = served.run.outcome();
  PassStepModel steps(served.ready->lowering_request(),
                      shipped_catalog().roofs(const_cast<Diagnostics&>(served.quiet)));
  const double verify =
      static_cast<double>(steps.decode_run({.decoding = 1, .decode_context = 712}).first) * 1e-12;
  // 8,000 tokens in some 2,700 steps, whose number of tokens has a standard deviation of 1.2: 0.8
  // %.
  CHECK(out.output_token.mean.value == Approx(verify / 2.952).epsilon(0.03));
  CHECK(out.output_token.mean.value == sure.output_token.mean.value);
  CHECK(out.output_token.mean.high > sure.output_token.mean.high);
  CHECK(out.output_token.mean.low < sure.output_token.mean.low);
  CHECK(out.token_gap.p50.value == 0.0);
  CHECK(out.first_token.mean.high == Approx(sure.first_token.mean.high));
}

TEST_CASE("Taken step by step a load comes to the same", "[load]") {
  const std::vector<std::string> load = {
      "load={arrivals: poisson, rate: 12, requests: 300, lengths: '800/120:0.5-1.5'}"};
  const ServingOutcome fast = Served(load, {.intervals = false}).run.outcome();
  const ServingOutcome slow = Served(load, {.every_step = true, .intervals = false}).run.outcome();
  CHECK(fast.first_token.mean == slow.first_token.mean);
  CHECK(fast.token_gap.p99 == slow.token_gap.p99);
  CHECK(fast.end_to_end.p95 == slow.end_to_end.p95);
  CHECK(fast.duration_s == slow.duration_s);
  CHECK(fast.steps == slow.steps);
  CHECK(fast.cache_peak == slow.cache_peak);
}

TEST_CASE("Little's law between queue, running and latency", "[load]") {
  const Served served({"load={arrivals: poisson, rate: 8, requests: 600, lengths: 900/150}"},
                      {.intervals = false});
  const ServingOutcome out = served.run.outcome();
  REQUIRE(out.preemptions == 0);
  // Number in the system = rate times stay, over the run.
  const double in_system = out.mean_queue + out.mean_running * out.busy;
  const double stay = out.end_to_end.mean.value - request_overhead(*served.ready);
  CHECK(in_system == Approx(out.requests_per_second.value * stay));
}

TEST_CASE("Intervals hold the figures, and those of queues lean upwards", "[load]") {
  const ServingOutcome out =
      Served({"load={arrivals: poisson, rate: 20, requests: 300, lengths: 900/150}"}).run.outcome();
  for (const LatencyFigures* figures :
       {&out.first_token, &out.output_token, &out.token_gap, &out.end_to_end})
    for (const Estimate* each :
         {&figures->mean, &figures->p50, &figures->p90, &figures->p95, &figures->p99}) {
      CHECK(each->low < each->value);
      CHECK(each->value < each->high);
    }
  CHECK(out.output_tokens_per_second.low < out.output_tokens_per_second.value);
  // Slower steps make queues, faster ones no more than none.
  const Estimate& first = out.first_token.mean;
  CHECK(std::log(first.high / first.value) > std::log(first.value / first.low));
}

TEST_CASE("A server that keeps up has its arrivals' rate, however long its steps are", "[load]") {
  Diagnostics quiet;
  const auto outcome = [&](const char* load) {
    const auto ready = with_load(llama_on_h100, {load});
    return ServingRun(*ready, shipped_catalog().roofs(quiet)).outcome();
  };
  // 200 requests arrive within some 100 s; an answer takes a second or two.
  const ServingOutcome idle = outcome("load={arrivals: poisson, rate: 2, requests: 200}");
  for (const Estimate* each : {&idle.duration_s, &idle.requests_per_second,
                               &idle.output_tokens_per_second, &idle.total_tokens_per_second}) {
    CHECK(each->low >= 0.97 * each->value);
    CHECK(each->high <= 1.03 * each->value);
  }
  CHECK(idle.output_token.mean.high > 1.1 * idle.output_token.mean.value);
  // Far more than it can answer: as long as its steps.
  const ServingOutcome full = outcome("load={arrivals: poisson, rate: 500, requests: 2000}");
  CHECK(full.output_tokens_per_second.high > 1.1 * full.output_tokens_per_second.value);
  CHECK(full.output_tokens_per_second.low < 0.9 * full.output_tokens_per_second.value);
}

// The same server under a fit that found these spreads and this width for every figure of loads.
ServingOutcome with_spreads(double first_token, double between_tokens, double rate, double width) {
  const auto ready =
      with_load(llama_on_h100, {"load={arrivals: closed, concurrency: 8, requests: 40}"});
  auto engine = std::make_shared<EngineSpec>(*ready->scenario.engine);
  REQUIRE(engine->fit);
  FitTable fit = *engine->fit;
  const auto of_load = [](const auto& each) {
    return each.metric == "ttft_s" || each.metric == "itl_ms" || each.metric == "throughput_tps";
  };
  std::erase_if(fit.spreads, of_load);
  std::erase_if(fit.widths, of_load);
  fit.spreads.insert(fit.spreads.end(), {{.metric = "ttft_s", .sigma = first_token},
                                         {.metric = "itl_ms", .sigma = between_tokens},
                                         {.metric = "throughput_tps", .sigma = rate}});
  for (const FittedSpread& each : std::vector(fit.spreads.end() - 3, fit.spreads.end()))
    fit.widths.push_back({.metric = each.metric,
                          .load = "load",
                          .known_device = {.factor = width},
                          .new_device = {.factor = width}});
  engine->fit = std::make_shared<FitTable>(fit);
  ready->scenario.own_engine = engine;
  ready->scenario.engine = engine.get();
  Diagnostics quiet;
  return ServingRun(*ready, shipped_catalog().roofs(quiet)).outcome();
}

TEST_CASE("What a fit left over of a figure under load is in its interval", "[load]") {
  const ServingOutcome certain = with_spreads(0.0, 0.0, 0.0, 1.0);
  const ServingOutcome spread = with_spreads(0.3, 0.2, 0.1, 1.5);
  // Half widths of logarithms: parameters and the rest add in squares, all of it times 1.5.
  const auto check = [](const Estimate& without, const Estimate& with, double sigma) {
    CHECK(with.value == without.value);
    const double up = std::log(without.high / without.value);
    const double down = std::log(without.value / without.low);
    CHECK(std::log(with.high / with.value) == Approx(1.5 * std::hypot(up, z90 * sigma)));
    CHECK(std::log(with.value / with.low) == Approx(1.5 * std::hypot(down, z90 * sigma)));
  };
  check(certain.first_token.p95, spread.first_token.p95, 0.3);
  check(certain.output_token.mean, spread.output_token.mean, 0.2);
  check(certain.token_gap.p50, spread.token_gap.p50, 0.2);
  check(certain.total_tokens_per_second, spread.total_tokens_per_second, 0.1);
  const double first = certain.first_token.mean.value / certain.end_to_end.mean.value;
  check(certain.end_to_end.mean, spread.end_to_end.mean, 0.3 * first + 0.2 * (1.0 - first));
}

TEST_CASE("A frozen schedule gives the metric back", "[load]") {
  const std::string load = GENERATE(
      as<std::string>(), "load={arrivals: closed, concurrency: 24, requests: 120, lengths: 700/90}",
      "load={arrivals: all, requests: 200, lengths: '500/100:0.5-1.5'}",
      "load={arrivals: poisson, rate: 3, requests: 100, lengths: 700/90}");
  const Served served({load}, {.intervals = false});
  PassStepModel steps(served.ready->lowering_request(),
                      shipped_catalog().roofs(const_cast<Diagnostics&>(served.quiet)));
  for (const LoadMetric metric :
       {LoadMetric::output_tokens_per_second, LoadMetric::total_tokens_per_second,
        LoadMetric::requests_per_second, LoadMetric::mean_first_token,
        LoadMetric::median_first_token, LoadMetric::mean_token_gap, LoadMetric::median_token_gap,
        LoadMetric::mean_output_token, LoadMetric::mean_end_to_end}) {
    const FrozenSchedule frozen = served.run.frozen_schedule(metric);
    double sum = 0.0;
    for (const WeightedPass& pass : frozen.passes)
      sum += pass.weight * steps.full(pass.pass).time.base();
    CHECK(frozen.passes.size() <= 12);
    CHECK(frozen.metric(sum) == Approx(frozen.value));
    CHECK(frozen.value == Approx(served.run.value(metric)));
    CHECK(frozen.value > 0.0);
  }
}

TEST_CASE("Replicas share the requests, and the clients", "[load]") {
  const Options two = with_option(llama_on_h100, "system", "2x h100-sxm5-80gb-box");
  const ServingOutcome one =
      Served({"load={arrivals: closed, concurrency: 8, requests: 80, lengths: 600/60}"},
             {.intervals = false})
          .run.outcome();
  const ServingOutcome both =
      Served({"load={arrivals: closed, concurrency: 16, requests: 160, lengths: 600/60}",
              "replicas=2", "system.link=ethernet-100g"},
             {.intervals = false}, two)
          .run.outcome();
  CHECK(both.replicas == 2);
  CHECK(both.devices == 2);
  CHECK(both.requests == 160);
  CHECK(both.output_tokens_per_second.value == Approx(2.0 * one.output_tokens_per_second.value));
  CHECK(both.output_tokens_per_second_and_device.value ==
        Approx(one.output_tokens_per_second.value));
  CHECK(both.first_token.mean.value == Approx(one.first_token.mean.value));
  CHECK(both.cache_peak == Approx(one.cache_peak));
}

TEST_CASE("Goodput counts requests within the targets", "[load]") {
  const std::string load = "load={arrivals: all, requests: 50, lengths: 600/60, ttft_target: ";
  const ServingOutcome none = Served({load + "1 us}"}, {.intervals = false}).run.outcome();
  CHECK(none.goodput_requests_per_second->value == 0.0);
  CHECK(*none.within_targets == 0.0);
  const ServingOutcome all = Served({load + "1 h}"}, {.intervals = false}).run.outcome();
  CHECK(all.goodput_requests_per_second->value == Approx(all.requests_per_second.value));
  CHECK(*all.within_targets == 1.0);
}

// Figures of a load at the highest rate, and at a rate that is given.
ServingOutcome at_rate(const std::string& rate, const std::string& targets) {
  return Served({"load={arrivals: poisson, rate: " + rate + ", requests: 400, lengths: 600/60, " +
                 targets + "}"},
                {.intervals = false})
      .run.outcome();
}

TEST_CASE("At the highest rate the targets hold, above it they do not", "[load]") {
  const std::string targets = "ttft_target: 300 ms, tpot_target: 25 ms";
  const ServingOutcome highest = at_rate("highest", targets + ", target_share: 0.95");
  REQUIRE(highest.highest_rate);
  CHECK(highest.highest_rate->share == 0.95);
  CHECK(highest.first_token.p95.value <= 0.3);
  CHECK(highest.output_token.p95.value <= 0.025);
  const double rate = highest.highest_rate->requests_per_second.value;
  CHECK_THAT(highest.load, Catch::Contains("the highest rate within the targets"));
  // The same as that rate given. The search ends within 1 % of the turn.
  const ServingOutcome same = at_rate(std::to_string(rate), targets);
  CHECK(same.output_token.p99.value == Approx(highest.output_token.p99.value).epsilon(1e-3));
  CHECK_FALSE(same.highest_rate);
  const ServingOutcome above = at_rate(std::to_string(1.03 * rate), targets);
  CHECK((above.first_token.p95.value > 0.3 || above.output_token.p95.value > 0.025));
}

TEST_CASE("With headroom the run stays so far below the highest rate", "[load]") {
  const std::string targets = "ttft_target: 300 ms, tpot_target: 25 ms";
  const double highest = at_rate("highest", targets).highest_rate->requests_per_second.value;
  const ServingOutcome below = at_rate("highest", targets + ", headroom: 0.1");
  const double rate = below.highest_rate->requests_per_second.value;
  CHECK(rate == Approx(0.9 * highest).epsilon(0.01));
  CHECK(below.highest_rate->headroom == 0.1);
  CHECK_THAT(below.load, Catch::Contains("10 % below the highest rate within the targets"));
  const ServingOutcome same = at_rate(std::to_string(rate), targets);
  CHECK(same.output_token.p99.value == Approx(below.output_token.p99.value).epsilon(1e-3));
  CHECK(same.first_token.mean.value == Approx(below.first_token.mean.value).epsilon(1e-3));
}

// The first look at a part of the requests only says where to search with all of them.
TEST_CASE("The highest rate over some time is that of all requests of it", "[load]") {
  const std::string rest = "lengths: 600/60, tpot_target: 20 ms}";
  const auto at = [&](const std::string& rate, const std::string& length) {
    return Served({"load={arrivals: poisson, rate: " + rate + ", " + length + ", " + rest},
                  {.intervals = false})
        .run.outcome();
  };
  const ServingOutcome highest = at("highest", "duration: 4 min");
  const double rate = highest.highest_rate->requests_per_second.value;
  CHECK(highest.requests == std::llround(240.0 * rate));
  CHECK(highest.requests > 4000);
  CHECK(highest.output_token.p99.value <= 0.02);
  CHECK(at(std::to_string(1.02 * rate), "duration: 4 min").output_token.p99.value > 0.02);
}

TEST_CASE("Targets that nothing misses, and that nothing meets", "[load]") {
  CHECK(at_rate("highest", "ttft_target: 1 h, tpot_target: 25 ms").highest_rate->binding == "TPOT");
  const ServingOutcome all = at_rate("highest", "ttft_target: 1 h");
  CHECK(all.highest_rate->unlimited);
  const ServingOutcome none = at_rate("highest", "end_to_end_target: 1 ms");
  CHECK(none.highest_rate->none);
  CHECK(none.highest_rate->binding == "end to end");
  CHECK(*none.within_targets == 0.0);
}

// Of a server that takes the rate its steps allow, the rate moves against the steps' times, and a
// latency that a target holds moves less than they do.
TEST_CASE("The schedule at the highest rate moves with the steps", "[load]") {
  const Served served({"load={arrivals: poisson, rate: highest, requests: 400, lengths: 600/60, "
                       "tpot_target: 20 ms}"},
                      {.intervals = false});
  const FrozenSchedule rate = served.run.frozen_schedule(LoadMetric::requests_per_second);
  CHECK(rate.rate);
  CHECK(rate.value == Approx(served.run.value(LoadMetric::requests_per_second)));
  CHECK(rate.constant_s < 1.0 / rate.value);
  const FrozenSchedule token = served.run.frozen_schedule(LoadMetric::mean_output_token);
  CHECK(token.constant_s > 0.0);
  PassStepModel steps(served.ready->lowering_request(),
                      shipped_catalog().roofs(const_cast<Diagnostics&>(served.quiet)));
  for (const FrozenSchedule* frozen : {&rate, &token}) {
    double sum = 0.0;
    for (const WeightedPass& pass : frozen->passes)
      sum += pass.weight * steps.full(pass.pass).time.base();
    CHECK(frozen->metric(sum) == Approx(frozen->value));
  }
}

TEST_CASE("A steady window leaves out the ends of the run", "[load]") {
  const std::string load =
      "load={arrivals: closed, concurrency: 16, requests: 200, lengths: 600/100, window: ";
  const ServingOutcome whole = Served({load + "whole}"}, {.intervals = false}).run.outcome();
  const ServingOutcome steady = Served({load + "steady}"}, {.intervals = false}).run.outcome();
  CHECK(whole.window.empty());
  CHECK_FALSE(steady.window.empty());
  CHECK(steady.requests < whole.requests);
  // All sixteen prompts at once in the beginning make the longest wait.
  CHECK(steady.first_token.p99.value <= whole.first_token.p99.value);
}

}  // namespace
}  // namespace plimsoll
