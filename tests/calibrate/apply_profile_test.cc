// What a profile makes of the cost model's parameters.

#include "calibrate/apply_profile.h"

#include <cmath>

#include "base/estimate.h"
#include "calibrate/measured_rate.h"
#include "catalog/figure_spread.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::calibrate;

namespace {

Profile measured_profile() {
  BackendResult cuda{.id = "cuda", .device = "A card", .entry = "card"};
  cuda.rates = {measured_rate("read", "", WorkKind::bytes, 1e12),
                measured_rate("copy", "", WorkKind::bytes, 0.9e12),
                measured_rate("matrix_vector", "q4_0", WorkKind::bytes, 0.8e12),
                measured_rate("matrix_vector", "q4_0", WorkKind::bytes, 0.5e12, "slow"),
                measured_rate("matrix_matrix", "f16", WorkKind::flop, 1e14, "cuBLASLt"),
                measured_rate("dispatch", "", WorkKind::items, 2e5),
                measured_rate("dispatch", "", WorkKind::items, 1e6, "graph"),
                measured_rate("host_copy", "", WorkKind::bytes, 25e9, "pinned to the device")};
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
  profile.backends[0].rates = {measured_rate("matrix_matrix", "f16", WorkKind::flop, 1e14, "own"),
                               measured_rate("dispatch", "", WorkKind::items, 5e5),
                               measured_rate("dispatch", "", WorkKind::items, 5e7, "1 thread")};
  const BackendSpec backend = engine_backend();
  const auto moved = apply_profile(profile, {.device = "card", .engine = "e", .backend = &backend});
  REQUIRE(moved.size() == 1);
  CHECK(moved[0].key == "e/cuda:gap");
  CHECK(moved[0].value > 2e-6);
}

TEST_CASE("the memory roof is what the largest case of a stream reached", "[calibrate]") {
  Profile profile = measured_profile();
  BackendResult& cuda = profile.backends[0];
  std::erase_if(cuda.rates, [](const FamilyRate& rate) { return rate.family == "copy"; });
  const auto read = [&](double bytes, double seconds) {
    cuda.points.push_back({.kernel_case = {.family = "read", .work = {.bytes = bytes}},
                           .status = PointStatus::measured,
                           .times = {.median = seconds, .noise = 0.002}});
  };
  read(1e6, 0.5e-6);  // from a cache
  read(1e9, 1.25e-3);
  const BackendSpec backend = engine_backend();
  const auto moved = apply_profile(profile, {.device = "card", .engine = "e", .backend = &backend});
  const MovedParameter* memory = find_moved(moved, "device:card/gpu:memory");
  CHECK(memory->value == Approx(0.8e12));
  CHECK(memory->log_sigma == Approx(std::hypot(0.002, 0.01)));
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

namespace {

Profile profile_of_cpu() {
  BackendResult cpu{.id = "cpu", .device = "A CPU", .entry = "cpu"};
  cpu.rates = {measured_rate("read", "", WorkKind::bytes, 100e9),
               measured_rate("matrix_matrix", "f16", WorkKind::flop, 100e9, "own panels"),
               measured_rate("matrix_matrix", "q8_0", WorkKind::flop, 200e9, "own panels"),
               measured_rate("matrix_matrix", "q4_k", WorkKind::flop, 160e9, "own panels"),
               measured_rate("decode_attention", "f16", WorkKind::bytes, 20e9, "4 heads a cache")};
  return {.name = "m", .date = "2026-05-20", .program = "plimsoll 1", .backends = {cpu}};
}

BackendSpec cpu_backend() {
  BackendSpec backend = engine_backend();
  backend.id = "cpu";
  backend.unit = UnitKind::cpu;
  backend.expert_matrix = figure(0.9, 0.5, 1.0);
  backend.attention_compute = figure(0.3, 0.08, 1.0);
  backend.attention_vector = figure(0.3, 0.05, 1.0);
  return backend;
}

double middle(double low, double high) {
  return std::sqrt(low * high);
}

}  // namespace

TEST_CASE("a CPU's roof is its engine's best product, of which others reach a part",
          "[calibrate]") {
  const BackendSpec backend = cpu_backend();
  const auto moved = apply_profile(profile_of_cpu(), {.device = "cpu",
                                                      .unit = UnitKind::cpu,
                                                      .engine = "llama.cpp",
                                                      .backend = &backend,
                                                      .kernels = "llama.cpp"});
  // Ours times what the engine's reach over ours (doc/calibration.md).
  const double q8 = 200e9 * middle(0.18, 0.28);
  const double q4 = 160e9 * middle(0.28, 0.44);
  REQUIRE(q4 > q8);
  CHECK(find_moved(moved, "device:cpu/cpu:int8")->value == Approx(q4));
  CHECK(find_moved(moved, "device:cpu/cpu:fp32")->value == Approx(100e9 * middle(0.61, 0.95)));
  CHECK(find_moved(moved, "llama.cpp/cpu:matrix:kquant4")->value == Approx(1.0));
  const MovedParameter* slower = find_moved(moved, "llama.cpp/cpu:matrix:q8");
  REQUIRE(slower);
  CHECK(slower->value == Approx(q8 / q4));
  CHECK(slower->log_sigma == Approx(std::hypot(0.01, log_sigma_of_range(0.18, 0.28))));
  CHECK_FALSE(find_moved(moved, "llama.cpp/cpu:matrix:q4"));  // not measured
  CHECK_FALSE(find_moved(moved, "device:cpu/cpu:fp16"));

  // Four heads that share keys make 80 GFLOP/s of 20 GB/s.
  const double shared = 80e9 * middle(0.34, 0.65) / (100e9 * middle(0.61, 0.95));
  const double s1 = std::hypot(0.01, log_sigma_of_range(0.34, 0.65));
  const double s2 = log_sigma_of_range(0.05, 1.0);
  const double p1 = 1.0 / (s1 * s1), p2 = 1.0 / (s2 * s2);
  CHECK(find_moved(moved, "llama.cpp/cpu:attention_vector")->value ==
        Approx(std::exp((p1 * std::log(shared) + p2 * std::log(0.3)) / (p1 + p2))));
}

TEST_CASE("where tile units were measured, packed products go by them and experts' do not",
          "[calibrate]") {
  Profile profile = profile_of_cpu();
  profile.backends[0].rates.push_back(
      measured_rate("matrix_matrix", "q8_0", WorkKind::flop, 1e12, "amx"));
  const BackendSpec backend = cpu_backend();
  const ProfileTarget target{.device = "cpu",
                             .unit = UnitKind::cpu,
                             .engine = "e",
                             .backend = &backend,
                             .kernels = "llama.cpp"};
  const auto by_tiles = apply_profile(profile, target);
  CHECK(find_moved(by_tiles, "device:cpu/cpu:int8")->value == Approx(1e12 * middle(0.43, 0.73)));
  const auto by_lanes = apply_profile(profile_of_cpu(), target);
  CHECK(find_moved(by_tiles, "e/cpu:expert_matrix")->value <
        0.7 * find_moved(by_lanes, "e/cpu:expert_matrix")->value);
}

TEST_CASE("an engine's streams on a CPU go by what is known, too, but where it has tile units",
          "[calibrate]") {
  Profile profile = profile_of_cpu();
  BackendResult& cpu = profile.backends[0];
  cpu.rates.push_back(measured_rate("matrix_vector", "q4_k", WorkKind::bytes, 90e9));
  BackendSpec backend = cpu_backend();
  backend.bandwidth["kquant4"] = figure(0.6, 0.5, 0.72);
  const ProfileTarget target{.device = "cpu",
                             .unit = UnitKind::cpu,
                             .engine = "e",
                             .backend = &backend,
                             .kernels = "llama.cpp"};
  const auto efficiency = [&] {
    return *find_moved(apply_profile(profile, target), "e/cpu:bandwidth:kquant4");
  };
  const double s1 = std::hypot(0.01, log_sigma_of_range(0.67, 1.05));
  const double s2 = log_sigma_of_range(0.5, 0.72);
  const double p1 = 1.0 / (s1 * s1), p2 = 1.0 / (s2 * s2);
  const double ours = std::log(0.9 * middle(0.67, 1.05));
  CHECK(efficiency().value == Approx(std::exp((p1 * ours + p2 * std::log(0.6)) / (p1 + p2))));
  cpu.rates.push_back(measured_rate("matrix_matrix", "q8_0", WorkKind::flop, 1e12, "amx"));
  CHECK(efficiency().value == Approx(0.9 * middle(0.41, 0.69)));
  CHECK(efficiency().log_sigma == Approx(std::hypot(0.01, log_sigma_of_range(0.41, 0.69))));
}

TEST_CASE("experts of a CPU's engine read like its dense products", "[calibrate]") {
  Profile profile = profile_of_cpu();
  profile.backends[0].rates.push_back(
      measured_rate("matrix_vector", "q4_k", WorkKind::bytes, 70e9));
  BackendSpec backend = cpu_backend();
  backend.expert_bandwidth = figure(0.5, 0.45, 0.55);
  const auto moved = apply_profile(profile, {.device = "cpu",
                                             .unit = UnitKind::cpu,
                                             .engine = "e",
                                             .backend = &backend,
                                             .kernels = "llama.cpp"});
  const double s1 = log_sigma_of_range(0.95, 1.3);
  const double s2 = log_sigma_of_range(0.45, 0.55);
  const double p1 = 1.0 / (s1 * s1), p2 = 1.0 / (s2 * s2);
  const MovedParameter* reads = find_moved(moved, "e/cpu:expert_bandwidth");
  REQUIRE(reads);
  CHECK(reads->value ==
        Approx(std::exp((p1 * std::log(middle(0.95, 1.3)) + p2 * std::log(0.5)) / (p1 + p2))));
  CHECK(reads->log_sigma == Approx(1.0 / std::sqrt(p1 + p2)));
  // Products of few rows each are another matter: nothing is believed of them beside that.
  CHECK(find_moved(moved, "e/cpu:expert_matrix")->value == Approx(middle(0.3, 1.05)));
}

TEST_CASE("products of engines with kernels of their own stay as they were", "[calibrate]") {
  const BackendSpec backend = cpu_backend();
  const auto moved = apply_profile(profile_of_cpu(), {.device = "cpu",
                                                      .unit = UnitKind::cpu,
                                                      .engine = "other",
                                                      .backend = &backend,
                                                      .kernels = "other"});
  for (const MovedParameter& each : moved) CHECK(each.key.find("/cpu:matrix") == std::string::npos);
}

TEST_CASE("the gap of a GPU without graphs is that of a single launch", "[calibrate]") {
  Profile profile = measured_profile();
  profile.backends[0].rates = {measured_rate("dispatch", "", WorkKind::items, 2e5, "single")};
  const BackendSpec backend = engine_backend();
  const auto moved = apply_profile(profile, {.device = "card", .engine = "e", .backend = &backend});
  REQUIRE(moved.size() == 1);
  CHECK(moved[0].key == "e/cuda:gap");
  CHECK(moved[0].value > 2e-6);  // 5 us, times 2, beside 2 us
}
