// JSON that other programs wrote, as a tree of nodes with places; hostile until read.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "config/node.h"

namespace plimsoll::calibrate {

struct JsonTreeLimits {
  int depth = 32;
  std::size_t values = 2'000'000;
};

// A value stands where it ends; `first_line` is that of the text in its file. Of keys that stand
// twice the first one counts. Nothing after a complaint. Codes: not-text, syntax, too-deep,
// too-large.
std::optional<Node> parse_json_tree(std::string_view text, const std::string& file, int first_line,
                                    Diagnostics& diagnostics, const JsonTreeLimits& limits = {});

}  // namespace plimsoll::calibrate
