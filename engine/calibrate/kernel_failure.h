// A device, driver, file or peer that refused; what() says which call and what it answered.
#pragma once

#include <stdexcept>

namespace plimsoll::calibrate {

class KernelFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace plimsoll::calibrate
