// What measurements of all kinds go through, from kernels to a profile.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "arguments.h"
#include "calibrate/kernel_case.h"
#include "calibrate/profile.h"
#include "catalog/catalog.h"
#include "detect/detect.h"
#include "interrupt.h"

namespace plimsoll::cli {

// Throws Interrupted where somebody did not want to wait.
void stop_if(const InterruptFlag& interrupt);

// With progress on a terminal. Throws Interrupted.
calibrate::Profile measure_machine(const CalibrateCommand& command, const DetectedMachine& machine,
                                   const std::vector<std::unique_ptr<calibrate::Backend>>& backends,
                                   const InterruptFlag& interrupt);

// Writes it where the command or the user's folder says, and shows it beside earlier ones.
void keep_profile(const CalibrateCommand& command, const calibrate::Profile& profile,
                  const std::vector<std::string>& absent, Catalog& catalog);

}  // namespace plimsoll::cli
