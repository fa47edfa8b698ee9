// The short sum holds what the graph holds, exactly.
#include "lowering/work_vector.h"

#include <map>
#include <string>
#include <tuple>

#include "footprint/shipped.h"
#include "placement/placed.h"

namespace plimsoll {
namespace {

TEST_CASE("a work vector conserves every sum of its graph", "[lowering]") {
  for (const char* model : {"llama-3.1-8b", "qwen3-30b-a3b", "gemma-3-4b", "deepseek-v2-lite"})
    for (std::int64_t tokens : {1, 512}) {
      INFO(model << " " << tokens);
      const Placed placed(spec_of({{"model", model},
                                   {"quantization", "q4_k_m"},
                                   {"system", "rtx-4090-pc"},
                                   {"placement", "cpu_layers"}}),
                          shipped_catalog());
      const Placement placement = placed.candidates().front();
      const OperatorGraph graph = Lowering({.scenario = &placed.scenario,
                                            .fabric = &placed.fabric,
                                            .placement = &placement,
                                            .footprint = &placed.footprint})
                                      .lower({.tokens = tokens, .past = 300});
      const WorkVector vector = work_vector(graph);
      CHECK(vector.size() < graph.operators.size());

      // Every operator belongs to exactly one group of equal demands, so the multisets agree and
      // with them every sum, to the last bit.
      using Demand = std::tuple<int, int, int, double, double, double, double, double, double, int>;
      const auto demand = [](const Operator& op) {
        return Demand(static_cast<int>(op.cls), static_cast<int>(op.kind), op.executor, op.launches,
                      op.rows, op.work.base(), op.memory.base(), op.latency.base(),
                      op.transfer.base(), op.link_set);
      };
      std::map<Demand, int> in_graph;
      std::map<Demand, int> in_vector;
      for (const Operator& op : graph.operators) ++in_graph[demand(op)];
      for (const WorkGroup& group : vector) in_vector[demand(group.op)] += group.count;
      CHECK(in_graph == in_vector);
    }
}

TEST_CASE("groups come in the order of first occurrence", "[lowering]") {
  OperatorGraph graph;
  for (double work : {5.0, 3.0, 5.0, 4.0, 3.0, 5.0})
    graph.operators.push_back({.work = Flop(work)});
  const WorkVector vector = work_vector(graph);
  REQUIRE(vector.size() == 3);
  CHECK(vector[0].op.work.base() == 5.0);
  CHECK(vector[0].count == 3);
  CHECK(vector[1].op.work.base() == 3.0);
  CHECK(vector[1].count == 2);
  CHECK(vector[2].op.work.base() == 4.0);
  CHECK(vector[2].count == 1);
  CHECK(work_vector({}).empty());
}

}  // namespace
}  // namespace plimsoll
