// The keys with which every file begins.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/map_reader.h"

namespace plimsoll {

struct EntryHead {
  std::string id;
  std::string name;
  std::vector<std::string> names;
};

// Takes `kind`; false after the complaint wrong-kind-of-file, when the other keys are not worth a
// look.
bool take_kind(MapReader& reader, std::string_view expected);

// Takes id, name and names; complains id-mismatch unless the id is the file's stem.
EntryHead take_head(MapReader& reader, const std::string& stem);

}  // namespace plimsoll
