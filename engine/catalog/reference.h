// What one catalogue file says about others: recorded with its place while reading, resolved only
// when somebody needs it, and verified as a whole by Catalog::check_all.
#pragma once

#include <string>
#include <vector>

#include "base/diagnostic.h"

namespace plimsoll {

enum class ReferenceKind {
  device,
  storage,
  link,
  os,
  engine,
  model,
  quantization,
  format,
  memory_roof,
  source,
};

struct Reference {
  ReferenceKind kind = ReferenceKind::device;
  std::string target;
  SourcePlace place;
};

using References = std::vector<Reference>;

}  // namespace plimsoll
