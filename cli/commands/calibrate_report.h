// A profile as text and JSON.
#pragma once

#include <string>
#include <vector>

#include "calibrate/comparison.h"
#include "calibrate/profile.h"
#include "report/layout.h"

namespace plimsoll::cli {

// The profile beside the datasheets and the earlier profiles, and a roofline for each device.
// `absent`: backends that this machine does not have, and why.
struct CalibrationView {
  const calibrate::Profile& profile;
  const std::vector<calibrate::Profile>& earlier;
  const std::vector<calibrate::ComparedBackend>& compared;
  const std::vector<std::string>& absent;
};

std::string calibration_text(const CalibrationView& view, const TextStyle& style);
std::string calibration_json(const CalibrationView& view);

}  // namespace plimsoll::cli
