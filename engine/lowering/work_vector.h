// A pass as a short sum: identical operators counted together. Its time on idle devices is a closed
// form in the cost parameters, which fits and Jacobians use.
#pragma once

#include <vector>

#include "lowering/operators.h"

namespace plimsoll {

struct WorkGroup {
  Operator op;    // one of them; its layer means nothing
  int count = 1;  // how many of the pass equal it
};

using WorkVector = std::vector<WorkGroup>;

// In the order of first occurrence. Exact: the groups hold the very same demands as the graph.
WorkVector work_vector(const OperatorGraph& graph);

}  // namespace plimsoll
