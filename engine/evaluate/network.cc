#include "evaluate/network.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/quantity_text.h"

namespace plimsoll {

namespace {

// Bytes of each link in a while, and how long that is.
struct PassTraffic {
  std::vector<Bytes> links;
  Seconds time;
};

// Of `passes` alike.
PassTraffic traffic_of(const OperatorGraph& graph, int passes, const Fabric& fabric, Seconds time) {
  PassTraffic traffic{.links = std::vector<Bytes>(fabric.links().size()), .time = time};
  for (const Operator& op : graph.operators) {
    if (op.kind != OperatorKind::message || op.link_set < 0) continue;
    for (const LinkBytes& use : graph.link_sets[static_cast<std::size_t>(op.link_set)])
      traffic.links[static_cast<std::size_t>(use.link)] += use.bytes * passes;
  }
  return traffic;
}

double busy(const PassTraffic& traffic, std::size_t link, BytesPerSecond capacity) {
  return traffic.time > Seconds() ? (traffic.links[link] / capacity) / traffic.time : 0.0;
}

// Equal but for rounding.
bool same_load(const LinkUse& a, const LinkUse& b) {
  const auto close = [](Bytes x, Bytes y) {
    constexpr double rounding = 1e-9;
    return std::abs(x.base() - y.base()) <= rounding * std::max(x.base(), y.base());
  };
  return a.capacity == b.capacity && close(a.per_step, b.per_step) &&
         close(a.per_chunk, b.per_chunk);
}

}  // namespace

std::vector<LinkFlow> link_flows(const Prepared& prepared, SpeedModel& model) {
  const Fabric& fabric = *prepared.fabric;
  std::vector<LinkFlow> flows;
  for (const FabricLink& link : fabric.links()) flows.push_back({.link = link.name});
  const OperatorGraph& step = model.middle_graph();
  const OperatorGraph chunk = model.prefill_graph();
  if (step.link_sets.empty() && chunk.link_sets.empty()) return flows;
  const PassTraffic in_step =
      traffic_of(step, model.parts_in_flight(), fabric, model.middle_token().time);
  const PassTraffic in_chunk = traffic_of(chunk, 1, fabric, model.simulator().run(chunk).time);
  for (std::size_t i = 0; i < flows.size(); ++i) {
    const BytesPerSecond capacity = fabric.links()[i].capacity.value;
    flows[i].per_step = in_step.links[i];
    flows[i].per_chunk = in_chunk.links[i];
    flows[i].busy_in_step = busy(in_step, i, capacity);
    flows[i].busy_in_chunk = busy(in_chunk, i, capacity);
  }
  return flows;
}

std::vector<LinkUse> link_loads(const Fabric& fabric, const std::vector<LinkFlow>& flows) {
  std::vector<LinkUse> uses;
  std::vector<const LinkSpec*> kinds;
  for (std::size_t i = 0; i < flows.size(); ++i) {
    const LinkFlow& flow = flows[i];
    if (flow.per_step == Bytes() && flow.per_chunk == Bytes()) continue;
    const FabricLink& link = fabric.links()[i];
    const LinkUse use{.link = flow.link,
                      .capacity = link.capacity.value,
                      .per_step = flow.per_step,
                      .per_chunk = flow.per_chunk,
                      .busy_in_step = flow.busy_in_step,
                      .busy_in_chunk = flow.busy_in_chunk};
    std::size_t same = 0;
    while (same < uses.size() && !(kinds[same] == link.spec && same_load(uses[same], use))) ++same;
    if (same < uses.size()) {
      ++uses[same].count;
      continue;
    }
    uses.push_back(use);
    kinds.push_back(link.spec);
  }
  std::stable_sort(uses.begin(), uses.end(), [](const LinkUse& a, const LinkUse& b) {
    return a.busy_in_step > b.busy_in_step;
  });
  return uses;
}

std::vector<RouteUse> routes_used(const Prepared& prepared) {
  const Fabric& fabric = *prepared.fabric;
  std::vector<RouteUse> routes;
  std::set<std::pair<int, int>> seen;
  const auto add = [&](int from, int to) {
    const Route& route = fabric.route(from, to);
    if (!route.exists() || !seen.insert({from, to}).second) return;
    RouteUse use{.from = fabric.executors()[static_cast<std::size_t>(from)].name,
                 .to = fabric.executors()[static_cast<std::size_t>(to)].name,
                 .latency = route.latency,
                 .bandwidth = route.bandwidth};
    for (int link : route.links)
      use.links.push_back(fabric.links()[static_cast<std::size_t>(link)].name);
    routes.push_back(std::move(use));
  };
  const auto hand_over = [&](int from, int to) {
    const std::vector<int> path = hand_over_path(prepared.scenario, fabric, from, to);
    for (std::size_t leg = 0; leg + 1 < path.size(); ++leg) add(path[leg], path[leg + 1]);
  };
  // The main process begins and ends a pass where that takes a message to another machine.
  const int home = fabric.cpu(0);
  const auto elsewhere = [&](int executor) {
    return home >= 0 && fabric.executors()[static_cast<std::size_t>(executor)].node != 0;
  };
  const Stage* before = nullptr;
  for (const Stage& stage : prepared.placement().stages) {
    if (stage.layers == 0) continue;
    const int first = stage.executors.front();
    if (before)
      hand_over(before->executors.front(), first);
    else if (elsewhere(first))
      hand_over(home, first);
    for (std::size_t i = 0; i + 1 < stage.executors.size(); ++i)
      add(stage.executors[i], stage.executors[i + 1]);
    before = &stage;
  }
  if (before && elsewhere(before->executors.front())) hand_over(before->executors.front(), home);
  return routes;
}

namespace {

// A decode step's time by what a further machine changes.
struct Parts {
  Seconds work;   // memory, compute, launches
  Seconds links;  // bytes and latency
  Seconds calls;  // the engine's software between machines
};

Parts parts_of(const TimedWork& work) {
  Parts parts;
  for (const auto& [key, time] : work.sinks) {
    switch (key.first) {
      case TimeSink::link:
      case TimeSink::link_latency:
        parts.links += time;
        break;
      case TimeSink::calls:
        parts.calls += time;
        break;
      default:
        parts.work += time;
    }
  }
  return parts;
}

// "work 41.2 to 20.9 ms, links 0 to 1.3 ms, calls 0 to 3 ms"
std::string changed_parts(const TimedWork& fewer, const TimedWork& all) {
  const Parts before = parts_of(fewer);
  const Parts after = parts_of(all);
  const auto part = [](const char* what, Seconds a, Seconds b) {
    return std::string(what) + " " + print(a) + " to " + print(b);
  };
  return part("work on the machines", before.work, after.work) + ", links " + print(before.links) +
         " to " + print(after.links) + ", calls " + print(before.calls) + " to " +
         print(after.calls);
}

// The machines that `fewer` lack of `all`, as the subject of a sentence: "Machine 3 makes",
// "Machines 3 to 4 make".
std::string last_machines(int fewer, int all, const std::string& verb) {
  return all - fewer == 1
             ? "Machine " + std::to_string(all) + " " + verb + "s"
             : "Machines " + std::to_string(fewer + 1) + " to " + std::to_string(all) + " " + verb;
}

// "faster", "slower", or nothing where there is no change to speak of.
std::string change_of(double before, double after) {
  constexpr double noticeable = 0.01;
  if (after > before * (1.0 + noticeable)) return "faster";
  if (after < before * (1.0 - noticeable)) return "slower";
  return {};
}

bool one_after_another(const Placement& placement) {
  return placement.stages.size() > 1;
}

// Where machines work one after another, a further one helps only by being the faster one.
constexpr const char* faster_machine = "layers move to machines that are faster at them";

std::string decode_reason(const Placement& placement, bool faster) {
  if (one_after_another(placement))
    return faster ? faster_machine
                  : "a token passes the machines one after the other, so they add memory, not "
                    "speed";
  return faster ? "every machine reads its part of the weights at the same time"
                : "exchanging partial results costs more than reading fewer weights saves";
}

std::string decode_note(const Placement& placement, int fewer, int all, const Speed& before,
                        const Speed& after) {
  const double was = before.decode_tokens_per_second.value;
  const double is = after.decode_tokens_per_second.value;
  const std::string change = change_of(was, is);
  const std::string rates = print_number(was) + " to " + print_number(is) + " token/s";
  if (change.empty())
    return last_machines(fewer, all, "leave") + " one stream as fast as it was (" + rates + ")";
  return last_machines(fewer, all, "make") + " one stream " + change + ", " + rates + ": " +
         decode_reason(placement, change == "faster") +
         " (per token: " + changed_parts(before.decode, after.decode) + ")";
}

std::string prefill_reason(const Placement& placement, bool faster, bool overlaps) {
  if (!faster) return "each chunk of the prompt crosses the links as well";
  if (!one_after_another(placement)) return "the work on a chunk is divided";
  return overlaps ? "machines work on successive chunks of the prompt at once" : faster_machine;
}

std::string prefill_note(const Placement& placement, int fewer, int all, const Speed& before,
                         const Speed& after, bool overlaps) {
  const double was = before.prefill_tokens_per_second.value;
  const double is = after.prefill_tokens_per_second.value;
  const std::string change = change_of(was, is);
  if (change.empty()) return {};
  return last_machines(fewer, all, "make") + " the prompt " + change + ", " + print_number(was) +
         " to " + print_number(is) +
         " token/s: " + prefill_reason(placement, change == "faster", overlaps);
}

// The same placement on the first `nodes` machines; nothing where it is impossible or does not fit.
std::unique_ptr<Prepared> on_fewer(const Prepared& prepared, int nodes, Catalog& catalog) {
  ScenarioSpec spec = prepared.scenario.spec;
  const SourcePlace place{.file = "one machine less"};
  spec.quantization = {.value = prepared.scenario.quantization->id, .place = place};
  spec.engine = {.value = prepared.scenario.engine->id, .place = place};
  spec.backend = {.value = prepared.scenario.backend->id, .place = place};
  spec.placement = {.value = prepared.placement().strategy, .place = place};
  spec.nodes = {.value = nodes, .place = place};
  Diagnostics quiet;
  std::unique_ptr<Prepared> fewer = prepare(spec, catalog, quiet);
  return fewer && fewer->fits() ? std::move(fewer) : nullptr;
}

}  // namespace

std::vector<std::string> machine_notes(const Prepared& prepared, const Speed& speed,
                                       Catalog& catalog) {
  const Placement& placement = prepared.placement();
  const int all = static_cast<int>(placement.nodes(*prepared.fabric).size());
  if (all < 2 || prepared.scenario.replicas > 1) return {};
  int nodes = all - 1;
  std::unique_ptr<Prepared> fewer = on_fewer(prepared, nodes, catalog);
  if (!fewer && all % 2 == 0) fewer = on_fewer(prepared, nodes = all / 2, catalog);
  if (!fewer) return {};
  Diagnostics quiet;
  SpeedModel model(fewer->lowering_request(), catalog.roofs(quiet));
  const Speed before = model.measure();
  const auto& remote = prepared.scenario.engine->remote;
  std::vector<std::string> notes{decode_note(placement, nodes, all, before, speed)};
  const std::string prompt =
      prefill_note(placement, nodes, all, before, speed, remote && remote->overlaps_chunks);
  if (!prompt.empty()) notes.push_back(prompt);
  return notes;
}

}  // namespace plimsoll
