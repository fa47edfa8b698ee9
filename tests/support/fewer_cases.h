// Whether tests that run many cases shall run fewer: under sanitizers each takes ten times as long.
#pragma once

#include <cstdlib>

namespace plimsoll::test {

inline bool fewer_cases() {
  return std::getenv("PLIMSOLL_FEWER_CASES") != nullptr;
}

}  // namespace plimsoll::test
