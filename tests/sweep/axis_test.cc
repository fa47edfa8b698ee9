#include "sweep/axis.h"

#include <cmath>
#include <cstdlib>
#include <rapidcheck/catch.h>
#include <string>
#include <vector>

#include "support/catch.h"
#include "sweep/assignments.h"

using namespace plimsoll;

namespace {

using Texts = std::vector<std::string>;

const Texts base = {"model=\"gemma-2b\"", "system.id=\"rtx-4090-pc\"", "workload.context=4096"};

Texts values_of(const std::string& text) {
  Diagnostics diagnostics;
  const std::vector<Axis> axes = read_axes(Texts{text}, base, diagnostics);
  for (const Diagnostic& each : diagnostics.sorted()) UNSCOPED_INFO(to_text(each));
  REQUIRE(axes.size() == 1);
  CHECK(diagnostics.empty());
  return axes.front().values;
}

Texts codes_of(const Texts& texts) {
  Diagnostics diagnostics;
  read_axes(texts, base, diagnostics);
  Texts codes;
  for (const Diagnostic& each : diagnostics.sorted()) codes.push_back(each.code);
  return codes;
}

std::string suggestion_for(const std::string& text) {
  Diagnostics diagnostics;
  read_axes(Texts{text}, base, diagnostics);
  REQUIRE(diagnostics.sorted().size() == 1);
  CHECK(diagnostics.sorted().front().code == "unknown-path");
  return diagnostics.sorted().front().suggestion;
}

}  // namespace

TEST_CASE("values of a list", "[sweep]") {
  CHECK(values_of("quantization=q4_k_m,q8_0") == Texts{"q4_k_m", "q8_0"});
  CHECK(values_of("workload.batch=1, 2 ,4") == Texts{"1", "2", "4"});
  CHECK(values_of("workload.context=4k,32K,100") == Texts{"4096", "32768", "100"});
  CHECK(values_of("workload.batch=1,2,1") == Texts{"1", "2"});
  CHECK(values_of(R"(system="a, b",'c,d',{id: e, count: 2})") ==
        Texts{R"("a, b")", "'c,d'", "{id: e, count: 2}"});
  // No number is varied here, so a colon is no range.
  CHECK(values_of("engine=llama.cpp:cuda,vllm") == Texts{"llama.cpp:cuda", "vllm"});
  CHECK(values_of("system.raise_gpu_limit=true,false") == Texts{"true", "false"});
}

TEST_CASE("ranges of whole numbers", "[sweep]") {
  CHECK(values_of("workload.batch=1:10:4") == Texts{"1", "4", "7", "10"});
  CHECK(values_of("workload.batch=10:1:4") == Texts{"10", "7", "4", "1"});
  // 1, 1.25, 1.5, 1.75, 2, halves upwards
  CHECK(values_of("workload.batch=1:2:5") == Texts{"1", "2"});
  // 4096 times 2^0 … 2^5
  CHECK(values_of("workload.context=4k:128k:6:log") ==
        Texts{"4096", "8192", "16384", "32768", "65536", "131072"});
  CHECK(values_of("workload.batch=1,2,4:16:4") == Texts{"1", "2", "4", "8", "12", "16"});
}

TEST_CASE("ranges of quantities", "[sweep]") {
  CHECK(values_of("system.memory=64 GB:128 GB:3") == Texts{"64 GB", "96 GB", "128 GB"});
  CHECK(values_of("system.memory=1 GB:2 GB:5") ==
        Texts{"1 GB", "1.25 GB", "1.5 GB", "1.75 GB", "2 GB"});
}

TEST_CASE("a range runs from end to end at equal distances", "[sweep]") {
  rc::prop("within half a unit of the straight line", [] {
    const auto low = *rc::gen::inRange(1, 100000);
    const auto high = *rc::gen::inRange(1, 100000);
    const auto count = *rc::gen::inRange(2, 60);
    const Texts values = values_of("workload.context=" + std::to_string(low) + ":" +
                                   std::to_string(high) + ":" + std::to_string(count));
    RC_ASSERT(values.front() == std::to_string(low));
    RC_ASSERT(values.back() == std::to_string(high));
    if (std::abs(high - low) < 2 * count) return;  // some may have come twice
    RC_ASSERT(values.size() == static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      const double exact = low + (high - low) * (i / (count - 1.0));
      RC_ASSERT(std::fabs(std::stod(values[static_cast<std::size_t>(i)]) - exact) <= 0.5 + 1e-9);
    }
  });
}

