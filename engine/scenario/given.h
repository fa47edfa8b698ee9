// A value as the user wrote it, with its place for messages.
#pragma once

#include <optional>

#include "base/diagnostic.h"

namespace plimsoll {

// Nothing when the user left it to us.
template <class T>
struct Given {
  std::optional<T> value;
  SourcePlace place;

  bool has() const { return value.has_value(); }
};

}  // namespace plimsoll
