// A backend whose kernels take times that the test says, on a clock that only they move.
#pragma once

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "calibrate/kernel_case.h"
#include "calibrate/kernel_failure.h"

namespace plimsoll::calibrate::test {

struct FakeClock {
  double seconds = 0.0;
};

struct FakeBackend final : Backend {
  FakeClock clock;
  std::vector<KernelCase> all;
  double fixed_s = 1e-5;
  double rate = 1e10;
  double check_s = 0.001;
  std::string wrong_family = "";
  std::string failing_family = "";
  int timed_runs = 0;
  std::function<void()> on_run = [] {};
  DeviceState seen{.clock_hz = 1e9, .temperature_c = 40.0, .busy_share = 0.0, .throttled = false};

  std::string id() const override { return "cpu"; }
  std::string device() const override { return "Imaginary 1"; }
  std::string version() const override { return "fake 1.0"; }
  DeviceState state() override { return seen; }
  std::vector<KernelCase> cases(Depth) override { return all; }
  std::unique_ptr<Kernel> make(const KernelCase& kernel_case) override;
};

class FakeKernel final : public Kernel {
 public:
  FakeKernel(FakeBackend& backend, KernelCase kernel_case)
      : backend_(backend), case_(std::move(kernel_case)) {}

  const KernelCase& kernel_case() const override { return case_; }
  KernelCheck check() override {
    backend_.clock.seconds += backend_.check_s;
    if (case_.family == backend_.wrong_family)
      return {.right = false, .worst_error = 3.0, .allowed = 1.0, .why = "element 7: 3, not 1"};
    return {.right = true, .worst_error = 0.5, .allowed = 1.0, .why = ""};
  }
  double run(int launches) override {
    if (case_.family == backend_.failing_family) throw KernelFailure("launch: out of memory");
    const double once = backend_.fixed_s + case_.work.bytes / backend_.rate;
    backend_.clock.seconds += once * launches;
    ++backend_.timed_runs;
    backend_.on_run();
    return once * launches;
  }

 private:
  FakeBackend& backend_;
  KernelCase case_;
};

inline std::unique_ptr<Kernel> FakeBackend::make(const KernelCase& kernel_case) {
  return std::make_unique<FakeKernel>(*this, kernel_case);
}

inline KernelCase fake_case(const std::string& family, double bytes) {
  return {.family = family,
          .format = "q4_0",
          .variant = "",
          .shape = {{"bytes", static_cast<std::int64_t>(bytes)}},
          .work = {.bytes = bytes, .flop = 2.0 * bytes, .items = 1.0}};
}

}  // namespace plimsoll::calibrate::test
