// What parameters lean on.
#include "fit/parameter_tree.h"

#include <string>

#include "scenario/small_world.h"

namespace plimsoll {
namespace {

// Of a point that depends on these.
ParameterTree tree_of(Catalog& catalog, std::vector<Parameter> parameters) {
  LoweredPoint point;
  point.parameters = std::move(parameters);
  return parameter_tree({&point}, catalog);
}

const FitParameter& parameter_of(const ParameterTree& tree, const std::string& key) {
  for (const FitParameter& each : tree.parameters)
    if (each.key == key) return each;
  FAIL(key);
  return tree.parameters.front();
}

TEST_CASE("how far earlier versions lie from today's is learned", "[fit][tree]") {
  SmallWorld world;
  // Of a change that is not known, of one that its entry tells of, and of the former elsewhere.
  const ParameterTree tree =
      tree_of(world.catalog(),
              {{.key = "llama.cpp/cuda:era_gap:2024-06", .number = 1.0, .log_sigma = 0.42},
               {.key = "llama.cpp/cuda:era_matrix:2025-12", .number = 0.6, .log_sigma = 0.48},
               {.key = "llama.cpp/metal:era_gap:2024-06", .number = 1.0, .log_sigma = 0.42}});
  const FitParameter& plain = parameter_of(tree, "llama.cpp/all:era_gap:2024-06");
  const FitParameter& known = parameter_of(tree, "llama.cpp/all:era_matrix:2025-12");
  REQUIRE(plain.variance >= 0);
  REQUIRE(known.variance >= 0);
  CHECK(plain.variance != known.variance);
  CHECK(plain.own_sigma == 0.0);
  CHECK(known.own_sigma == 0.0);
  // Backends lean on their engine's, which leans on nothing.
  CHECK(plain.parents.empty());
  for (const char* key : {"llama.cpp/cuda:era_gap:2024-06", "llama.cpp/metal:era_gap:2024-06"}) {
    const FitParameter& leaf = parameter_of(tree, key);
    REQUIRE(leaf.parents.size() == 1);
    CHECK(tree.parameters[static_cast<std::size_t>(leaf.parents.front())].key == plain.key);
    CHECK(leaf.variance == parameter_of(tree, "llama.cpp/cuda:era_matrix:2025-12").variance);
  }
}

}  // namespace
}  // namespace plimsoll
