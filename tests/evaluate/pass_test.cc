// One pass on idle devices: the simulator against the closed form of the work vector.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "evaluate/prepared_fixture.h"
#include "lowering/work_vector.h"

namespace plimsoll {
namespace {

struct Machine {
  const char* model;
  const char* quantization;
  const char* system;
  const char* engine;
  const char* placement;
};

const Machine machines[] = {
    {"llama-3.1-8b", "q4_k_m", "rtx-4090-pc", "llama.cpp", "single"},
    {"qwen3-30b-a3b", "q4_k_m", "rtx-4090-pc", "llama.cpp", "cpu_experts"},
    {"llama-3.1-70b", "q4_k_m", "rtx-4090-2x", "llama.cpp", "layer_split"},
    {"llama-3.1-8b", "q8_0", "rtx-4090-2x", "llama.cpp", "row_split"},
    {"llama-3.1-8b", "q8_0", "macbook-pro-16-m3-max-48gb", "llama.cpp", "single"},
    {"gpt-oss-20b", "mxfp4_moe", "macbook-pro-16-m3-max-48gb", "llama.cpp", "single"},
    {"llama-3.1-8b", "q4_k_m", "rtx-4090-pc", "llama.cpp", "cpu"},
    {"llama-3.1-8b", "bf16-safetensors", "h100-sxm5-80gb-box", "vllm", "single"},
    {"llama-3.1-70b", "bf16-safetensors", "h100-sxm5-80gb-2x", "vllm", "tensor_parallel"},
    {"llama-3.1-70b", "q4_k_m", "3x framework-desktop-128gb over ethernet-5g", "llama.cpp",
     "layer_split"},
    {"llama-3.1-70b", "bf16-safetensors", "2x h100-sxm5-80gb-2x over ethernet-200g", "vllm",
     "tensor_parallel"},
    {"llama-3.1-70b", "bf16-safetensors", "2x h100-sxm5-80gb-2x over ethernet-200g", "vllm",
     "pipeline_parallel"},
    {"qwen3-30b-a3b", "bf16-safetensors", "2x h100-sxm5-80gb-2x over ethernet-200g", "vllm",
     "expert_parallel"},
};

std::unique_ptr<Prepared> ready(const Machine& m) {
  auto result = prepared({{"model", m.model},
                          {"quantization", m.quantization},
                          {"system", m.system},
                          {"engine", m.engine},
                          {"placement", m.placement}});
  return result;
}

// Each operator's issue, call, gap and work are rounded up to a picosecond once, and so is the
// step's overhead.
double rounding(const OperatorGraph& graph) {
  return (4.0 * static_cast<double>(graph.operators.size()) + 1.0) * 1e-12;
}

TEST_CASE("a serial token on idle devices takes its closed form", "[evaluate]") {
  for (const Machine& m : machines) {
    INFO(m.model << " " << m.system << " " << m.engine << " " << m.placement);
    const auto prepared = ready(m);
    SpeedModel model = speed_model(*prepared);
    for (const OperatorGraph& graph : {model.decode_graph(700), model.prefill_graph()}) {
      std::vector<OperatorCost> costs;
      for (const Operator& op : graph.operators) costs.push_back(model.cost().cost(op));
      const double closed =
          serial_time(costs, model.cost().captured_graph(), model.cost().step_overhead()).base();
      const double simulated = model.simulator().run(graph).time.base();
      CHECK(simulated >= closed * (1 - 1e-12));
      CHECK(simulated <= closed * (1 + 1e-12) + rounding(graph));
    }
  }
}

// An operator of so many launches on a device, after the one before it.
void append(OperatorGraph& graph, int executor, double launches) {
  Operator op{.cls = OperatorClass::elementwise,
              .kind = OperatorKind::vector,
              .executor = executor,
              .launches = launches,
              .memory = Bytes(20e9)};
  op.first_dependency = static_cast<std::int32_t>(graph.dependencies.size());
  if (!graph.operators.empty()) {
    graph.dependencies.push_back(static_cast<std::int32_t>(graph.operators.size()) - 1);
    op.dependency_count = 1;
  }
  graph.operators.push_back(op);
}

// Two passes over two devices, two operators on each, which take d on the device and s < d to
// issue. With few launches the host is through early, and the second pass runs two operators
// behind the first: s + 6 d. Of 600 launches a device's queue of 1024 holds one operator: the host
// issues the second when the first is done, so the second pass begins on the first device after the
// second has begun its last operator: 7 d, and each of the six issues on the way counts.
TEST_CASE("a full launch queue stops the host for all devices", "[evaluate]") {
  ScenarioSpec spec = spec_of({{"model", "llama-3.1-70b"},
                               {"quantization", "q4_k_m"},
                               {"system", "rtx-4090-2x"},
                               {"engine", "llama.cpp"},
                               {"placement", "layer_split"}});
  spec.engine_date = {.value = Date{.year = 2024, .month = 5, .day = 1},
                      .place = {}};  // before CUDA graphs
  const auto ready = prepared(spec);
  SpeedModel model = speed_model(*ready);
  REQUIRE_FALSE(model.cost().captured_graph());
  const std::vector<int> gpus = ready->fabric->accelerators(0);
  const auto time_of_two = [&](double launches) {
    OperatorGraph pass;
    for (const int gpu : {gpus[0], gpus[0], gpus[1], gpus[1]}) append(pass, gpu, launches);
    const OperatorGraph passes[] = {pass, pass};
    return model.simulator().run_overlapped(passes).time.base();
  };
  const auto expected = [&](double launches, double issues, double works) {
    OperatorGraph one;
    append(one, gpus[0], launches);
    const OperatorCost c = model.cost().cost(one.operators.front());
    const double d = c.gap.base() + c.work.base();
    REQUIRE(c.issue.base() < d);
    return issues * c.issue.base() + works * d + model.cost().step_overhead().base();
  };
  CHECK(time_of_two(100) == Approx(expected(100, 1, 6)).epsilon(1e-9));
  CHECK(time_of_two(600) == Approx(expected(600, 6, 7)).epsilon(1e-9));
}

// With captured graphs the host is out of the way after one issue, so the time is a sum over
// groups.
TEST_CASE("the time of a captured pass is a sum over its work vector", "[evaluate]") {
  for (const Machine& m : machines) {
    const auto prepared = ready(m);
    SpeedModel model = speed_model(*prepared);
    if (!model.cost().captured_graph()) continue;
    INFO(m.model << " " << m.system);
    const OperatorGraph graph = model.decode_graph(700);
    double sum = model.cost().step_overhead().base() +
                 model.cost().cost(graph.operators.front()).issue.base();
    for (const WorkGroup& group : work_vector(graph)) {
      const OperatorCost c = model.cost().cost(group.op);
      sum += group.count * (c.call.base() + c.gap.base() + c.work.base());
    }
    CHECK(model.simulator().run(graph).time.base() ==
          Approx(sum).epsilon(1e-12).margin(rounding(graph)));
  }
}

TEST_CASE("where the time went adds up to the time", "[evaluate]") {
  for (const Machine& m : machines) {
    INFO(m.model << " " << m.system << " " << m.engine << " " << m.placement);
    const auto prepared = ready(m);
    SpeedModel model = speed_model(*prepared);
    const PassResult pass = model.simulator().run(model.decode_graph(700));
    double sum = 0.0;
    for (const auto& [key, time] : pass.sinks) {
      CHECK(time.base() >= 0.0);
      sum += time.base();
    }
    CHECK(sum == Approx(pass.time.base()).epsilon(1e-9));
  }
}

TEST_CASE("a timeline has every task in its time", "[evaluate]") {
  const auto prepared = ready(machines[1]);
  SpeedModel model = speed_model(*prepared);
  const OperatorGraph graph = model.decode_graph(700);
  const Timeline timeline = model.simulator().timeline(graph);
  const double end = model.simulator().run(graph).time.base();
  CHECK(timeline.spans.size() >= graph.operators.size());
  double last = 0.0;
  for (const TimelineSpan& span : timeline.spans) {
    REQUIRE(span.start.base() >= 0.0);
    REQUIRE(span.end >= span.start);
    REQUIRE(span.track < static_cast<int>(timeline.tracks.size()));
    REQUIRE(span.name < static_cast<int>(timeline.names.size()));
    last = std::max(last, span.end.base());
  }
  CHECK(last == Approx(end).epsilon(1e-12));
}

}  // namespace
}  // namespace plimsoll
