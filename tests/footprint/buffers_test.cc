// Compute buffers against the largest one that llama.cpp and ik_llama.cpp logged for a device.
#include <cmath>

#include "footprint/shipped.h"

namespace plimsoll {
namespace {

struct BufferLog {
  const char* model;
  std::int64_t context;
  int chunk;
  bool flash_attention;
  double logged_mib;
};

// The head runs on the device: logits are in the buffer.
const BufferLog with_head[] = {
    {"qwen3-32b", 8192, 1024, true, 633.5},        {"llama-3.1-8b", 1024, 512, false, 266.5},
    {"qwen3-235b-a22b", 16384, 512, true, 312.75}, {"qwen3-235b-a22b", 32768, 4096, true, 2502.0},
    {"qwen3-30b-a3b", 32768, 512, true, 304.75},   {"qwen3-30b-a3b", 2048, 2048, true, 1219.01},
    {"llama-3.1-70b", 4096, 512, false, 588.01},   {"qwen3-30b-a3b", 32768, 512, false, 2136.01},
    {"gemma-3-27b", 131072, 512, false, 8743.51},
};

const BufferLog looser[] = {
    {"gpt-oss-20b", 131072, 2048, true, 1672.08}, {"llama-3-8b", 8192, 512, false, 640.02},
    {"deepseek-v2-lite", 512, 512, false, 204.0}, {"deepseek-v3", 8192, 512, false, 2491.5},
    {"deepseek-v3", 32768, 256, false, 4349.0},   {"deepseek-v3", 2048, 512, true, 503.0},
    {"qwen3-235b-a22b", 8192, 512, true, 304.75},
};

EngineSpec engine_of(const BufferLog& log) {
  EngineSpec engine;
  engine.prefill_chunk = log.chunk;
  engine.flash_attention = log.flash_attention;
  engine.logits_for_all = true;
  return engine;
}

BufferEstimate estimate(const BufferLog& log) {
  return compute_buffers(shipped_model(log.model), engine_of(log), log.context, 1);
}

}  // namespace

TEST_CASE("logged compute buffers follow the formula to 0.1 %") {
  for (const BufferLog& log : with_head) {
    const BufferEstimate buffers = estimate(log);
    const double predicted = (buffers.layers.value + buffers.output.value) / mib;
    INFO(log.model << " at " << log.context);
    CHECK(std::abs(log.logged_mib / predicted - 1.0) <= 0.0011);
  }
}

TEST_CASE("the other logs lie in the interval") {
  for (const BufferLog& log : looser) {
    const BufferEstimate buffers = estimate(log);
    INFO(log.model << " at " << log.context);
    CHECK(log.logged_mib >= (buffers.layers.low + buffers.output.low) / mib);
    CHECK(log.logged_mib <= (buffers.layers.high + buffers.output.high) / mib);
  }
}

TEST_CASE("a device without the head holds the expert phase and the mask") {
  // qwen3-235b-a22b on two devices: 144.0 MiB on the first.
  const BufferEstimate buffers = estimate({"qwen3-235b-a22b", 16384, 512, true, 144.0});
  CHECK(buffers.layers.value / mib == 144.0);
}

TEST_CASE("intervals are ordered and grow with the chunk") {
  for (const CatalogEntry& header : shipped_catalog().headers(EntryKind::model)) {
    const ModelSpec& model = shipped_model(header.id);
    for (const bool logits_for_all : {true, false}) {
      double previous = 0.0;
      for (const int chunk : {128, 512, 2048}) {
        EngineSpec engine;
        engine.prefill_chunk = chunk;
        engine.logits_for_all = logits_for_all;
        const BufferEstimate buffers = compute_buffers(model, engine, 8192, 4);
        INFO(header.id << " " << chunk);
        CHECK(buffers.layers.low <= buffers.layers.value);
        CHECK(buffers.layers.value <= buffers.layers.high);
        CHECK(buffers.output.low <= buffers.output.value);
        CHECK(buffers.output.value <= buffers.output.high);
        const double total = buffers.layers.value + buffers.output.value;
        CHECK(total > previous);
        previous = total;
      }
    }
  }
}

}  // namespace plimsoll
