// What is run, for how long, and what becomes of kernels that are wrong or fail.

#include "calibrate/harness.h"

#include "fake_backend.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::calibrate;
using namespace plimsoll::calibrate::test;

namespace {

HarnessOptions options_of(FakeBackend& backend, double budget_s = 50.0) {
  return {.budget_s = budget_s, .now = [&backend] { return backend.clock.seconds; }};
}

}  // namespace

TEST_CASE("kernels are checked, timed and fitted", "[calibrate]") {
  FakeBackend backend;
  for (double bytes = 1e4; bytes < 1e8; bytes *= 4.0)
    backend.all.push_back(fake_case("read", bytes));
  const BackendResult result = run_backend(backend, options_of(backend));
  REQUIRE(result.points.size() == backend.all.size());
  for (const PointResult& point : result.points) {
    CHECK(point.status == PointStatus::measured);
    CHECK(point.check.right);
    CHECK(point.condition.warm);
  }
  REQUIRE(result.rates.size() == 1);
  CHECK(result.rates[0].family == "read");
  CHECK(result.rates[0].per == WorkKind::bytes);
  CHECK(result.rates[0].fit.fixed_s == Approx(1e-5));
  CHECK(result.rates[0].fit.rate == Approx(1e10));
  CHECK_FALSE(result.condition.busy);
  CHECK(result.device == "Imaginary 1");
}

TEST_CASE("a wrong kernel is reported and never timed", "[calibrate]") {
  FakeBackend backend;
  backend.all = {fake_case("copy", 1e6)};
  backend.wrong_family = "copy";
  const BackendResult result = run_backend(backend, options_of(backend));
  CHECK(backend.timed_runs == 0);
  CHECK(result.points[0].status == PointStatus::wrong);
  CHECK(result.points[0].why == "element 7: 3, not 1");
  CHECK(result.rates.empty());
}

TEST_CASE("a kernel that fails leaves the others alone", "[calibrate]") {
  FakeBackend backend;
  backend.all = {fake_case("copy", 1e6), fake_case("read", 1e6)};
  backend.failing_family = "copy";
  const BackendResult result = run_backend(backend, options_of(backend));
  CHECK(result.points[0].status == PointStatus::failed);
  CHECK(result.points[0].why == "launch: out of memory");
  CHECK(result.points[1].status == PointStatus::measured);
}

TEST_CASE("the budget holds, and every family gets its share of it", "[calibrate]") {
  FakeBackend backend;
  backend.rate = 1e6;  // seconds for each: hopeless
  for (int i = 0; i < 40; ++i) backend.all.push_back(fake_case("read", 1e5));
  backend.all.push_back(fake_case("copy", 1e5));
  const BackendResult result = run_backend(backend, options_of(backend, 10.0));
  // A case has at least a run, a warm-up and three samples of 0.1 s: at most that much too late.
  CHECK(backend.clock.seconds < 10.0 + 0.6);
  int reads = 0;
  int copies = 0;
  for (const PointResult& point : result.points)
    if (point.status == PointStatus::measured)
      (point.kernel_case.family == "copy" ? copies : reads) += 1;
  CHECK(reads > 10);
  CHECK(result.points.back().why == (copies == 1 ? "" : "no time was left"));
}

TEST_CASE("what one case does not need, later ones get", "[calibrate]") {
  FakeBackend backend;
  backend.failing_family = "broken";
  backend.all = {fake_case("broken", 1e6), fake_case("read", 1e6)};
  run_backend(backend, {.depth = Depth::full, .budget_s = 0.8, .now = [&backend] {
                          return backend.clock.seconds;
                        }});
  // Half of 0.8 s would be 0.4; nvbench's minimum of 0.5 s, of which at most half the allowance, is
  // reached only with more than that.
  CHECK(backend.clock.seconds < 0.8 + 0.01);
  CHECK(backend.clock.seconds > 0.25);
}

TEST_CASE("only the families asked for", "[calibrate]") {
  FakeBackend backend;
  backend.all = {fake_case("copy", 1e6), fake_case("read", 1e6)};
  HarnessOptions options = options_of(backend);
  options.only = {"read"};
  const BackendResult result = run_backend(backend, options);
  REQUIRE(result.points.size() == 1);
  CHECK(result.points[0].kernel_case.family == "read");
}

TEST_CASE("a stop ends it in the middle of a kernel; what was measured stays", "[calibrate]") {
  FakeBackend backend;
  std::atomic<bool> stop{false};
  for (int i = 0; i < 5; ++i) backend.all.push_back(fake_case("read", 1e6 * (i + 1)));
  std::size_t at = 0;
  HarnessOptions options = options_of(backend);
  options.stop = &stop;
  options.progress = [&](const HarnessProgress& progress) { at = progress.done; };
  backend.on_run = [&] {
    if (at == 2) stop = true;
  };
  const BackendResult result = run_backend(backend, options);
  CHECK(result.stopped);
  REQUIRE(result.points.size() == 3);
  CHECK(result.points[1].status == PointStatus::measured);
  CHECK(result.points[2].status == PointStatus::skipped);
  CHECK(result.points[2].why == "stopped");
}

TEST_CASE("a busy device is told with every figure", "[calibrate]") {
  FakeBackend backend;
  backend.all = {fake_case("read", 1e6)};
  backend.seen.busy_share = 0.4;
  backend.seen.throttled = true;
  const BackendResult result = run_backend(backend, options_of(backend));
  CHECK(result.condition.busy);
  CHECK(result.rates[0].condition.busy);
  CHECK(result.points[0].condition.throttled);
}

TEST_CASE("a rate counts FLOP where the kernel says so, else bytes, else items", "[calibrate]") {
  KernelCase kernel_case = fake_case("matrix_matrix", 100.0);
  CHECK(work_kind(kernel_case) == WorkKind::bytes);
  kernel_case.by_flop = true;
  CHECK(work_kind(kernel_case) == WorkKind::flop);
  CHECK(work_of(kernel_case) == 200.0);
  kernel_case.work = {.items = 8.0};
  CHECK(work_kind(kernel_case) == WorkKind::items);
  CHECK(work_of(kernel_case) == 8.0);
}
