// Averages over prompt and answer against simulating every pass, and what must be monotone.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "evaluate/prepared_fixture.h"

namespace plimsoll {
namespace {

// The time of a step is linear in the context where nothing is windowed, so the mean over the
// answer is the value in its middle; an even number of tokens puts the middle sample half a token
// off, which counts four sixths.
TEST_CASE("the mean token is the mean over all tokens", "[evaluate]") {
  for (const Options& machine :
       {Options{{"system", "rtx-4090-pc"}}, Options{{"system", "macbook-pro-16-m3-max-48gb"}}}) {
    for (int generate : {1, 2, 3, 40, 41}) {
      Options options{{"model", "llama-3.1-8b"},
                      {"quantization", "q4_k_m"},
                      {"prompt", "100"},
                      {"generate", std::to_string(generate)}};
      options.insert(options.end(), machine.begin(), machine.end());
      const auto ready = prepared(options);
      SpeedModel model = speed_model(*ready);
      const double mean = model.measure().decode.time.base();
      double sum = 0.0;
      std::vector<double> tokens;
      for (int i = 0; i < generate; ++i)
        tokens.push_back(model.simulator().run(model.decode_graph(100 + i)).time.base());
      for (double token : tokens) sum += token;
      const double slope = generate > 1 ? (tokens.back() - tokens.front()) / (generate - 1) : 0.0;
      CHECK(slope >= 0.0);
      CHECK(mean == Approx(sum / generate).epsilon(1e-9).margin(slope / 2));
    }
  }
}

// exllamav3's kernels are taken for those of another engine, and no speed of its own was fitted:
// what its entry says of how far engines lie apart (0.42 and 0.65) is left open. Of llama.cpp many
// were.
TEST_CASE("kernels that nobody measured are as far off as engines lie apart", "[evaluate]") {
  const auto spreads_of = [](const char* engine, const char* quantization) {
    const auto ready = prepared({{"model", "llama-3.1-8b"},
                                 {"quantization", quantization},
                                 {"system", "rtx-4090-pc"},
                                 {"engine", engine}});
    SpeedModel model = speed_model(*ready);
    return std::pair(model.cost().decode_spread(), model.cost().prefill_spread());
  };
  const auto [of_stranger, of_its_prompts] = spreads_of("exllamav3", "exl3-4.0bpw");
  CHECK(of_stranger >= 0.42);
  CHECK(of_its_prompts >= 0.65);
  const auto [fitted, fitted_of_prompts] = spreads_of("llama.cpp", "q4_k_m");
  CHECK(fitted < 0.3);
  CHECK(fitted_of_prompts < 0.5);
}

struct PrefillTimes {
  double measured = 0.0;
  double chunk_by_chunk = 0.0;
};

PrefillTimes prefill_times(const char* model_id, const char* tokens, const char* batch) {
  const auto ready = prepared({{"model", model_id},
                               {"quantization", "q4_k_m"},
                               {"system", "rtx-4090-pc"},
                               {"prompt", tokens},
                               {"generate", "1"},
                               {"batch", batch}});
  SpeedModel model = speed_model(*ready);
  const Lowering lowering(ready->lowering_request());
  const std::int64_t prompt = ready->scenario.workload.prompt;
  const std::int64_t chunk = ready->scenario.engine->prefill_chunk;
  double sum = 0.0;
  for (std::int64_t past = 0; past < prompt; past += chunk)
    sum += model.simulator()
               .run(lowering.lower({.tokens = std::min(chunk, prompt - past), .past = past}))
               .time.base();
  return {.measured = model.measure().prefill.time.base(),
          .chunk_by_chunk = sum * ready->scenario.workload.batch};
}

TEST_CASE("a prompt of many chunks is the sum of its chunks", "[evaluate]") {
  struct Case {
    const char* model;
    const char* prompt;
    const char* batch;
  };
  for (const Case& c : {Case{"llama-3.1-8b", "512", "1"}, Case{"llama-3.1-8b", "1300", "1"},
                        Case{"llama-3.1-8b", "16384", "1"}, Case{"llama-3.1-8b", "20000", "2"},
                        Case{"qwen3-30b-a3b", "9000", "1"}}) {
    INFO(c.model << " " << c.prompt << " x" << c.batch);
    const PrefillTimes times = prefill_times(c.model, c.prompt, c.batch);
    CHECK(times.measured == Approx(times.chunk_by_chunk).epsilon(1e-3));
  }
}

// The time of a chunk has a kink where the window is full: chunk 2 of 512 tokens behind a window of
// 1024. A quadratic through first, middle and last chunk misses it.
TEST_CASE("a window that fills up in the prompt is summed chunk by chunk", "[evaluate]") {
  for (const char* prompt : {"4096", "16384"}) {
    INFO(prompt);
    const PrefillTimes times = prefill_times("gemma-3-4b", prompt, "1");
    CHECK(times.measured == Approx(times.chunk_by_chunk).epsilon(1e-3));
  }
}

TEST_CASE("short prompts share a chunk", "[evaluate]") {
  // Ten prompts of 100 tokens in chunks of 512: five together, twice.
  const auto ready = prepared({{"model", "llama-3.1-8b"},
                               {"quantization", "q4_k_m"},
                               {"system", "rtx-4090-pc"},
                               {"prompt", "100"},
                               {"batch", "10"},
                               {"context", "1024"}});
  SpeedModel model = speed_model(*ready);
  const Lowering lowering(ready->lowering_request());
  const double five =
      model.simulator().run(lowering.lower({.tokens = 100, .past = 0, .sequences = 5})).time.base();
  CHECK(model.measure().prefill.time.base() == Approx(2 * five).epsilon(1e-9));
}

TEST_CASE("rates and times of one answer agree with one another", "[evaluate]") {
  for (const char* batch : {"1", "8"}) {
    const Outcome outcome = outcome_of({{"model", "llama-3.1-8b"},
                                        {"quantization", "q4_k_m"},
                                        {"system", "rtx-4090-pc"},
                                        {"prompt", "300"},
                                        {"generate", "50"},
                                        {"context", "1024"},
                                        {"batch", batch}});
    const double n = std::stod(batch);
    const double step = 1.0 / outcome.decode_tokens_per_second->value;
    CHECK(outcome.throughput_tokens_per_second->value == Approx(n / step));
    CHECK(outcome.time_to_first_token_s->value ==
          Approx(300 * n / outcome.prefill_tokens_per_second->value));
    // The first token of the answer comes with the prompt; 49 steps follow.
    CHECK(outcome.total_time_s->value == Approx(outcome.time_to_first_token_s->value + 49 * step));
  }
}

// A chain of kernels without overlap: each is a non-increasing function of the bandwidth, and so is
// their sum.
TEST_CASE("more bandwidth never slows a serial chain", "[evaluate]") {
  double before = 0.0;
  for (int rate : {100, 300, 900, 1000, 3000, 9000}) {
    SmallWorld world;
    world.data.write(
        "hwdb/devices/card-a.yaml",
        replaced(replaced(small_world::card_a, "value: 900 GB/s, range: [810 GB/s, 1000 GB/s]",
                          "value: " + std::to_string(rate) + " GB/s"),
                 "value: 1 TB/s", "value: 10 TB/s"));
    const auto ready =
        prepared(spec_of({{"model", "dense"}, {"quantization", "q16"}, {"system", "box-1"}}),
                 world.catalog());
    SpeedModel model = speed_model(*ready, world.catalog());
    const double now = 1.0 / model.measure().decode.time.base();
    CHECK(now >= before);
    before = now;
  }
}

TEST_CASE("a longer context never makes a token faster", "[evaluate]") {
  for (const char* model : {"llama-3.1-8b", "gemma-3-4b", "deepseek-v2-lite", "gpt-oss-20b"}) {
    const auto ready = prepared(
        {{"model", model}, {"quantization", "q4_k_m"}, {"system", "macbook-pro-16-m3-max-48gb"}});
    SpeedModel speed = speed_model(*ready);
    double before = 0.0;
    for (std::int64_t past : {0, 1, 100, 1000, 1024, 4000, 4096, 5000, 20000}) {
      const double now = speed.simulator().run(speed.decode_graph(past)).time.base();
      INFO(model << " at " << past);
      CHECK(now >= before * (1 - 1e-12));
      before = now;
    }
  }
}

// Bytes are not all: counter-examples to "smaller is faster" and "more devices are faster".
//
// Kernels of few bits reach a smaller share of the bandwidth and need an extra launch per product
// that converts activations, so a tiny model whose passes are all launches decodes no faster in
// fewer bytes: SmolLM2 135M in Q8_0 holds half the bytes of F16 (0.14 against 0.27 GB).
TEST_CASE("fewer bytes may be slower: launches of a tiny model", "[evaluate]") {
  const auto speed = [](const char* quantization) {
    return outcome_of(
        {{"model", "smollm2-135m"}, {"quantization", quantization}, {"system", "rtx-4090-pc"}});
  };
  const Outcome sixteen = speed("f16");
  const Outcome eight = speed("q8_0");
  CHECK(eight.facts.weights < sixteen.facts.weights * 0.6);
  CHECK(eight.decode_tokens_per_second->value < sixteen.decode_tokens_per_second->value);
}

// Two all-reduces a layer cost two latencies and software, whatever the model: over cards without a
// link of their own a small model loses more than halved weights win. Automatic placement, which
// simulates the candidates, therefore stays on one card.
TEST_CASE("twice the devices may be slower: latency of a small model", "[evaluate]") {
  const auto run = [](const char* placement) {
    return outcome_of({{"model", "qwen3-0.6b"},
                       {"quantization", "bf16-safetensors"},
                       {"system", "rtx-4090-2x"},
                       {"engine", "vllm"},
                       {"placement", placement}});
  };
  const double one = run("single").decode_tokens_per_second->value;
  const double two = run("tensor_parallel").decode_tokens_per_second->value;
  CHECK(two < one);
  CHECK(run("auto").decode_tokens_per_second->value == Approx(one));
}

Outcome batched(const char* batch) {
  return outcome_of({{"model", "llama-3.1-8b"},
                     {"quantization", "q4_k_m"},
                     {"system", "h100-sxm5-80gb-box"},
                     {"engine", "llama.cpp"},
                     {"context", "1024"},
                     {"batch", batch}});
}

// A batch shares the weights, so it serves more tokens a second, each sequence at most as many: as
// long as the same kernels run. llama.cpp's CUDA backend changes them above 8 rows.
TEST_CASE("a batch raises throughput and never one sequence's rate", "[evaluate]") {
  using Batches = std::vector<const char*>;
  for (const Batches& batches : {Batches{"1", "2", "4", "8"}, Batches{"9", "16", "32", "64"}}) {
    double rate = 1e30;
    double throughput = 0.0;
    for (const char* batch : batches) {
      const Outcome outcome = batched(batch);
      INFO("batch " << batch);
      CHECK(outcome.decode_tokens_per_second->value <= rate * (1 + 1e-12));
      CHECK(outcome.throughput_tokens_per_second->value >= throughput);
      rate = outcome.decode_tokens_per_second->value;
      throughput = outcome.throughput_tokens_per_second->value;
    }
  }
}

// "More hardware is never slower" is no theorem where the program chooses: with room for better
// weights it takes them, and 8 bits are read in twice the time of 4. Minimal: same chip, same
// bandwidth, only the memory differs; with the quantization fixed the two machines are equal.
TEST_CASE("more memory may decode slower when the quantization is left open", "[evaluate]") {
  const auto rate = [](const char* system, Options extra) {
    extra.insert(extra.end(), {{"model", "llama-3.1-70b"}, {"system", system}});
    return outcome_of(extra).decode_tokens_per_second->value;
  };
  const char* small = "macbook-pro-16-m3-max-48gb";
  const char* large = "macbook-pro-16-m3-max-128gb";
  CHECK(rate(large, {}) < 0.8 * rate(small, {}));
  const Options fixed{{"quantization", "q3_k_m"}};
  CHECK(rate(large, fixed) == Approx(rate(small, fixed)));
}

}  // namespace
}  // namespace plimsoll
