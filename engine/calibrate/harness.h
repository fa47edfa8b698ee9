// Runs the kernels of a backend: each is checked first, and one that is wrong is reported and never
// timed; then it is timed until it is quiet, within its share of the time there is.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "calibrate/kernel_case.h"
#include "calibrate/statistics.h"
#include "calibrate/sweep_fit.h"

namespace plimsoll::calibrate {

// What the rate of a family counts.
enum class WorkKind { bytes, flop, items };

WorkKind work_kind(const KernelCase& kernel_case);
double work_of(const KernelCase& kernel_case);

enum class PointStatus {
  measured,
  wrong,    // its result is not that of the reference
  failed,   // the device, driver, file or peer refused
  skipped,  // no time was left
};

struct PointResult {
  KernelCase kernel_case;
  PointStatus status = PointStatus::skipped;
  KernelCheck check{};
  std::string why{};      // of everything but measured
  SampleSummary times{};  // per launch
  int launches = 0;       // of one sample
  double slowing = 0.0;   // statistics.h
  Condition condition{};
};

// The points of equal family, format and variant.
struct FamilyRate {
  std::string family;
  std::string format;
  std::string variant;
  WorkKind per = WorkKind::bytes;
  SweepFit fit{};
  int samples = 0;
  double noise = 0.0;  // of one sample, median of the points
  Condition condition{};
};

struct BackendResult {
  std::string id;
  std::string device;
  std::string entry{};  // of the catalogue; empty: the device is in none
  std::string version;
  Condition condition{};
  std::vector<FamilyRate> rates{};
  std::vector<PointResult> points{};
  bool stopped = false;  // somebody did not want to wait for the rest
};

struct HarnessProgress {
  std::size_t done = 0;
  std::size_t total = 0;
  const KernelCase* now = nullptr;  // null: none any more
};

struct HarnessOptions {
  Depth depth = Depth::quick;
  double budget_s = 50.0;           // of all the backend's kernels, checks included
  std::vector<std::string> only{};  // families; empty: all
  const std::atomic<bool>* stop = nullptr;
  std::function<void(const HarnessProgress&)> progress{};
  std::function<double()> now{};  // seconds; nothing: the steady clock
};

// The time is dealt out to families alike, and in a family to its cases alike; what one does not
// need goes to those after it. Cases that no time is left for are skipped.
BackendResult run_backend(Backend& backend, const HarnessOptions& options);

// Those that were measured, in the order of their first points.
std::vector<FamilyRate> fit_families(const std::vector<PointResult>& points);

}  // namespace plimsoll::calibrate
