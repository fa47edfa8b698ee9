// Rates of profiles that tests make up.
#pragma once

#include <string>

#include "calibrate/harness.h"

namespace plimsoll::calibrate {

// With an error of 1 % and no noise.
inline FamilyRate measured_rate(const std::string& family, const std::string& format, WorkKind per,
                                double rate, const std::string& variant = "") {
  return {.family = family,
          .format = format,
          .variant = variant,
          .per = per,
          .fit = {.rate = rate, .rate_error = 0.01, .fixed_known = true, .rate_known = true},
          .noise = 0.0};
}

}  // namespace plimsoll::calibrate
