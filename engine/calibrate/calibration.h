// A whole calibration: every backend in its turn, as a profile of this machine.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "calibrate/profile.h"
#include "detect/detect.h"

namespace plimsoll::calibrate {

struct CalibrationOptions {
  Depth depth = Depth::quick;
  std::vector<std::string> only{};  // families; empty: all
  std::string program;              // "plimsoll 0.9.0"
  std::string date;                 // of today
  double budget_s = 0.0;            // 0: that of the depth
  const std::atomic<bool>* stop = nullptr;
  std::function<void(const Backend&, const HarnessProgress&)> progress{};
  std::function<double()> now{};  // seconds; nothing: the steady clock
};

// So long it takes at most, but for the last kernel: below 60 s and 10 min.
double budget_of(Depth depth);

// The time goes to backends alike; what one leaves, those after it get.
Profile calibrate_machine(const std::vector<std::unique_ptr<Backend>>& backends,
                          const DetectedMachine& machine, const CalibrationOptions& options);

// The entry that a backend's device is in the catalogue, or in a question about this machine; empty
// where that cannot be told.
std::string entry_of(const BackendResult& backend, const DetectedMachine& machine);

// "2026-05-20", in universal time.
std::string today();

}  // namespace plimsoll::calibrate
