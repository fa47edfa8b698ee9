#include "fabric/fabric.h"

#include "fabric/fabric_state.h"

namespace plimsoll {

namespace {

template <class List>
auto& at(List& list, int index) {
  return list[static_cast<std::size_t>(index)];
}

}  // namespace

Fabric::Fabric() : state_(std::make_unique<State>()) {}
Fabric::~Fabric() = default;
Fabric::Fabric(Fabric&&) noexcept = default;
Fabric& Fabric::operator=(Fabric&&) noexcept = default;

int Fabric::node_count() const {
  return static_cast<int>(state_->nodes.size());
}
const std::string& Fabric::node_name(int node) const {
  return at(state_->nodes, node).name;
}
const std::vector<Pool>& Fabric::pools() const {
  return state_->pools;
}
const std::vector<Executor>& Fabric::executors() const {
  return state_->executors;
}
const std::vector<FabricLink>& Fabric::links() const {
  return state_->links;
}

std::vector<int> Fabric::accelerators(int node) const {
  std::vector<int> found;
  for (int i = 0; i < static_cast<int>(executors().size()); ++i) {
    const Executor& executor = at(executors(), i);
    if (executor.node == node && executor.unit->kind == UnitKind::gpu) found.push_back(i);
  }
  return found;
}

int Fabric::cpu(int node) const {
  for (int i = 0; i < static_cast<int>(executors().size()); ++i) {
    const Executor& executor = at(executors(), i);
    if (executor.node == node && executor.unit->kind == UnitKind::cpu) return i;
  }
  return -1;
}

int Fabric::host_pool(int node) const {
  for (int i = 0; i < static_cast<int>(pools().size()); ++i) {
    const Pool& pool = at(pools(), i);
    if (pool.node == node && pool.kind != PoolKind::device) return i;
  }
  return -1;
}

const Route& Fabric::route(int from_executor, int to_executor) const {
  return state_->route(at(state_->executor_ends, from_executor),
                       at(state_->executor_ends, to_executor));
}

const Route& Fabric::host_route(int from_node, int to_node) const {
  return state_->route(at(state_->nodes, from_node).host, at(state_->nodes, to_node).host);
}

}  // namespace plimsoll