TEST_CASE("what is no variation", "[sweep]") {
  for (const char* text :
       {"workload.batch", "=1", "workload.batch=", "workload.batch=1,,2", "workload.batch=1:2",
        "workload.batch=1:5:1", "workload.batch=a:5:3", "workload.batch=1:5:3:lin",
        "workload.batch=0:5:3:log", "workload.batch=1:5:3:log:2", "system.memory=1 GB:2 GiB:3",
        "workload.batch=1:99999999999999999999:3"}) {
    INFO(text);
    CHECK(codes_of({text}) == Texts{"bad-vary"});
  }
  CHECK(codes_of({"workload.batch=1,2", "workload.batch=3"}) == Texts{"bad-vary"});
  CHECK(codes_of({"workload.batch=1:1000000:1000000", "workload.prompt=1,2"}) ==
        Texts{"too-many-points"});
  // Each mistake is told, sorted by place.
  CHECK(codes_of({"workload.batch=", "fo=1"}) == Texts{"unknown-path", "bad-vary"});
}

TEST_CASE("a path that does not exist comes with the nearest one", "[sweep]") {
  CHECK(suggestion_for("context=1,2") == "workload.context");
  CHECK(suggestion_for("workload.contxt=1,2") == "workload.context");
  CHECK(suggestion_for("quantisation=a,b") == "quantization");
  CHECK(suggestion_for("gpu_layers=1,2") == "placement.gpu_layers");
  CHECK(suggestion_for("system.batch=1,2") == "workload.batch");
  CHECK(suggestion_for("model.x=1").empty());  // a model has no parts
  CHECK(suggestion_for("completely.different=1").empty());
}

TEST_CASE("what a path holds", "[sweep]") {
  CHECK(kind_of_path("workload.batch", base) == PathKind::whole_number);
  CHECK(kind_of_path("placement.gpu_layers", base) == PathKind::whole_number);
  CHECK(kind_of_path("system.memory", base) == PathKind::quantity);
  CHECK(kind_of_path("model", base) == PathKind::other);
  CHECK(kind_of_path("claimed", base) == PathKind::other);
  CHECK(kind_of_path("placement.strategy", base) == PathKind::other);
  CHECK(kind_of_path("nonsense", base) == PathKind::unknown);
  CHECK(kind_of_path("model.x", base) == PathKind::unknown);
  const Texts cluster = {"model=m", "cluster.nodes=[{id: a, system: s, count: 2}]",
                         "cluster.links=[{among: [a], link: l, topology: ring}]"};
  CHECK(kind_of_path("cluster.links.0.link", cluster) == PathKind::other);
  CHECK(kind_of_path("cluster.nodes.0.count", cluster) == PathKind::whole_number);
  CHECK(kind_of_path("cluster.nodes.5.count", cluster) == PathKind::unknown);
}

TEST_CASE("the first axis varies slowest", "[sweep]") {
  const std::vector<Axis> axes = {{"a", {"1", "2"}}, {"b", {"x", "y", "z"}}, {"c", {"-", "+"}}};
  REQUIRE(point_count(axes) == 12);
  std::size_t point = 0;
  for (const char* a : {"1", "2"})
    for (const char* b : {"x", "y", "z"})
      for (const char* c : {"-", "+"}) CHECK(values_at(axes, point++) == Texts{a, b, c});
  CHECK(point_count({}) == 1);
}

TEST_CASE("a product beyond all counting is still too large", "[sweep]") {
  std::vector<Axis> axes;
  for (int i = 0; i < 100; ++i) axes.push_back({"a", {"1", "2"}});
  CHECK(point_count(axes) > most_points);
}
