// Speed on several machines: what a further machine adds and costs, pipelines, replicas, the load
// of the links, and what the report says about it.
#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "base/quantity_text.h"
#include "evaluate/claims.h"
#include "evaluate/network.h"
#include "evaluate/prepared_fixture.h"
#include "placement/cluster_world.h"

namespace plimsoll {
namespace {

constexpr double copy_time = 10e-6;  // the engines' message_overhead

struct Running {
  Running(const ScenarioSpec& spec, Catalog& catalog)
      : ready(prepared(spec, catalog)), speed(speed_model(*ready, catalog)) {
    INFO(ready->placement().refusal);
    REQUIRE(ready->fits());
  }
  double token(std::int64_t past = 700) {
    return speed.simulator().run(speed.decode_graph(past)).time.base();
  }
  OperatorGraph lowered(const Pass& pass) const {
    return Lowering(ready->lowering_request()).lower(pass);
  }
  // Tasks are rounded to picoseconds.
  double rounding(const OperatorGraph& graph) const {
    return 4e-12 * static_cast<double>(graph.operators.size());
  }
  std::vector<LinkUse> loads() { return link_loads(*ready->fabric, link_flows(*ready, speed)); }
  int node_of(const Operator& op) const {
    return ready->fabric->executors()[static_cast<std::size_t>(op.executor)].node;
  }

