// Places for boxes that are joined by lines. Without Qt.
#pragma once

#include <utility>
#include <vector>

#include "presenters/cluster_graph.h"

namespace plimsoll::gui {

struct PlacedGraph {
  std::vector<Box> boxes;                  // widths and heights given, places to be found
  std::vector<std::pair<int, int>> links;  // several between two boxes count once
  std::vector<bool> inner;                 // of each box: better in the middle than at the rim
};

// No two boxes touch afterwards; the same graph always gets the same places. Parts that nothing
// joins stand side by side.
void place(PlacedGraph& graph);

}  // namespace plimsoll::gui
