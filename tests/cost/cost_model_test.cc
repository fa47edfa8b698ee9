// The smooth roofline at points computed by hand, its bounds and its derivatives.
#include "cost/cost_model.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "scenario/small_world.h"

namespace plimsoll {
namespace {

constexpr double us = 1e-6;

// One card of the small world: 900 GB/s, 80 TFLOP/s fp16, 8 TFLOP/s fp32, and llama.cpp's cuda
// backend with p = 4, f16 kernels at 0.8 of the bandwidth, matrix products at 0.5 of the rate.
class Bench {
 public:
  explicit Bench(const std::string& card = small_world::card_a,
                 const std::vector<std::string>& changes = {}) {
    world_.data.write("hwdb/devices/card-a.yaml", card);
    scenario_ = resolved(
        spec_of({{"model", "dense"}, {"quantization", "q16"}, {"system", "box-2"}}, changes),
        world_.catalog());
    backend_ = *scenario_.backend;
    scenario_.backend = &backend_;
    Diagnostics diagnostics;
    fabric_.emplace(build_fabric(scenario_.cluster, false, world_.catalog(), diagnostics));
    roofs_ = &world_.catalog().roofs(diagnostics);
    f16_ = world_.catalog().format("F16", {}, diagnostics);
    REQUIRE_FALSE(diagnostics.has_errors());
  }

  BackendSpec& backend() { return backend_; }
  OperatorCost cost(const Operator& op) {
    model_.emplace(scenario_, *fabric_, *roofs_);
    return model_->cost(op);
  }
  OperatorTerms terms(const Operator& op) {
    model_.emplace(scenario_, *fabric_, *roofs_);
    return model_->terms(op);
  }
  // At the clocks of a pass of that operator alone, so many of them at once.
  OperatorCost settled(const Operator& op, int at_once) {
    model_.emplace(scenario_, *fabric_, *roofs_);
    model_->settle_clocks({.operators = {op}}, at_once);
    return model_->cost(op);
  }
  double left_open() { return CostModel(scenario_, *fabric_, *roofs_).clock_spread(); }
  const std::vector<Parameter>& parameters() const { return model_->parameters(); }
  // A format of 8-bit weights in blocks.
  FormatSpec packed() {
    Diagnostics diagnostics;
    const FormatSpec* format = world_.catalog().format("Q8", {}, diagnostics);
    REQUIRE(format);
    return *format;
  }
  // d time / d log(parameter) of the parameter whose name holds `what`.
  double derivative(const Operator& op, const std::string& what) {
    const OperatorCost c = cost(op);
    double sum = 0.0;
    for (int i = 0; i < c.sensitivity_count; ++i) {
      const Sensitivity& s = c.sensitivities[static_cast<std::size_t>(i)];
      const Parameter& parameter = model_->parameters()[static_cast<std::size_t>(s.parameter)];
      if (parameter.what.find(what) != std::string::npos) sum += s.derivative.base();
    }
    return sum;
  }

  Operator matrix(double flop, double bytes, double rows) const {
    return {.cls = OperatorClass::dense_ffn,
            .kind = OperatorKind::matrix,
            .rows = rows,
            .pass_rows = rows,
            .format = f16_,
            .work = Flop(flop),
            .memory = Bytes(bytes)};
  }

