#include "lowering/work_vector.h"

#include <map>
#include <tuple>

namespace plimsoll {

WorkVector work_vector(const OperatorGraph& graph) {
  const auto key = [](const Operator& op) {
    return std::tuple(op.cls, op.kind, op.executor, op.launches, op.rows, op.outputs, op.pass_rows,
                      op.head_group, op.prompt, op.format, op.converted, op.work.base(),
                      op.memory.base(), op.latency.base(), op.transfer.base(), op.link_set,
                      op.staged, op.software);
  };
  using Key = decltype(key(Operator()));
  std::map<Key, std::size_t> position;
  WorkVector groups;
  for (const Operator& op : graph.operators) {
    const auto [entry, fresh] = position.try_emplace(key(op), groups.size());
    if (fresh)
      groups.push_back({.op = op, .count = 1});
    else
      ++groups[entry->second].count;
  }
  return groups;
}

}  // namespace plimsoll
