// What a profile makes of the cost model's parameters.

#include "calibrate/apply_profile.h"

#include <cmath>

#include "base/estimate.h"
#include "catalog/figure_spread.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::calibrate;

namespace {

FamilyRate rate_with(const std::string& family, const std::string& format, WorkKind per,
                     double rate, const std::string& variant = "") {
  return {.family = family,
          .format = format,
          .variant = variant,
          .per = per,
          .fit = {.rate = rate, .rate_error = 0.01, .fixed_known = true, .rate_known = true},
          .noise = 0.0};
}

Profile measured_profile() {
  BackendResult cuda{.id = "cuda", .device = "A card", .entry = "card"};
  cuda.rates = {rate_with("read", "", WorkKind::bytes, 1e12),
                rate_with("copy", "", WorkKind::bytes, 0.9e12),
                rate_with("matrix_vector", "q4_0", WorkKind::bytes, 0.8e12),
                rate_with("matrix_vector", "q4_0", WorkKind::bytes, 0.5e12, "slow"),
                rate_with("matrix_matrix", "f16", WorkKind::flop, 1e14, "cuBLASLt"),
                rate_with("dispatch", "", WorkKind::items, 2e5),
                rate_with("dispatch", "", WorkKind::items, 1e6, "graph"),
                rate_with("host_copy", "", WorkKind::bytes, 25e9, "pinned to the device")};
  return {.name = "m", .date = "2026-05-20", .program = "plimsoll 1", .backends = {cuda}};
}

template <class Q>
Figure<Q> figure(Q value, Q low, Q high) {
  return {.value = value, .low = low, .high = high};
}

BackendSpec engine_backend() {
  BackendSpec backend;
  backend.id = "cuda";
  backend.captured_graph = true;
  backend.gap = figure(Seconds(2e-6), Seconds(0.6e-6), Seconds(7e-6));
  backend.bandwidth["default"] = figure(0.95, 0.7, 1.0);
  backend.bandwidth["q4"] = figure(0.95, 0.7, 1.0);
  backend.attention_bandwidth = figure(0.5, 0.15, 1.0);
  backend.vector_bandwidth = figure(0.5, 0.3, 0.8);
  backend.matrix = {{.families = {"f16", "f32"}, .efficiency = figure(0.75, 0.3, 1.0)}};
  return backend;
}

const MovedParameter* find_moved(const std::vector<MovedParameter>& all, const std::string& key) {
  for (const MovedParameter& each : all)
    if (each.key == key) return &each;
  return nullptr;
}

}  // namespace

TEST_CASE("roofs are what the best kernels reached, with their errors", "[calibrate]") {
  const BackendSpec backend = engine_backend();
  const auto moved = apply_profile(
      measured_profile(),
      {.device = "card", .host_link = "pcie-4.0-x16", .engine = "llama.cpp", .backend = &backend});
  const MovedParameter* memory = find_moved(moved, "device:card/gpu:memory");
  REQUIRE(memory);
  CHECK(memory->value == 1e12);
  CHECK(memory->log_sigma == Approx(0.01));
  CHECK(memory->from.status == FigureStatus::measured);
  CHECK(find_moved(moved, "device:card/gpu:fp16")->value == 1e14);
  CHECK(find_moved(moved, "link:pcie-4.0-x16:bandwidth")->value == 25e9);
}

TEST_CASE(
    "an efficiency lies between what was believed and what was measured, and is surer than "
    "both",
    "[calibrate]") {
  const BackendSpec backend = engine_backend();
  const auto moved = apply_profile(measured_profile(),
                                   {.device = "card", .engine = "llama.cpp", .backend = &backend});
  const MovedParameter* q4 = find_moved(moved, "llama.cpp/cuda:bandwidth:q4");
  REQUIRE(q4);
  // Ours reaches 0.8 of the roof (the faster variant), and engines sqrt(0.75 1.05) of that.
  const double measured = 0.8 * std::sqrt(0.75 * 1.05);
  const double believed = 0.95;
  CHECK(q4->value > measured);
  CHECK(q4->value < believed);
  const double s1 = std::hypot(0.01, log_sigma_of_range(0.75, 1.05));
  const double s2 = log_sigma_of(backend.bandwidth.at("q4"));
  CHECK(q4->log_sigma == Approx(1.0 / std::sqrt(1.0 / (s1 * s1) + 1.0 / (s2 * s2))));
  CHECK(q4->log_sigma < std::min(s1, s2));
  CHECK(std::log(q4->value) ==
        Approx((std::log(measured) / (s1 * s1) + std::log(believed) / (s2 * s2)) /
               (1.0 / (s1 * s1) + 1.0 / (s2 * s2))));
  CHECK_FALSE(find_moved(moved, "llama.cpp/cuda:bandwidth:q8"));  // not measured
}

TEST_CASE("the gap is that of a graph where passes are captured", "[calibrate]") {
  BackendSpec backend = engine_backend();
  const ProfileTarget target{.device = "card", .engine = "e", .backend = &backend};
  const double captured =
      find_moved(apply_profile(measured_profile(), target), "e/cuda:gap")->value;
  backend.captured_graph = false;
  const double single = find_moved(apply_profile(measured_profile(), target), "e/cuda:gap")->value;
  CHECK(captured < single);
  // A graph's launch of 1 us, times 2 between 1 and 4, is what was believed: 2 us.
  CHECK(captured == Approx(2e-6).epsilon(0.05));
}

TEST_CASE("what our own product reaches is no roof, and one thread's dispatch no gap",
          "[calibrate]") {
  Profile profile = measured_profile();
  profile.backends[0].rates = {rate_with("matrix_matrix", "f16", WorkKind::flop, 1e14, "own"),
                               rate_with("dispatch", "", WorkKind::items, 5e5),
                               rate_with("dispatch", "", WorkKind::items, 5e7, "1 thread")};
  const BackendSpec backend = engine_backend();
  const auto moved = apply_profile(profile, {.device = "card", .engine = "e", .backend = &backend});
  REQUIRE(moved.size() == 1);
  CHECK(moved[0].key == "e/cuda:gap");
  CHECK(moved[0].value > 2e-6);
}

TEST_CASE("a busy machine leaves more doubt", "[calibrate]") {
  Profile profile = measured_profile();
  profile.backends[0].rates[0].condition = {.busy_share = 0.5, .busy = true};
  const BackendSpec backend = engine_backend();
  const auto moved = apply_profile(profile, {.device = "card", .engine = "e", .backend = &backend});
  const MovedParameter* memory = find_moved(moved, "device:card/gpu:memory");
  // Without the others it may have been up to twice as fast.
  CHECK(memory->log_sigma == Approx(std::hypot(0.01, std::log(2.0) / z90)));
  CHECK(memory->from.confidence == Confidence::medium);
}

TEST_CASE("the part of a profile is found by entry, else where there is only one", "[calibrate]") {
  Profile profile = measured_profile();
  const BackendSpec backend = engine_backend();
  CHECK(measured_on(profile, {.device = "card", .backend = &backend}) == &profile.backends[0]);
  CHECK_FALSE(measured_on(profile, {.device = "other", .backend = &backend}));
  CHECK_FALSE(measured_on(profile, {.device = "card", .unit = UnitKind::cpu}));
  profile.backends[0].entry.clear();
  CHECK(measured_on(profile, {.device = "other", .backend = &backend}));
  profile.backends.push_back(profile.backends[0]);
  CHECK_FALSE(measured_on(profile, {.device = "other", .backend = &backend}));
  CHECK(apply_profile(profile, {.device = "other", .backend = &backend}).empty());
}