 private:
  SmallWorld world_;
  Scenario scenario_;
  BackendSpec backend_;
  std::optional<Fabric> fabric_;
  const RoofTable* roofs_ = nullptr;
  const FormatSpec* f16_ = nullptr;
  std::optional<CostModel> model_;
};

double time_of(const OperatorCost& c) {
  return c.call.base() + c.gap.base() + c.work.base();
}

TEST_CASE("equal compute and memory times make 2^(1/p) of either", "[cost]") {
  Bench bench;
  // 720 GB/s for f16 kernels: 720 kB take 1 us; 8 TFLOP/s on vector units: 8 MFLOP take 1 us.
  const OperatorCost c = bench.cost(bench.matrix(8e6, 720e3, 1));
  CHECK(c.memory_time.base() == Approx(1 * us).epsilon(1e-12));
  CHECK(c.compute_time.base() == Approx(1 * us).epsilon(1e-12));
  CHECK(c.work.base() == Approx(std::pow(2.0, 0.25) * us).epsilon(1e-12));
  CHECK(c.gap.base() == Approx(1 * us));
  CHECK(c.issue.base() == Approx(2 * us));
  CHECK(c.memory.base() == 720e3);
  // Half of the compute: (1 + 1/16)^(1/4).
  CHECK(bench.cost(bench.matrix(4e6, 720e3, 1)).work.base() ==
        Approx(std::pow(1.0625, 0.25) * us).epsilon(1e-12));
  CHECK(bench.cost(bench.matrix(0, 720e3, 1)).work.base() == Approx(1 * us).epsilon(1e-12));
  CHECK(bench.cost(bench.matrix(0, 0, 1)).work.base() == 0.0);
}

TEST_CASE("launches multiply what does not shrink with the work", "[cost]") {
  Bench bench;
  Operator op = bench.matrix(0, 720e3, 1);
  op.launches = 3;
  CHECK(bench.cost(op).gap.base() == Approx(3 * us));
  CHECK(bench.cost(op).issue.base() == Approx(6 * us));
  CHECK(bench.cost(op).work.base() == Approx(1 * us));
}

TEST_CASE("kernels that no captured graph covers pay the host's gap", "[cost]") {
  Bench bench;
  bench.backend().prompt_gap = Figure<Seconds>{.value = Seconds(7 * us)};
  Operator op = bench.matrix(0, 720e3, 1);
  op.launches = 2;
  bench.backend().captured_graph = true;
  CHECK(bench.cost(op).gap.base() == Approx(2 * us));
  op.prompt = true;
  CHECK(bench.cost(op).gap.base() == Approx(14 * us));
  op.prompt = false;
  bench.backend().captured_graph = false;
  CHECK(bench.cost(op).gap.base() == Approx(14 * us));
  bench.backend().prompt_gap.reset();
  CHECK(bench.cost(op).gap.base() == Approx(2 * us));
}

TEST_CASE("no operator beats either bound, nor doubles the slower by more than 2^(1/p)", "[cost]") {
  Bench bench;
  for (double flop : {0.0, 1e3, 1e6, 1e9, 1e12, 1e15})
    for (double bytes : {0.0, 1.0, 1e3, 1e6, 1e9, 1e12})
      for (double rows : {1.0, 4.0, 5.0, 32.0, 512.0}) {
        const OperatorCost c = bench.cost(bench.matrix(flop, bytes, rows));
        const double bound = std::max(c.compute_time.base(), c.memory_time.base());
        CHECK(c.work.base() >= bound);
        CHECK(c.work.base() <= bound * std::pow(2.0, 0.25) * (1 + 1e-12));
        // Physical work at the device's own rates is a lower bound too.
        CHECK(c.work.base() >= bytes / 900e9 * (1 - 1e-12));
        CHECK(c.work.base() >= c.compute_units * (1 - 1e-12));
      }
}

TEST_CASE("matrix units reach half of their efficiency at half_rows", "[cost]") {
  Bench bench;
  // 80 TFLOP/s x 0.5 for many rows, half of that at 32; up to 4 rows run on vector units.
  const auto rate = [&](double rows) {
    return 1e12 / bench.cost(bench.matrix(1e12, 0, rows)).compute_time.base();
  };
  CHECK(rate(1e9) == Approx(40e12).epsilon(1e-6));
  CHECK(rate(32) == Approx(20e12));
  CHECK(rate(96) == Approx(30e12));
  CHECK(rate(5) == Approx(40e12 * 5 / 37));
  CHECK(rate(4) == Approx(8e12));
  // What is consumed of the unit is physical: FLOP at the roof, whatever the kernel reaches.
  CHECK(bench.cost(bench.matrix(80e12, 0, 32)).compute_units == Approx(1.0));
}

TEST_CASE("products take the fastest precision that a unit has", "[cost]") {
  const auto rate = [](const std::string& card) {
    Bench bench(card);
    return 1e12 / bench.cost(bench.matrix(1e12, 0, 1e9)).compute_time.base();
  };
  // Half of 80 TFLOP/s in 16 bits; where that is the slower one, half of 8 in 32 bits.
  CHECK(rate(small_world::card_a) == Approx(40e12).epsilon(1e-6));
  const std::string slow = replaced(
      small_world::card_a,
      "fp16: {peak: {value: 100 TFLOP/s, source: S, status: datasheet}, reached: {value: 80 "
      "TFLOP/s, source: S, status: measured}}",
      "fp16: {peak: {value: 0.15 TFLOP/s, source: S, status: datasheet}}");
  CHECK(rate(slow) == Approx(4e12).epsilon(1e-6));
}

// Card A has 10 TFLOP/s on its lanes: as many cycles of a core of 128 lanes as make that, 256 FLOP
// each. Products with packed weights are fed 512 FLOP a cycle, so 20 TFLOP/s.
TEST_CASE("lanes feed matrix units, or multiply themselves", "[cost]") {
  const std::string on_lanes =
      replaced(small_world::card_a, "    rates:", "    matrix_units: false\n    rates:");
  for (const bool units : {true, false}) {
    Bench bench(units ? small_world::card_a : on_lanes);
    bench.backend().core_flop_per_cycle = Figure<double>{.value = 512.0};
    const Operator op = bench.matrix(1e12, 0, 96);
    // Products alone at 40 TFLOP/s, three quarters of that at 96 rows.
    const double product = 1e12 / 40e12;
    const double feeding = 1e12 / 20e12;
    const double full =
        units ? std::pow(std::pow(product, 4) + std::pow(feeding, 4), 0.25) : product + feeding;
    CHECK(bench.cost(op).compute_time.base() == Approx(full / 0.75).epsilon(1e-12));
    CHECK(bench.derivative(op, "packed weights a core feeds") ==
          Approx(-full / 0.75 * (units ? std::pow(feeding / full, 4) : feeding / full)));
  }
}

// Card A has 10 cores.
TEST_CASE("cores wait for the last tiles", "[cost]") {
  Bench bench;
  bench.backend().matrix.front().tile = Tile{.rows = 128.0, .outputs = 256.0};
  const auto idle = [&](double rows, double outputs) {
    Operator op = bench.matrix(1e12, 0, rows);
    op.outputs = outputs;
    return bench.cost(op).compute_time.base() / (1e12 / 40e12) - 1.0 - 32.0 / rows;
  };
  // 512 x 2560 are 4 x 10 tiles for 10 cores: half a wave is 5 of 40.
  CHECK(idle(512, 2560) == Approx(5.0 / 40.0));
  CHECK(idle(1024, 2560) == Approx(5.0 / 80.0));
  // Half as many rows as a tile has: tiles of 64 x 128, of which there are 1 x 20.
  CHECK(idle(64, 2560) == Approx(5.0 / 20.0));
  // One tile of 128 x 256: 5 s^2 + (1 / s - 1) / 2 is least where 10 s^3 = 1/2.
  const double side = std::cbrt(0.05);
  CHECK(idle(128, 256) == Approx(5.0 * side * side + 0.5 / side - 0.5));
  // Nothing is known of the outputs, or cores share evenly.
  CHECK(idle(512, 0) == Approx(0.0).margin(1e-12));
  bench.backend().matrix.front().tile.reset();
  CHECK(idle(512, 2560) == Approx(0.0).margin(1e-12));
}

// Half of the rate for many rows at 32 of them, of which the kernel takes 48 at once.
TEST_CASE("kernels that take rows together take fewer no faster", "[cost]") {
  Bench bench;
  bench.backend().matrix.front().rows_at_once = 48;
  const auto times = [&](double rows, OperatorClass cls) {
    Operator op = bench.matrix(rows * 1e9, 0, rows);
    op.pass_rows = 1000;
    op.cls = cls;
    return bench.cost(op).compute_time.base() / (1e9 / 40e12);  // of a row
  };
  const OperatorClass dense = OperatorClass::dense_ffn;
  CHECK(times(5, dense) == Approx(48 + 32));
  CHECK(times(48, dense) == Approx(48 + 32));
  CHECK(times(49, dense) == Approx(96 + 32));
  CHECK(times(96, dense) == Approx(96 + 32));
  // Of routed experts so many have n rows as P(n) = (1 - q) q^(n - 1) says, of mean 1 / (1 - q).
  for (const double mean : {1.0, 3.0, 20.0, 100.0}) {
    const double q = 1.0 - 1.0 / mean;
    double taken = 0.0;
    for (int n = 1; n < 5000; ++n)
      taken += (1.0 - q) * std::pow(q, n - 1) * 48.0 * std::ceil(n / 48.0);
    CHECK(times(mean, OperatorClass::routed_experts) == Approx(taken + 32).epsilon(1e-9));
  }
  // Cores share the rows that are taken: 48 x 2560 are 10 tiles for 10 cores.
  bench.backend().matrix.front().tile = Tile{.rows = 48.0, .outputs = 256.0};
  Operator op = bench.matrix(5e9, 0, 5);
  op.outputs = 2560;
  const double side = std::cbrt(0.5);
  CHECK(bench.cost(op).compute_time.base() / (1e9 / 40e12) ==
        Approx(48 + 32 + 48 * (0.5 * side * side + 0.5 / side - 0.5)));
}

TEST_CASE("more rows never take less time with tiles", "[cost]") {
  Bench bench;
  bench.backend().matrix.front().tile = Tile{.rows = 128.0, .outputs = 128.0};
  double before = 0.0;
  for (double rows = 5.0; rows < 2000.0; rows *= 1.03) {
    Operator op = bench.matrix(rows * 1e9, 0, rows);
    op.outputs = 1024;
    const double time = bench.cost(op).compute_time.base();
    CHECK(time > before);
    before = time;
  }
}

// At half the power a board holds what 0.5 / 0.825 leaves of the clock.
TEST_CASE("a board with less power slows what nobody measured on it", "[cost]") {
  const double clock = std::cbrt((0.5 / 0.825 - 0.3) / 0.7);
  const std::string limits =
      "power_limit: {value: 200 W, source: S, status: datasheet}\n"
      "unlimited_power: {value: 400 W, source: S, status: claimed}\n";
  const auto rate = [](const std::string& card, double fed) {
    Bench bench(card);
    if (fed > 0.0) bench.backend().core_flop_per_cycle = Figure<double>{.value = fed};
    return 1e12 / bench.cost(bench.matrix(1e12, 0, 1e9)).compute_time.base();
  };
  CHECK(rate(small_world::card_a + limits, 0) == Approx(40e12).epsilon(1e-6));
  const std::string unmeasured = replaced(
      small_world::card_a, ", reached: {value: 80 TFLOP/s, source: S, status: measured}", "");
  CHECK(rate(unmeasured + limits, 0) == Approx(rate(unmeasured, 0) * clock).epsilon(1e-6));
  // Lanes that feed 5.12 FLOP a cycle, 10 / 256 T cycles a second.
  CHECK(rate(small_world::card_a, 5.12) == Approx(0.2e12).epsilon(1e-4));
  CHECK(rate(small_world::card_a + limits, 5.12) == Approx(0.2e12 * clock).epsilon(1e-4));
}

// Reading at 720 GB/s takes 400 W at full clock, of 300 sold and 200 held. With a gap of 1 us and
// reads of r seconds at that rate the board is busy b = (r / c) / (r / c + 1 us), and c is what b
// leaves: the fixed point, found here by bisection.
TEST_CASE("clocks of boards that are held settle", "[cost]") {
  const std::string card = small_world::card_a +
                           "power_limit: {value: 300 W, source: S, status: datasheet}\n"
                           "reading_power: {value: 400 W, source: S, status: claimed}\n";
  Bench sold(card);
  Bench held(card, {"system.power_limit=200 W"});
  sold.backend().step_overhead.value = held.backend().step_overhead.value = Seconds();
  CHECK(sold.left_open() == 0.0);
  CHECK(held.left_open() > 0.0);
  const auto clock = [](double watts, double busy) {
    return std::min(1.0, std::cbrt((watts / (400.0 * busy) - 0.3) / 0.7));
  };
  const auto settled = [&](double reads, int at_once) {
    double low = 0.2;
    double high = 1.0;
    for (int i = 0; i < 60; ++i) {
      const double c = 0.5 * (low + high);
      const double busy = std::min(1.0, at_once * (reads / c) / (reads / c + 1e-6));
      (clock(200.0, busy) / clock(300.0, busy) > c ? low : high) = c;
    }
    return low;
  };
  for (const double bytes : {72e3, 720e3, 1440e3, 7200e3}) {
    CAPTURE(bytes);
    const Operator op = held.matrix(0, bytes, 1);
    const double reads = bytes / 720e9;
    CHECK(sold.settled(op, 1).work.base() == Approx(reads));
    CHECK(held.cost(op).work.base() == Approx(reads));
    CHECK(held.settled(op, 1).work.base() == Approx(reads / settled(reads, 1)).epsilon(1e-3));
    CHECK(held.settled(op, 2).work.base() == Approx(reads / settled(reads, 2)).epsilon(1e-3));
  }
  CHECK(settled(1e-5, 1) < 0.9);
  CHECK(settled(1e-7, 1) == Approx(1.0));
}

TEST_CASE("fewer weights of a scale feed fewer FLOP of integers", "[cost]") {
  const std::string integers = replaced(
      small_world::card_a, "    rates:",
      "    rates:\n      int8: {peak: {value: 200 TFLOP/s, source: S, status: datasheet}}");
  Bench bench(integers);
  bench.backend().core_flop_per_cycle = Figure<double>{.value = 5.12};
  FormatSpec format = bench.packed();
  Operator op = bench.matrix(1e12, 0, 1e9);
  op.format = &format;
  const auto rate = [&] { return 1e12 / bench.cost(op).compute_time.base(); };
  CHECK(rate() == Approx(0.2e12).epsilon(1e-4));
  format.scale_group = 16;
  CHECK(rate() == Approx(0.2e12).epsilon(1e-4));  // products in 16 bits: weights carry their scales
  bench.backend().matrix.front().precisions = {Precision::int8};
  CHECK(rate() == Approx(0.1e12).epsilon(1e-4));
}

TEST_CASE("without matrix units a path may name other precisions", "[cost]") {
  Bench bench(replaced(small_world::card_a, "    rates:", "    matrix_units: false\n    rates:"));
  bench.backend().matrix.front().on_lanes = {Precision::fp32};
  CHECK(1e12 / bench.cost(bench.matrix(1e12, 0, 1e9)).compute_time.base() ==
        Approx(4e12).epsilon(1e-6));
}

// Card A's lanes reach 8 TFLOP/s, with packed integers twice that; the path reaches half of it.
TEST_CASE("a backend may leave an architecture's matrix units alone", "[cost]") {
  Bench bench;
  bench.backend().packed_dot.value = 2.0;
  const auto rate = [&] {
    return 1e12 / bench.cost(bench.matrix(1e12, 0, 1e9)).compute_time.base();
  };
  bench.backend().on_lanes_of = {"second"};
  CHECK(rate() == Approx(40e12).epsilon(1e-6));
  bench.backend().on_lanes_of = {"second", "first"};
  CHECK(rate() == Approx(4e12).epsilon(1e-6));
  bench.backend().matrix.front().on_lanes = {Precision::int8};
  CHECK(rate() == Approx(8e12).epsilon(1e-6));
}

TEST_CASE("converted weights are multiplied as those of 16 bits", "[cost]") {
  Bench bench;
  bench.backend().core_flop_per_cycle = Figure<double>{.value = 512.0};
  MatrixPath wide = bench.backend().matrix.front();
  wide.families = {"f16"};
  wide.efficiency.value = 0.9;
  bench.backend().matrix.push_back(wide);
  const FormatSpec packed = bench.packed();
  Operator op = bench.matrix(1e12, 0, 1e9);
  op.format = &packed;
  // At half of 80 TFLOP/s, fed by 20; converted, at 0.9 of 80 and by no lane.
  CHECK(bench.cost(op).compute_time.base() ==
        Approx(1e12 / 20e12 * std::pow(1.0 + std::pow(0.5, 4), 0.25)).epsilon(1e-6));
  op.converted = true;
  CHECK(bench.cost(op).compute_time.base() == Approx(1e12 / 72e12).epsilon(1e-6));
}

// GeForce: fp32 accumulation at half the rate. 2 x 80 TFLOP/s x 0.5 is what kernels feed, 80 what
// the accumulators take: both are as slow, so 2^(1/4) of either.
TEST_CASE("accumulators of half the rate are a limit beside the kernel", "[cost]") {
  std::string card = small_world::card_a;
  const std::string fp16 = "fp16: ";
  card.insert(card.find(fp16),
              "fp16_acc16: {peak: {value: 200 TFLOP/s, source: S, status: datasheet}}\n      ");
  Bench bench(card);
  const Operator op = bench.matrix(80e12, 0, 1e12);
  CHECK(bench.cost(op).compute_time.base() == Approx(std::pow(2.0, 0.25)));
  CHECK(bench.cost(op).compute_units == Approx(1.0));
  // The kernel's share counts for what is fed only: half of the time's fourth powers.
  CHECK(bench.derivative(op, "matrix efficiency") == Approx(-std::pow(2.0, 0.25) / 2));
  CHECK(bench.derivative(op, "matrix rate") == Approx(-std::pow(2.0, 0.25)));
  bench.backend().matrix.front().efficiency.value = 1.0;
  CHECK(bench.cost(op).compute_time.base() == Approx(std::pow(1.0 + 1.0 / 16, 0.25)));
}

// Ten cores at 1 GHz, five weights a cycle each: 50 G weights/s, whatever bytes they have and how
// many rows share them.
const std::string clocked_card =
    replaced(small_world::card_a,
             "    rates:", "    clock: {value: 1 GHz, source: S, status: datasheet}\n    rates:");

TEST_CASE("cores unpack so many weights per cycle", "[cost]") {
  Bench bench(clocked_card);
  bench.backend().core_weights_per_cycle["default"] = {.value = 5.0};
  for (const double rows : {1.0, 4.0}) {
    const Operator op = bench.matrix(2e6 * rows, 0.0, rows);
    CHECK(bench.cost(op).memory_time.base() == Approx(20e-6));
    CHECK(bench.derivative(op, "weights a core unpacks") == Approx(-20e-6).epsilon(1e-3));
  }
  // Kernels of 16-bit weights changed apart from the others.
  bench.backend().era =
      KernelEra{.id = "2024-11", .unpacking = {.value = 0.25}, .unpacking_f16 = {.value = 0.5}};
  Operator op = bench.matrix(2e6, 0.0, 1.0);
  CHECK(bench.cost(op).memory_time.base() == Approx(40e-6));
  const FormatSpec packed = bench.packed();
  op.format = &packed;
  CHECK(bench.cost(op).memory_time.base() == Approx(80e-6));
}

TEST_CASE("cores unpack at the clock that reading leaves", "[cost]") {
  const std::string card = clocked_card +
                           "power_limit: {value: 300 W, source: S, status: datasheet}\n"
                           "reading_power: {value: 400 W, source: S, status: claimed}\n";
  const auto time = [&](const std::vector<std::string>& changes) {
    Bench bench(card, changes);
    bench.backend().core_weights_per_cycle["default"] = {.value = 5.0};
    bench.backend().gap.value = bench.backend().step_overhead.value = Seconds();
    return bench.settled(bench.matrix(2e9, 0.0, 1.0), 1).work.base();
  };
  // Never waiting, the third root of (0.5 - 0.3) / (0.75 - 0.3).
  CHECK(time({"system.power_limit=200 W"}) / time({}) ==
        Approx(std::cbrt(0.45 / 0.2)).epsilon(1e-3));
}

// A million weights in 20 us; every row beside the first takes 0.3 of that, until a matrix kernel
// takes them all.
TEST_CASE("further rows cost the cores a share of the first", "[cost]") {
  Bench bench(clocked_card);
  bench.backend().core_weights_per_cycle["default"] = {.value = 5.0};
  bench.backend().further_row = Figure<double>{.value = 0.3};
  const auto time = [&](double rows) {
    return bench.cost(bench.matrix(2e6 * rows, 0.0, rows)).memory_time.base();
  };
  CHECK(time(1.0) == Approx(20e-6));
  CHECK(time(2.0) == Approx(26e-6));
  CHECK(time(4.0) == Approx(38e-6));
  CHECK(time(0.5) == Approx(20e-6));  // of experts that not every pass asks
  const Operator four = bench.matrix(8e6, 0.0, 4.0);
  CHECK(bench.derivative(four, "weights a core unpacks") == Approx(-38e-6).epsilon(1e-3));
  CHECK(bench.derivative(four, "a further row") == Approx(18e-6).epsilon(1e-3));
  bench.backend().matrix_vector_rows = 2;
  CHECK(bench.derivative(four, "a further row") == 0.0);
}

TEST_CASE("matrix units take weights of their own formats as they lie", "[cost]") {
  std::string card = clocked_card;
  card.insert(card.find("fp16: "),
              "int8: {peak: {value: 200 TFLOP/s, source: S, status: datasheet}}\n      ");
  Bench bench(card);
  bench.backend().core_weights_per_cycle["default"] = {.value = 5.0};
  const FormatSpec packed = bench.packed();
  const auto unpacked = [&](const FormatSpec* format, double rows) {
    Operator op = bench.matrix(2e6 * rows, 0.0, rows);
    if (format) op.format = format;
    return bench.derivative(op, "weights a core unpacks") < 0.0;
  };
  CHECK(unpacked(nullptr, 1.0));  // on the lanes
  CHECK_FALSE(unpacked(nullptr, 64.0));
  bench.backend().matrix_vector_rows = 0;  // nothing runs there
  CHECK_FALSE(unpacked(nullptr, 1.0));
  bench.backend().matrix_vector_rows = 4;
  CHECK(unpacked(&packed, 64.0));
  MatrixPath own = bench.backend().matrix.front();
  own.families = {packed.kernel_family};
  own.precisions = {Precision::int8};
  bench.backend().matrix.push_back(own);
  CHECK_FALSE(unpacked(&packed, 64.0));
  CHECK(unpacked(&packed, 1.0));
  // Where the units have no such rate the weights become 16-bit ones first.
  bench.backend().matrix.back().precisions = {Precision::fp8, Precision::fp16};
  CHECK(unpacked(&packed, 64.0));
}

TEST_CASE("kernels of routed experts changed apart from the others", "[cost]") {
  Bench bench;
  Operator op = bench.matrix(1e9, 0.0, 64);
  const auto times = [&] {
    op.cls = OperatorClass::dense_ffn;
    const double dense = bench.cost(op).compute_time.base();
    op.cls = OperatorClass::routed_experts;
    return std::pair(dense, bench.cost(op).compute_time.base());
  };
  const auto [dense, expert] = times();
  bench.backend().era =
      KernelEra{.id = "2025-09", .matrix = {.value = 0.5}, .experts = {.value = 0.25}};
  const auto [earlier_dense, earlier_expert] = times();
  CHECK(earlier_dense == Approx(2 * dense));
  CHECK(earlier_expert == Approx(4 * expert));
}

TEST_CASE("each class of kernel has its bandwidth", "[cost]") {
  Bench bench;
  Operator op = bench.matrix(0, 900e3, 1);
  CHECK(bench.cost(op).work.base() == Approx(1 * us / 0.8));
  op.cls = OperatorClass::routed_experts;
  CHECK(bench.cost(op).work.base() == Approx(1 * us / (0.8 * 0.75)));
  op.kind = OperatorKind::attention;
  CHECK(bench.cost(op).work.base() == Approx(1 * us / 0.6));
  op.kind = OperatorKind::vector;
  CHECK(bench.cost(op).work.base() == Approx(1 * us / 0.4));
}

TEST_CASE("attention of a prompt runs on matrix units, of a token on vector units", "[cost]") {
  Bench bench;
  Operator op{.kind = OperatorKind::attention, .rows = 512, .work = Flop(20e6)};
  CHECK(bench.cost(op).compute_time.base() == Approx(1 * us));  // 80 TFLOP/s x 0.25
  op.rows = 1;
  CHECK(bench.cost(op).compute_time.base() == Approx(2.5 * us));  // 8 TFLOP/s
}

TEST_CASE("a message pays latency and software, then its bytes", "[cost]") {
  Bench bench;
  const OperatorCost c = bench.cost({.kind = OperatorKind::message,
                                     .latency = Seconds(8 * us),
                                     .transfer = Bytes(25e3) / BytesPerSecond(25e9)});
  CHECK(c.gap.base() == Approx(18 * us));  // 8 us of the link, 10 us of the engine
  CHECK(c.work.base() == Approx(1 * us));
  CHECK(c.issue.base() == 0.0);
}

// The small world's engine takes 1 ms for a call to a stage on another machine, and nothing beyond
// that: its 10 us per message are for copies. No collectives across machines: they cost no call.
TEST_CASE("a call to another machine comes before its message", "[cost]") {
  Bench bench;
  Operator op{.kind = OperatorKind::message,
              .latency = Seconds(40 * us),
              .transfer = Seconds(3 * us),
              .narrowest = 0,
              .software = MessageSoftware::hop};
  const OperatorCost hop = bench.cost(op);
  CHECK(hop.call.base() == Approx(1000 * us));
  CHECK(hop.gap.base() == Approx(40 * us));
  CHECK(hop.work.base() == Approx(3 * us));
  op.software = MessageSoftware::collective;
  const OperatorCost collective = bench.cost(op);
  CHECK(collective.call.base() == 0.0);
  CHECK(collective.gap.base() == Approx(40 * us));
  op.software = MessageSoftware::message;
  const OperatorCost copy = bench.cost(op);
  CHECK(copy.call.base() == 0.0);
  CHECK(copy.gap.base() == Approx(50 * us));
}

// t = software + latency + bytes / rate: each part is its own derivative by the logarithm, the
// rate's with the other sign.
TEST_CASE("a message's time depends on software, latency and link", "[cost]") {
  Bench bench;
  Operator op{.kind = OperatorKind::message,
              .latency = Seconds(40 * us),
              .transfer = Seconds(3 * us),
              .latency_log_sigma = 0.2,
              .narrowest = 0,
              .software = MessageSoftware::hop};
  CHECK(bench.derivative(op, "software time per stage on another machine, llama.cpp") ==
        Approx(1000 * us));
  CHECK(bench.derivative(op, "latency of pcie-a") == Approx(40 * us));
  CHECK(bench.derivative(op, "achievable rate of pcie-a") == Approx(-3 * us));
  CHECK(bench.derivative(op, "software cost per message") == 0.0);
  op.software = MessageSoftware::message;
  CHECK(bench.derivative(op, "software cost per message, llama.cpp") == Approx(10 * us));
  CHECK(bench.derivative(op, "software time per stage") == 0.0);
}

TEST_CASE("links of a kind err together", "[cost]") {
  SmallWorld world;
  const Scenario scenario = resolved(
      spec_of({{"model", "dense"}, {"quantization", "q16"}, {"system", "2x box-1 over ether-a"}}),
      world.catalog());
  Diagnostics diagnostics;
  const Fabric fabric = build_fabric(scenario.cluster, false, world.catalog(), diagnostics);
  CostModel model(scenario, fabric, world.catalog().roofs(diagnostics));
  const auto parameters_of = [&](int link) {
    const OperatorCost cost = model.cost({.kind = OperatorKind::message,
                                          .latency = Seconds(us),
                                          .transfer = Seconds(us),
                                          .narrowest = link});
    std::vector<int> ids;
    for (int i = 0; i < cost.sensitivity_count; ++i)
      ids.push_back(cost.sensitivities[static_cast<std::size_t>(i)].parameter);
    return ids;
  };
  const auto& links = fabric.links();
  for (std::size_t a = 0; a < links.size(); ++a)
    for (std::size_t b = 0; b < links.size(); ++b) {
      INFO(links[a].name << " and " << links[b].name);
      CHECK((parameters_of(static_cast<int>(a)) == parameters_of(static_cast<int>(b))) ==
            (links[a].spec == links[b].spec));
    }
}

std::string faster_card(double bandwidth, double fp16, double fp32) {
  const auto number = [](double value) { return std::to_string(value); };
  return replaced(
      replaced(replaced(small_world::card_a, "value: 900 GB/s, range: [810 GB/s, 1000 GB/s]",
                        "value: " + number(bandwidth * 900) + " GB/s"),
               "value: 80 TFLOP/s", "value: " + number(fp16 * 80) + " TFLOP/s"),
      "value: 8 TFLOP/s", "value: " + number(fp32 * 8) + " TFLOP/s");
}

TEST_CASE("sensitivities are the derivatives of the time", "[cost]") {
  constexpr double h = 1e-3;  // step in log(parameter)
  Bench base;
  // Memory-bound, balanced and compute-bound; on vector and on matrix units.
  struct Point {
    double flop;
    double bytes;
    double rows;
  };
  for (const Point& p : {Point{1e6, 1e6, 1}, Point{8e6, 720e3, 1}, Point{5e7, 1e5, 1},
                         Point{1e8, 1e7, 64}, Point{26.67e6, 720e3, 64}, Point{1e10, 1e5, 512}}) {
    INFO(p.flop << " FLOP " << p.bytes << " B " << p.rows << " rows");
    const auto slope = [&](const auto& card) {
      Bench up(card(std::exp(h)));
      Bench down(card(std::exp(-h)));
      return (time_of(up.cost(up.matrix(p.flop, p.bytes, p.rows))) -
              time_of(down.cost(down.matrix(p.flop, p.bytes, p.rows)))) /
             (2 * h);
    };
    const Operator op = base.matrix(p.flop, p.bytes, p.rows);
    const double scale = time_of(base.cost(op));
    const double tolerance = 1e-5 * scale;
    CHECK(base.derivative(op, "memory bandwidth of") ==
          Approx(slope([](double x) { return faster_card(x, 1, 1); })).margin(tolerance));
    CHECK(base.derivative(op, p.rows > 4 ? "matrix rate of" : "vector rate of") ==
          Approx(p.rows > 4 ? slope([](double x) { return faster_card(1, x, 1); })
                            : slope([](double x) { return faster_card(1, 1, x); }))
              .margin(tolerance));

    const auto engine_slope = [&](const auto& change) {
      Bench up;
      change(up.backend(), std::exp(h));
      Bench down;
      change(down.backend(), std::exp(-h));
      return (time_of(up.cost(op)) - time_of(down.cost(op))) / (2 * h);
    };
    CHECK(
        base.derivative(op, "device time per kernel launch") ==
        Approx(engine_slope([](BackendSpec& b, double x) { b.gap.value *= x; })).margin(tolerance));
    CHECK(base.derivative(op, "bandwidth efficiency") ==
          Approx(engine_slope([](BackendSpec& b, double x) {
            b.bandwidth["f16"].value *= x;
          })).margin(tolerance));
    if (p.rows <= 4) continue;
    CHECK(base.derivative(op, "matrix efficiency") ==
          Approx(engine_slope([](BackendSpec& b, double x) {
            b.matrix[0].efficiency.value *= x;
          })).margin(tolerance));
    CHECK(base.derivative(op, "rows that half fill") ==
          Approx(engine_slope([](BackendSpec& b, double x) {
            b.matrix[0].half_rows *= x;
          })).margin(tolerance));
  }
}

// The closed form holds every parameter: scaling one in it is scaling the figure behind it, and the
// sensitivities are its slopes.
TEST_CASE("sensitivities are complete", "[cost]") {
  constexpr double h = 1e-4;
  Bench bench(clocked_card);
  bench.backend().core_weights_per_cycle["default"] = {.value = 500.0};
  bench.backend().core_flop_per_cycle = Figure<double>{.value = 512.0};
  bench.backend().further_row = Figure<double>{.value = 0.3};
  bench.backend().era = KernelEra{.id = "2024-11"};
  const FormatSpec packed = bench.packed();
  const Operator dense = bench.matrix(5e7, 1e6, 1);
  bench.backend().matrix.front().tile = Tile{.rows = 128.0, .outputs = 128.0};
  bench.backend().matrix.front().rows_at_once = 48;
  Operator wide = bench.matrix(26.67e6, 720e3, 64);
  wide.outputs = 1024;
  Operator expert = wide;
  expert.cls = OperatorClass::routed_experts;
  expert.format = &packed;
  Operator attention = wide;
  attention.cls = OperatorClass::attention;
  attention.kind = OperatorKind::attention;
  Operator pointwise = dense;
  pointwise.kind = OperatorKind::vector;
  const Operator message{.kind = OperatorKind::message,
                         .latency = Seconds(3e-6),
                         .transfer = Seconds(5e-6),
                         .narrowest = 0};
  const Operator few = bench.matrix(1.5e8, 1e6, 3);
  for (const Operator& op : {dense, few, wide, expert, attention, pointwise, message}) {
    const OperatorTerms terms = bench.terms(op);
    const OperatorCost cost = cost_of(terms);
    CHECK(time_of(cost) == time_of(bench.cost(op)));
    std::vector<double> scales(bench.parameters().size(), 1.0);
    for (std::size_t i = 0; i < scales.size(); ++i) {
      INFO(bench.parameters()[i].key);
      const auto scaled = [&](double factor) {
        scales[i] = factor;
        const double time = time_of(cost_of(terms, scales));
        scales[i] = 1.0;
        return time;
      };
      const double slope = (scaled(std::exp(h)) - scaled(std::exp(-h))) / (2 * h);
      double stated = 0.0;
      for (int s = 0; s < cost.sensitivity_count; ++s) {
        const Sensitivity& each = cost.sensitivities[static_cast<std::size_t>(s)];
        if (each.parameter == static_cast<int>(i)) stated += each.derivative.base();
      }
      CHECK(stated == Approx(slope).margin(1e-7 * time_of(cost)));
    }
  }
}

TEST_CASE("identical devices share their parameters", "[cost]") {
  SmallWorld world;
  const Scenario scenario = resolved(
      spec_of({{"model", "dense"}, {"quantization", "q16"}, {"system", "box-2"}}), world.catalog());
  Diagnostics diagnostics;
  const Fabric fabric = build_fabric(scenario.cluster, false, world.catalog(), diagnostics);
  CostModel model(scenario, fabric, world.catalog().roofs(diagnostics));
  const Operator op{.executor = 0, .work = Flop(1), .memory = Bytes(1)};
  model.cost(op);
  const std::size_t before = model.parameters().size();
  Operator other = op;
  other.executor = 1;
  const OperatorCost a = model.cost(op);
  const OperatorCost b = model.cost(other);
  // They err together: the roof of the second is the parameter of the first.
  CHECK(a.sensitivities[0].parameter == b.sensitivities[0].parameter);
  CHECK(a.sensitivities[1].parameter == b.sensitivities[1].parameter);
  CHECK(model.parameters().size() <= before + 1);
}

OperatorCost kernel(double issue, double gap, double work) {
  OperatorCost c;
  c.issue = Seconds(issue);
  c.gap = Seconds(gap);
  c.work = Seconds(work);
  return c;
}

TEST_CASE("a serial pass waits for the device or for the host", "[cost]") {
  const Seconds step(100);
  CHECK(serial_time({}, false, step).base() == 100.0);
  // Device-bound: the first is issued at 1, then each takes 2 + 3 while issuing goes on ahead.
  const std::vector<OperatorCost> device(4, kernel(1, 2, 3));
  CHECK(serial_time(device, false, step).base() == 1 + 4 * 5 + 100);
  // Host-bound: the fourth is issued at 4 x 10 and then takes 5.
  const std::vector<OperatorCost> host(4, kernel(10, 2, 3));
  CHECK(serial_time(host, false, step).base() == 40 + 5 + 100);
  // A captured graph is issued once.
  CHECK(serial_time(host, true, step).base() == 10 + 4 * 5 + 100);
  // Issued at 10, 11, 31: runs 10 to 60, 60 to 61, 61 to 62; then 41 is long past.
  CHECK(serial_time({kernel(10, 0, 50), kernel(1, 0, 1), kernel(20, 0, 1), kernel(10, 0, 1)}, false,
                    Seconds())
            .base() == 63);
}

}  // namespace
}  // namespace plimsoll
