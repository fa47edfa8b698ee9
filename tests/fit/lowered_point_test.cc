// A measured point's closed form against what the simulator says of the same scenario.
#include "fit/lowered_point.h"

#include <cmath>
#include <string>
#include <vector>

#include "evaluate/prepared_fixture.h"
#include "validate/speed_points.h"

namespace plimsoll {
namespace {

Measurement measured(const std::string& device, const std::string& model,
                     const std::string& quantization, const std::string& engine,
                     const std::string& backend, const std::string& metric) {
  Measurement m;
  m.id = "test-" + metric;
  m.source = "test";
  m.device = device;
  m.model = model;
  m.quantization = quantization;
  m.engine = engine;
  m.backend = backend;
  m.metric = metric;
  m.value = 10.0;
  if (metric == "prefill_tps") m.prompt_tokens = 3000;
  if (metric == "decode_tps") m.generated_tokens = 128;
  return m;
}

std::vector<Measurement> serial_points() {
  std::vector<Measurement> points;
  for (const char* metric : {"prefill_tps", "decode_tps"}) {
    points.push_back(measured("rtx-4090", "llama-3.1-8b", "q4_k_m", "llama.cpp", "cuda", metric));
    points.push_back(
        measured("m2-ultra-76c", "gpt-oss-20b", "mxfp4_moe", "llama.cpp", "metal", metric));
    points.push_back(
        measured("h100-sxm5-80gb", "llama-3.1-8b", "bf16-safetensors", "vllm", "cuda", metric));
  }
  return points;
}

// One pass after another: the sum over operators is the time, but for the simulator's rounding of
// every operator to a picosecond of some hundred milliseconds.
TEST_CASE("a serial point is a sum over its operators", "[fit]") {
  for (const Measurement& m : serial_points()) {
    INFO(m.device << " " << m.metric);
    const auto point = lower_point(m, shipped_catalog());
    INFO(point->point.why);
    REQUIRE(point->point.status == ValidationStatus::ok);
    CHECK(point->overlap == Approx(1.0).epsilon(1e-6));
    CHECK_FALSE(point->depends_on_values());
    const std::vector<double> ones(point->parameters.size(), 1.0);
    const SpeedPoint predicted = predict_speed(m, shipped_catalog());
    REQUIRE(predicted.predicted);
    CHECK(std::exp(log_prediction(*point, ones, {})) ==
          Approx(predicted.predicted->value).epsilon(1e-9));
  }
}

TEST_CASE("a point's gradient is that of its closed form", "[fit]") {
  constexpr double h = 1e-4;
  for (const Measurement& m : serial_points()) {
    const auto point = lower_point(m, shipped_catalog());
    std::vector<double> scales(point->parameters.size(), 1.1);
    std::vector<double> gradient(scales.size());
    log_prediction(*point, scales, gradient);
    for (std::size_t i = 0; i < scales.size(); ++i) {
      INFO(m.device << " " << m.metric << " " << point->parameters[i].key);
      const double middle = scales[i];
      scales[i] = middle * std::exp(h);
      const double above = log_prediction(*point, scales, {});
      scales[i] = middle * std::exp(-h);
      const double below = log_prediction(*point, scales, {});
      scales[i] = middle;
      CHECK(gradient[i] == Approx((above - below) / (2 * h)).margin(1e-7));
    }
  }
}

TEST_CASE("a point without a closed form says why", "[fit]") {
  Measurement unknown = serial_points().front();
  unknown.model = "no such model";
  const auto point = lower_point(unknown, shipped_catalog());
  CHECK(point->point.status != ValidationStatus::ok);
  CHECK_FALSE(point->point.why.empty());
}

TEST_CASE("a doubtful point is never used", "[fit]") {
  Measurement doubtful = serial_points().front();
  doubtful.flags = {"suspect"};
  CHECK(lower_point(doubtful, shipped_catalog())->point.status == ValidationStatus::suspect);
}

}  // namespace
}  // namespace plimsoll
