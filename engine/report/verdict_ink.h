// The colour of a verdict.
#pragma once

#include "evaluate/outcome.h"
#include "report/layout.h"

namespace plimsoll {

inline Ink ink_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::fits:
      return Ink::good;
    case Verdict::fits_with_streaming:
    case Verdict::fits_with_changes:
      return Ink::caution;
    case Verdict::does_not_fit:
      break;
  }
  return Ink::bad;
}

}  // namespace plimsoll