  std::unique_ptr<Prepared> ready;
  SpeedModel speed;
};

double of_ether(double bytes) {
  return ether_latency + bytes / ether_rate;
}

// Machines that call one another add what lies between them and take no work away: the sum of all
// kernels is that of one machine.
TEST_CASE("a token over n machines takes the work of one and every call", "[evaluate]") {
  ClusterWorld world;
  const double hidden = 256 * 4.0;
  // The row of the token table is read by the first machine's CPU (100 GB/s) where the GPU of the
  // first stage (200 GB/s) is elsewhere: read and written, at 0.4 of the rate. Roofline exponent 4
  // without FLOP: the time of the bytes.
  const double embedding = 2 * hidden / (0.4 * 100e9) - 2 * hidden / (0.4 * 200e9);
  const auto token = [&](const char* engine, int machines) {
    Running running(
        on_cluster("deep", chips(machines), engine, machines == 1 ? "single" : "layer_split"),
        world.catalog());
    return running.token();
  };
  for (int machines = 2; machines <= 4; ++machines) {
    INFO(machines << " machines");
    const double remote = machines - 1;
    const double to_stages = remote * of_ether(hidden);
    const double back = copy_time + of_ether(hidden);
    CHECK(token("caller", machines) - token("caller", 1) ==
          Approx(remote * call_time + to_stages + remote * back + embedding).epsilon(1e-6));
    // Its own layers first: one way back less, and the logits of 1000 values come home.
    CHECK(token("first", machines) - token("first", 1) ==
          Approx(remote * call_time + to_stages + (remote - 1) * back + copy_time +
                 of_ether(1000 * 4))
              .epsilon(1e-6));
    // Neighbours hand over directly, and the sampled token comes home.
    CHECK(token("relay", machines) - token("relay", 1) ==
          Approx(remote * hand_over_time + to_stages + copy_time + of_ether(4)).epsilon(1e-6));
  }
}

TEST_CASE("on clusters too a pass takes its closed form", "[evaluate]") {
  ClusterWorld world;
  struct Case {
    const char* model;
    std::string machines;
    const char* engine;
    const char* placement;
  };
  for (const Case& c :
       std::vector<Case>{{"deep", chips(4), "caller", "layer_split"},
                         {"deep", chips(3), "first", "layer_split"},
                         {"deep", chips(2), "relay", "layer_split"},
                         {"moe", chips(4), "grid", "tensor_parallel"},
                         {"moe", chips(4), "grid", "expert_parallel"},
                         {"deep", chips(3), "grid", "pipeline_parallel"},
                         {"dense", "2x box-2 over ether-a", "grid", "pipeline_parallel"}}) {
    INFO(c.model << " " << c.machines << " " << c.engine << " " << c.placement);
    Running running(on_cluster(c.model, c.machines, c.engine, c.placement), world.catalog());
    for (const OperatorGraph& graph :
         {running.speed.decode_graph(700), running.speed.prefill_graph()}) {
      std::vector<OperatorCost> costs;
      for (const Operator& op : graph.operators) costs.push_back(running.speed.cost().cost(op));
      const double closed = serial_time(costs, true, running.speed.cost().step_overhead()).base();
      const PassResult pass = running.speed.simulator().run(graph);
      CHECK(pass.time.base() >= closed * (1 - 1e-12));
      CHECK(pass.time.base() <= closed * (1 + 1e-12) + running.rounding(graph));
      double sum = 0.0;
      double calls = 0.0;
      for (const auto& [key, time] : pass.sinks) {
        sum += time.base();
        if (key.first == TimeSink::calls) calls += time.base();
      }
      CHECK(sum == Approx(pass.time.base()).epsilon(1e-9));
      double called = 0.0;
      for (const OperatorCost& cost : costs) called += cost.call.base();
      CHECK(calls == Approx(called).epsilon(1e-9));
    }
  }
}

const std::vector<std::string> three_chunks = {"workload.prompt=1536", "workload.generate=1"};

// Seconds of the kernels of each machine in a pass, and of the message to the second one.
struct Stages {
  double first = 0.0;
  double over = 0.0;
  double second = 0.0;
  double home = 0.0;  // the sampled token
};
Stages stages_of(Running& running, const OperatorGraph& graph) {
  Stages stages;
  for (const Operator& op : graph.operators) {
    const OperatorCost c = running.speed.cost().cost(op);
    const bool at_home = running.node_of(op) == 0;
    double& part = op.kind == OperatorKind::message ? (at_home ? stages.home : stages.over)
                                                    : (at_home ? stages.first : stages.second);
    part += (c.call + c.gap + c.work).base();
  }
  return stages;
}

// Two machines with successive chunks: the second starts a chunk when it has it and is free.
TEST_CASE("machines work on chunks at once where the engine does so", "[evaluate]") {
  ClusterWorld world;
  Running caller(on_cluster("deep", chips(2), "caller", "layer_split", three_chunks),
                 world.catalog());
  double chunk_after_chunk = 0.0;
  for (std::int64_t past : {0, 512, 1024})
    chunk_after_chunk +=
        caller.speed.simulator().run(caller.lowered({.tokens = 512, .past = past})).time.base();
  CHECK(caller.speed.measure().prefill.time.base() == Approx(chunk_after_chunk).epsilon(1e-9));

  Running relay(on_cluster("deep", chips(2), "relay", "layer_split", three_chunks),
                world.catalog());
  constexpr double issue = 2e-6;
  double first_free = issue;
  double second_free = 0.0;
  double last = 0.0;
  double serial = 0.0;
  double rounding = 0.0;
  for (std::int64_t past : {0, 512, 1024}) {
    const OperatorGraph graph = relay.lowered({.tokens = 512, .past = past});
    const Stages chunk = stages_of(relay, graph);
    first_free += chunk.first;
    second_free = std::max(second_free, first_free + chunk.over) + chunk.second;
    last = second_free + chunk.home;
    serial += relay.speed.simulator().run(graph).time.base();
    rounding += relay.rounding(graph);
  }
  const double step = relay.speed.cost().step_overhead().base();
  const double overlapped = relay.speed.measure().prefill.time.base();
  CHECK(overlapped == Approx(last + step).margin(rounding).epsilon(1e-12));
  CHECK(overlapped < 0.8 * serial);
}

double call_gap_work(CostModel& cost, const Operator& op) {
  const OperatorCost c = cost.cost(op);
  return (c.call + c.gap + c.work).base();
}

// A pipeline with as many parts of the batch as stages: a part comes round after its own way
// through all of them, or after the slowest stage has served every part.
TEST_CASE("a pipeline's period is its slowest stage or one pass", "[evaluate]") {
  ClusterWorld world;
  world.cluster("uneven", "{id: a, system: chip}, {id: b, system: slow-chip}",
                "{among: [a, b], topology: star, link: ether-a}");
  struct Case {
    const char* model;
    std::string machines;
    int stages;
    bool waits_for_slowest;
  };
  // Four small stages: mostly hand-overs and the end of the pass, which no other part waits for.
  // Two large ones of rates 4 to 1: the slow one is behind all the time.
  for (const Case& c :
       std::vector<Case>{{"deep", chips(4), 4, false}, {"heavy", "uneven", 2, true}}) {
    INFO(c.machines);
    Running running(on_cluster(c.model, c.machines, "grid", "pipeline_parallel",
                               {"workload.batch=8", "workload.generate=1", "workload.prompt=100",
                                "workload.context=1024"}),
                    world.catalog());
    REQUIRE(running.ready->placement().stages.size() == static_cast<std::size_t>(c.stages));
    const OperatorGraph part =
        running.lowered({.tokens = 1, .past = 100, .sequences = 8 / c.stages});
    const double pass = running.speed.simulator().run(part).time.base();
    std::vector<double> stages(static_cast<std::size_t>(c.stages));
    for (std::size_t i = 0; i + 1 < part.operators.size(); ++i) {  // the last: home to the CPU
      const Operator& op = part.operators[i];
      stages[static_cast<std::size_t>(running.node_of(op))] +=
          call_gap_work(running.speed.cost(), op);
    }
    const double slowest = *std::max_element(stages.begin(), stages.end());
    CHECK((slowest * c.stages > pass) == c.waits_for_slowest);
    const double period = std::max(pass, slowest * c.stages);
    const Speed speed = running.speed.measure();
    CHECK(speed.decode.time.base() == Approx(period).epsilon(1e-9));
    CHECK(speed.decode_tokens_per_second.value == Approx(1 / period));
    CHECK(speed.throughput_tokens_per_second.value == Approx(8 / period));
    double sum = 0.0;
    for (const auto& [key, time] : speed.decode.sinks) sum += time.base();
    CHECK(sum == Approx(period).epsilon(1e-9));

    // In a period every part's hidden state crosses to the next stage once.
    const std::vector<LinkUse> uses = running.loads();
    double most = 0.0;
    for (const LinkUse& use : uses) most = std::max(most, use.per_step.base());
    CHECK(most == Approx(8.0 * running.ready->scenario.model.hidden * 4));
    CHECK(uses.front().busy_in_step == Approx(most / ether_rate / period).epsilon(1e-3));
  }
}

TEST_CASE("a batch smaller than the pipeline leaves stages idle", "[evaluate]") {
  ClusterWorld world;
  Running running(on_cluster("deep", chips(4), "grid", "pipeline_parallel",
                             {"workload.batch=1", "workload.generate=1"}),
                  world.catalog());
  CHECK(running.speed.parts_in_flight() == 1);
  CHECK(running.speed.measure().decode.time.base() ==
        Approx(running.token(running.ready->scenario.workload.prompt)).epsilon(1e-9));
}

TEST_CASE("replicas multiply throughput, spare ones do not", "[evaluate]") {
  ClusterWorld world;
  const auto outcome = [&](int machines, std::vector<std::string> set) {
    set.emplace_back("workload.batch=4");
    return outcome_on(world, on_cluster("deep", chips(machines), "grid", "tensor_parallel", set));
  };
  const Outcome one = outcome(2, {});
  const double alone = one.throughput_tokens_per_second->value;
  const Outcome two = outcome(4, {"replicas=2"});
  CHECK(two.throughput_tokens_per_second->value == Approx(2 * alone));
  CHECK(two.decode_tokens_per_second->value == Approx(one.decode_tokens_per_second->value));
  CHECK(two.time_to_first_token_s->value == Approx(one.time_to_first_token_s->value));
  const Outcome spare = outcome(4, {"replicas=2", "spare=1"});
  CHECK(spare.throughput_tokens_per_second->value == Approx(alone));
  CHECK(outcome(8, {"replicas=4", "spare=1"}).throughput_tokens_per_second->value ==
        Approx(3 * alone));
  CHECK(two.facts.replicas == 2);
  CHECK(spare.facts.spare == 1);
  CHECK(spare.facts.machines == 4);
}

// Of three machines the first sends and gets the hidden state twice a step (it calls two others),
// the others once each.
TEST_CASE("the load of each link", "[evaluate]") {
  ClusterWorld world;
  Running running(on_cluster("deep", chips(3), "caller", "layer_split", {"workload.prompt=512"}),
                  world.catalog());
  const std::vector<LinkUse> uses = running.loads();
  REQUIRE(uses.size() == 2);
  const double step = running.token(running.speed.middle());
  const double chunk =
      running.speed.simulator().run(running.lowered({.tokens = 512, .past = 0})).time.base();
  const double times[] = {2, 1};
  const int counts[] = {2, 4};  // both directions of one cable, of two
  for (std::size_t i = 0; i < 2; ++i) {
    INFO(uses[i].link);
    const double bytes = times[i] * 256 * 4;
    CHECK(uses[i].count == counts[i]);
    CHECK(uses[i].capacity.base() == ether_rate);
    CHECK(uses[i].per_step.base() == Approx(bytes));
    CHECK(uses[i].per_chunk.base() == Approx(512 * bytes));
    CHECK(uses[i].busy_in_step == Approx(bytes / ether_rate / step));
    CHECK(uses[i].busy_in_chunk == Approx(512 * bytes / ether_rate / chunk));
  }
  CHECK(uses[0].link.find("node 1") != std::string::npos);
  CHECK(uses[1].link.find("node 1") == std::string::npos);

  // Out to the second machine, back, out to the third, back to the last stage.
  const std::vector<RouteUse> routes = routes_used(*running.ready);
  std::vector<std::string> ways;
  for (const RouteUse& route : routes) ways.push_back(route.from + " to " + route.to);
  CHECK(ways == std::vector<std::string>{"node 1 CPU to node 2 GPU", "node 2 GPU to node 1 CPU",
                                         "node 1 CPU to node 3 GPU", "node 3 GPU to node 1 GPU"});
  for (const RouteUse& route : routes) {
    CHECK(route.links.size() == 2);
    CHECK(route.latency.base() == Approx(ether_latency));
    CHECK(route.bandwidth.base() == ether_rate);
  }
}

// 100 W under load and 20 W idle, each. Machines that follow one another work in turn, so together
// they are busy like one; where the work is divided all are busy, and so are the stages of a
// pipeline that works on several parts of a batch.
TEST_CASE("machines that wait draw what they draw idle", "[evaluate]") {
  ClusterWorld world;
  world.data.write("hwdb/systems/metered.yaml",
                   "kind: system\nid: metered\nname: metered\nos: macos\nparts: [{device: soc-a}]\n"
                   "host: {memory: 32 GiB}\nports: [ether-a]\n"
                   "load_power: {value: 100 W, source: S, status: measured}\n"
                   "idle_power: {value: 20 W, source: S, status: measured}\n");
  const auto watts = [&](int machines, const char* engine, const char* placement,
                         const std::vector<std::string>& set) {
    const Outcome outcome =
        outcome_on(world, on_cluster("deep", std::to_string(machines) + "x metered over ether-a",
                                     engine, placement, set));
    REQUIRE(outcome.power_w.has_value());
    return outcome.power_w->value;
  };
  CHECK(watts(3, "caller", "layer_split", {}) == Approx(100 + 2 * 20));
  CHECK(watts(4, "grid", "tensor_parallel", {}) == Approx(4 * 100));
  CHECK(watts(4, "grid", "pipeline_parallel", {"workload.batch=8"}) == Approx(4 * 100));
  CHECK(watts(4, "grid", "pipeline_parallel", {"workload.batch=1"}) == Approx(100 + 3 * 20));
  // Two replicas, one of them held ready.
  CHECK(watts(4, "grid", "tensor_parallel", {"replicas=2"}) == Approx(4 * 100));
  CHECK(watts(4, "grid", "tensor_parallel", {"replicas=2", "spare=1"}) == Approx(2 * 100 + 2 * 20));
  // Machines that are ruled out are not there.
  CHECK(watts(4, "grid", "tensor_parallel", {"placement.nodes=2"}) == Approx(2 * 100));
}

bool has_note(const Outcome& outcome, const std::string& start, const std::string& part) {
  return std::any_of(outcome.notes.begin(), outcome.notes.end(), [&](const std::string& note) {
    return note.starts_with(start) && note.find(part) != std::string::npos;
  });
}

std::string all_notes(const Outcome& outcome) {
  std::string text;
  for (const std::string& note : outcome.notes) text += note + "\n";
  return text;
}

std::string decode_rates(const Outcome& before, const Outcome& after) {
  return print_number(before.decode_tokens_per_second->value) + " to " +
         print_number(after.decode_tokens_per_second->value) + " token/s: ";
}
std::string prefill_rates(const Outcome& before, const Outcome& after) {
  return print_number(before.prefill_tokens_per_second->value) + " to " +
         print_number(after.prefill_tokens_per_second->value) + " token/s: ";
}

TEST_CASE("the report says what one machine more does, and why", "[evaluate]") {
  ClusterWorld world;
  const std::vector<std::string> long_prompt = {"workload.prompt=2048", "workload.context=4096"};
  const auto outcome = [&](const char* model, const std::string& machines, const char* engine,
                           const char* placement) {
    return outcome_on(world, on_cluster(model, machines, engine, placement, long_prompt));
  };

  SECTION("calls one after another") {
    const Outcome one = outcome("heavy", "chip", "caller", "layer_split");
    const Outcome two = outcome("heavy", chips(2), "caller", "layer_split");
    INFO(all_notes(two));
    CHECK(one.notes.empty());
    CHECK(has_note(two,
                   "Machine 2 makes one stream slower, " + decode_rates(one, two) +
                       "a token passes the machines one after the other, so they add memory, "
                       "not speed (per token: work on the machines ",
                   ", calls " + print(Seconds()) + " to " + print(Seconds(call_time)) + ")"));
  }
  SECTION("chunks at once") {
    const Outcome one = outcome("heavy", "chip", "relay", "layer_split");
    const Outcome two = outcome("heavy", chips(2), "relay", "layer_split");
    INFO(all_notes(two));
    CHECK(has_note(two,
                   "Machine 2 makes the prompt faster, " + prefill_rates(one, two) +
                       "machines work on successive chunks of the prompt at once",
                   ""));
  }
  SECTION("a divided model that is large") {
    // 11.8 GiB of weights: half of them saves 39 ms of a token, 60 all-reduces cost 4 ms.
    const Outcome one = outcome("heavy", "chip", "grid", "tensor_parallel");
    const Outcome two = outcome("heavy", chips(2), "grid", "tensor_parallel");
    const Outcome four = outcome("heavy", chips(4), "grid", "tensor_parallel");
    INFO(all_notes(two) << all_notes(four));
    CHECK(has_note(two,
                   "Machine 2 makes one stream faster, " + decode_rates(one, two) +
                       "every machine reads its part of the weights at the same time",
                   ""));
    CHECK(has_note(two,
                   "Machine 2 makes the prompt faster, " + prefill_rates(one, two) +
                       "the work on a chunk is divided",
                   ""));
    // 32 heads do not divide by 3: four machines are compared with two.
    CHECK(has_note(four, "Machines 3 to 4 make one stream faster, " + decode_rates(two, four), ""));
  }
  SECTION("a divided model that is small") {
    // 14 MB of weights: half of them are 45 us, 24 all-reduces of 60 us are not.
    const Outcome one = outcome("deep", "chip", "grid", "tensor_parallel");
    const Outcome two = outcome("deep", chips(2), "grid", "tensor_parallel");
    INFO(all_notes(two));
    CHECK(has_note(two,
                   "Machine 2 makes one stream slower, " + decode_rates(one, two) +
                       "exchanging partial results costs more than reading fewer weights "
                       "saves",
                   ""));
  }
  SECTION("a faster machine") {
    world.cluster("better", "{id: a, system: slow-chip}, {id: b, system: small-chip}",
                  "{among: [a, b], topology: star, link: ether-a}");
    const Outcome both = outcome("heavy", "better", "caller", "layer_split");
    INFO(all_notes(both));
    CHECK(has_note(both, "Machine 2 makes one stream faster, ",
                   ": layers move to machines that are faster at them (per token: "));
  }
  SECTION("replicas are compared with nothing") {
    const Outcome replicas =
        outcome_on(world, on_cluster("deep", chips(4), "grid", "tensor_parallel", {"replicas=2"}));
    CHECK_FALSE(has_note(replicas, "Machine", ""));
  }
}

TEST_CASE("a claim is held against its machines and against what is published", "[evaluate]") {
  ClusterWorld world;
  const auto spec = [](const char* model, const char* quantization, const char* machines) {
    return spec_of({{"model", model},
                    {"quantization", quantization},
                    {"system", machines},
                    {"engine", "caller"},
                    {"placement", "layer_split"}});
  };
  const auto checks = [&](ScenarioSpec claim, const ScenarioSpec* published) {
    claim.claimed = true;
    if (published) claim.published = std::make_shared<const ScenarioSpec>(*published);
    return outcome_on(world, claim).claim_checks;
  };
  const auto rates = [&](const ScenarioSpec& asked) {
    return *outcome_on(world, asked).decode_tokens_per_second;
  };
  const auto in_words = [](const Estimate& rate) {
    return "fits, " + print_number(rate.value) + " token/s (" + print_number(rate.low) + " to " +
           print_number(rate.high) + ")";
  };
  using Texts = std::vector<std::string>;
  // cable-a carries 4 GB/s, ether-a 1; the chips have a port for the latter only.
  const ScenarioSpec claim = spec("heavy", "q8", "2x chip over cable-a");
  const ScenarioSpec published = spec("heavy", "q16", "2x slow-chip over ether-a");
  const ScenarioSpec mixed = spec("heavy", "q8", "2x slow-chip over ether-a");
  const ScenarioSpec other_mixed = spec("heavy", "q16", "2x chip over cable-a");
  const std::string no_port =
      "impossible on this hardware: chip has no port for cable-a; its ports: ether-a (1 GB/s)";
  CHECK(checks(claim, nullptr) == Texts{no_port});
  CHECK(checks(published, nullptr).empty());
  CHECK(outcome_on(world, claim).claim_checks.empty());  // nobody claimed it

  // Weights: a layer's matrices 202,375,168 values, 30 of them, embedding and head of 1000 x 4096
  // each; 2 bytes each in q16 and 34 / 32 in q8. Norms, 61 of 4096 values, are F16 in both.
  const double matrices = 30 * (4.0 * 4096 * 4096 + 3.0 * 4096 * 11008) + 2 * 1000.0 * 4096;
  const double norms = 61 * 4096.0 * 2;
  const std::string eight = "q8, " + print(Bytes(matrices * 34 / 32 + norms)) + " of weights";
  const std::string sixteen = "q16, " + print(Bytes(matrices * 2 + norms)) + " of weights";
  CHECK(checks(claim, &published) ==
        Texts{no_port,
              "not the published hardware: the claim says LPDDR5 at 250 GB/s, Slow SoC has DDR4 at "
              "100 GB/s (2.5 times as much)",
              "not the published link: the claim says cable-a at 4 GB/s, published is ether-a at 1 "
              "GB/s (4 times as much)",
              "if all of it were true (" + eight + "): it would fit, " +
                  print_number(rates(claim).value) + " token/s",
              "as published (" + sixteen + "): " + in_words(rates(published)),
              "the claimed weights on the published machines (" + eight +
                  "): " + in_words(rates(mixed)),
              "the published weights on the claimed machines (" + sixteen +
                  "): " + in_words(rates(other_mixed))});
}

}  // namespace
}  // namespace plimsoll
