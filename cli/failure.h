// What went wrong outside: neither a mistake of the user nor a defect of ours.
#pragma once

#include <stdexcept>

namespace plimsoll::cli {

// A network, another machine or a device that failed in the middle; ends the program with status 1
// after `what()` on standard error.
class OutsideFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace plimsoll::cli
