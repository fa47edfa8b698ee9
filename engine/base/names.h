// Names as people spell them: folding, and the nearest of many.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace plimsoll {

// Lower case, letters and digits and '+' only, so that "M3-Max (40 core)" and "m3 max 40-core" are
// one name.
// '+' counts because "Ryzen AI Max+ 395" is not "Ryzen AI Max 395"; '.' between digits counts
// because "qwen3.5" is not "qwen35".
std::string fold_name(std::string_view name);

// The candidate with the smallest edit distance (transpositions count once) to `name`, compared
// folded; nothing when even the nearest is farther than a third of the name's length, at least 2.
std::optional<std::string> nearest_name(std::string_view name,
                                        std::span<const std::string> candidates);

}  // namespace plimsoll
