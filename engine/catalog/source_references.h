// Where a file names its sources.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/reference.h"
#include "config/node.h"

namespace plimsoll {

// "STAS", "STAS: note" and "AC, LG: note" name keys of sources.yaml: the words before the first
// ':'.
std::vector<std::string> source_keys(std::string_view source);

// Notes every `source:` in the tree below `root`. Figures must name keys; the `source` of the file
// itself may be prose, of which only what looks like a key (capitals and digits) is noted.
void note_sources(const Node& root, References& references);

}  // namespace plimsoll
