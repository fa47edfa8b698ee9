#include "evaluate/explain.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>

#include "base/quantity_text.h"
#include "catalog/figure_spread.h"
#include "catalog/words.h"
#include "evaluate/speculation_words.h"

namespace plimsoll {

std::string name_of(const LoadItem& item) {
  switch (item.kind) {
    case LoadKind::weights:
      return "weights: " + std::string(to_text(item.role));
    case LoadKind::cache:
      return "KV cache and state";
    case LoadKind::buffers:
      return "compute buffers";
    case LoadKind::overhead:
      return "engine overhead";
    case LoadKind::expert_cache:
      return "the engine's cache of experts";
    case LoadKind::staging:
      return "buffers for experts being read";
    case LoadKind::other_programs:
      return "other programs";
    case LoadKind::draft:
      return "draft of speculative decoding";
    case LoadKind::predictors:
      return "predictors of active neurons";
  }
  return {};
}

namespace {

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

constexpr double mebibyte = 1024.0 * 1024.0;
constexpr long long pages_per_mebibyte = 256;  // of 4 KiB, as kernel parameters count

}  // namespace

void PoolMemory::fill_rest(const Estimate& reserved_by_system) {
  reserved = reserved_by_system;
  withheld = std::max(Bytes(), capacity - usable - Bytes(reserved.value));
  free = std::max(Bytes(), usable - Bytes(used.value));
}

std::vector<PoolMemory> explain_memory(const Prepared& prepared) {
  std::vector<PoolMemory> memory;
  for (const PoolLoad& load : prepared.placement().loads) {
    const Pool& pool = prepared.fabric->pools()[static_cast<std::size_t>(load.pool)];
    PoolMemory part;
    part.node = prepared.fabric->node_name(pool.node);
    part.pool = pool.name;
    part.capacity = pool.capacity;
    part.usable = load.usable;
    part.limit = load.limit;
    part.used = load.used;
    part.short_by = load.short_by();
    if (!pool.gpu_limit.empty() && load.limit.starts_with(pool.gpu_limit) &&
        !pool.raise_limit.empty()) {
      part.raise = pool.raise_limit;
      const Bytes left = pool.capacity - pool.os_reserved.value;
      const auto mib = static_cast<long long>(left.base() / mebibyte);
      replace_all(part.raise, "{mib}", std::to_string(mib));
      replace_all(part.raise, "{pages}", std::to_string(mib * pages_per_mebibyte));
    }
    for (const LoadItem& item : load.items)
      part.items.push_back(
          {.what = name_of(item), .bytes = item.bytes, .wired = !item.evictable()});
    std::stable_sort(
        part.items.begin(), part.items.end(),
        [](const MemoryItem& a, const MemoryItem& b) { return a.bytes.value > b.bytes.value; });
    part.fill_rest(estimate_of(pool.os_reserved));
    memory.push_back(std::move(part));
  }
  return memory;
}

std::vector<TimeShare> explain_time(const TimedWork& work) {
  std::vector<TimeShare> shares;
  for (const auto& [key, time] : work.sinks) {
    if (time <= Seconds()) continue;
    const bool whole_pass = key.first == TimeSink::host;
    shares.push_back(
        {.resource = std::string(to_text(key.first)),
         .operators = whole_pass ? "scheduling and sampling" : std::string(to_text(key.second)),
         .time = time,
         .share = time / work.time});
  }
  std::stable_sort(shares.begin(), shares.end(),
                   [](const TimeShare& a, const TimeShare& b) { return a.time > b.time; });
  return shares;
}

namespace {

struct Relief {
  TimeSink sink;
  const char* what;
  const char* why;
};

constexpr Relief reliefs[] = {
    {TimeSink::gpu_memory, "GPU memory bandwidth",
     "weights and KV cache are read once per step at the kernels' share of the achievable "
     "bandwidth"},
    {TimeSink::gpu_compute, "GPU compute", "matrix units are busy at the rate these kernels reach"},
    {TimeSink::cpu_memory, "CPU memory bandwidth", "the layers in main memory are read by the CPU"},
    {TimeSink::cpu_compute, "CPU compute", "the layers in main memory are computed by the CPU"},
    {TimeSink::launch_gap, "kernel launches",
     "each kernel costs a gap on the device that no bandwidth removes"},
    {TimeSink::link, "link bandwidth", "activations travel between devices"},
    {TimeSink::link_latency, "link latency", "every message waits for the link and its software"},
    {TimeSink::calls, "calls between machines",
     "the engine's software on every stage or collective that another machine takes part in"},
    {TimeSink::host, "host work per step",
     "graph preparation, sampling and synchronisation that nothing overlaps"},
};

// The pass with one sink removed from every operator.
Seconds time_without(const OperatorGraph& graph, CostModel& cost, const Fabric& fabric,
                     TimeSink sink) {
  std::vector<OperatorCost> costs;
  costs.reserve(graph.operators.size());
  for (const Operator& op : graph.operators) {
    OperatorCost c = cost.cost(op);
    const bool gpu =
        fabric.executors()[static_cast<std::size_t>(op.executor)].unit->kind == UnitKind::gpu;
    const bool message = op.kind == OperatorKind::message;
    if (!message && sink == (gpu ? TimeSink::gpu_memory : TimeSink::cpu_memory))
      c.work = c.compute_time;
    if (!message && sink == (gpu ? TimeSink::gpu_compute : TimeSink::cpu_compute))
      c.work = c.memory_time;
    if (!message && sink == TimeSink::launch_gap) c.gap = Seconds();
    if (message && sink == TimeSink::link) c.work = Seconds();
    if (message && sink == TimeSink::link_latency) c.gap = Seconds();
    if (sink == TimeSink::calls) c.call = Seconds();
    if (sink == TimeSink::host) c.issue = Seconds();
    costs.push_back(c);
  }
  return serial_time(costs, cost.captured_graph(),
                     sink == TimeSink::host ? Seconds() : cost.step_overhead());
}

}  // namespace

std::vector<Limit> explain_limits(const Prepared& prepared, SpeedModel& model,
                                  const TimedWork& token) {
  std::map<TimeSink, Seconds> by_sink;
  for (const auto& [key, time] : token.sinks) by_sink[key.first] += time;
  const std::vector<WeightedGraph> graphs = model.middle_graphs();
  std::vector<Limit> limits;
  constexpr double worth_naming = 0.02;
  for (const Relief& relief : reliefs) {
    const double share = by_sink[relief.sink] / token.time;
    if (share < worth_naming) continue;
    Seconds without;
    for (const auto& [graph, weight] : graphs)
      without += time_without(graph, model.cost(), *prepared.fabric, relief.sink) * weight;
    Limit limit;
    limit.what = relief.what;
    limit.share = share;
    limit.explanation = relief.why;
    if (without > Seconds()) limit.ceiling_tokens_per_second = 1.0 / without.base();
    limits.push_back(std::move(limit));
  }
  std::stable_sort(limits.begin(), limits.end(),
                   [](const Limit& a, const Limit& b) { return a.share > b.share; });
  return limits;
}

namespace {

class AssumptionList {
 public:
  explicit AssumptionList(Catalog& catalog) : catalog_(catalog) {}

  void figure(std::string what, std::string value, const Provenance& from) {
    if (!seen_.insert(what).second) return;
    std::string warning;
    if (from.status == FigureStatus::claimed)
      warning = "claimed; nobody has measured it";
    else if (from.confidence == Confidence::low)
      warning = "low confidence";
    list_.push_back({.what = std::move(what),
                     .value = std::move(value),
                     .source = cite(from.source),
                     .status = std::string(word(from.status)),
                     .confidence = std::string(word(from.confidence)),
                     .warning = std::move(warning)});
  }

  void chosen(const ChosenDefault& choice) { list_.push_back(assumption_of(choice)); }

  std::vector<Assumption> finish() {
    std::stable_sort(list_.begin(), list_.end(),
                     [](const Assumption& a, const Assumption& b) { return rank(a) < rank(b); });
    return std::move(list_);
  }

 private:
  static int rank(const Assumption& a) {
    if (!a.warning.empty()) return 0;
    return a.status == "default" ? 2 : 1;
  }

  std::string cite(const std::string& source) {
    const std::size_t colon = source.find(':');
    const std::string key = source.substr(0, colon);
    const std::string citation = catalog_.citation(key);
    if (citation == key) return source;
    const std::string note = colon == std::string::npos ? "" : source.substr(colon + 1);
    return citation + (note.empty() ? "" : ";" + note);
  }

  Catalog& catalog_;
  std::set<std::string> seen_;
  std::vector<Assumption> list_;
};

bool matters(const TimedWork& work, std::size_t parameter) {
  return parameter < work.sensitivities.size() && work.time > Seconds() &&
         std::abs(work.sensitivities[parameter] / work.time) > negligible_elasticity;
}

}  // namespace

std::vector<UsedFigure> figures_used(const Prepared& prepared, SpeedModel& model,
                                     const Speed& speed) {
  const Scenario& scenario = prepared.scenario;
  const std::string where = scenario.engine->name + " " + scenario.backend->id;
  std::vector<UsedFigure> used;
  const auto& parameters = model.cost().parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (matters(speed.decode, i) || matters(speed.prefill, i))
      used.push_back({parameters[i].what, parameters[i].value, parameters[i].from});
  const auto spread = [&](const char* of, const Figure<double>& figure) {
    used.push_back({"unexplained spread of " + std::string(of) + " times, " + where,
                    print_number(figure.value, 2), figure.from});
  };
  spread("decode", scenario.backend->decode_spread);
  spread("prefill", scenario.backend->prefill_spread);
  return used;
}

std::vector<ProfileUse> profiles_used(const CostModel& cost) {
  std::map<std::string, ProfileUse> by_file;
  for (const Parameter& parameter : cost.parameters()) {
    const ProfileMove* move = parameter.from.moved.get();
    if (!move) continue;
    ProfileUse& use = by_file[move->file];
    use.file = move->file;
    use.date = move->date;
    use.machine = move->machine;
    use.moved.push_back({.key = parameter.key,
                         .what = parameter.what,
                         .value = parameter.value,
                         .factor = parameter.number / move->before,
                         .log_sigma = parameter.log_sigma,
                         .log_sigma_before = move->before_log_sigma});
  }
  std::vector<ProfileUse> uses;
  for (auto& [file, use] : by_file) {
    std::sort(use.moved.begin(), use.moved.end(),
              [](const MovedFigure& a, const MovedFigure& b) { return a.key < b.key; });
    uses.push_back(std::move(use));
  }
  return uses;
}

Assumption assumption_of(const ChosenDefault& choice) {
  return {.what = choice.field,
          .value = choice.value,
          .source = choice.why,
          .status = "default",
          .confidence = "high",
          .warning = {}};
}

std::vector<Assumption> explain_assumptions(const Prepared& prepared, Catalog& catalog,
                                            const std::vector<UsedFigure>& used) {
  AssumptionList list(catalog);
  const Scenario& scenario = prepared.scenario;
  std::set<const DeviceSpec*> devices;
  for (const PoolLoad& load : prepared.placement().loads) {
    for (const Executor& executor : prepared.fabric->executors()) {
      if (executor.pool != load.pool || !devices.insert(executor.device).second) continue;
      const DeviceSpec& device = *executor.device;
      list.figure("peak memory bandwidth of " + device.name, print(device.memory.bandwidth.value),
                  device.memory.bandwidth.from);
      if (device.memory.capacity)
        list.figure("memory of " + device.name, print_binary(device.memory.capacity->value),
                    device.memory.capacity->from);
      if (device.held_to && device.reading_power)
        list.figure("power that reading at full clock takes of " + device.name + ", held to " +
                        print(*device.held_to),
                    print(device.reading_power->value), device.reading_power->from);
    }
    // What a streamed run makes of memory is among the figures used.
    if (prepared.streams()) continue;
    const Pool& pool = prepared.fabric->pools()[static_cast<std::size_t>(load.pool)];
    if (!pool.gpu_limit.empty() && load.limit.starts_with(pool.gpu_limit))
      list.figure(load.limit, print_binary(load.usable), pool.gpu_limit_from);
    if (pool.os_reserved.value > Bytes())
      list.figure("memory the operating system keeps", print_binary(pool.os_reserved.value),
                  pool.os_reserved.from);
  }
  list.figure(
      "memory " + scenario.engine->name + " takes per device (" + scenario.backend->id + ")",
      print(scenario.backend->device_overhead.value), scenario.backend->device_overhead.from);
  for (const UsedFigure& figure : used) list.figure(figure.what, figure.value, figure.from);
  for (const ChosenDefault& choice : scenario.defaults) list.chosen(choice);
  return list.finish();
}

namespace {

// Only the first part of a model's name is likely to be a file name.
std::string file_name(const Scenario& scenario) {
  std::string name = scenario.model.name;
  name = name.substr(0, name.find(" ("));
  std::replace(name.begin(), name.end(), ' ', '-');
  if (scenario.quantization->family == "gguf")
    return name + "-" + scenario.quantization->name + ".gguf";
  return name;
}

// The other machines that hold layers, as llama.cpp is told of them.
std::string remote_words(const Prepared& prepared) {
  constexpr const char* port = ":50052";  // of rpc-server, its default
  std::string servers;
  for (int node : prepared.placement().nodes(*prepared.fabric)) {
    if (node == 0) continue;
    std::string name = prepared.fabric->node_name(node);
    std::replace(name.begin(), name.end(), ' ', '-');
    servers += (servers.empty() ? "" : ",") + name + port;
  }
  return servers.empty() ? servers : " --rpc " + servers;
}

std::string split_words(const Prepared& prepared) {
  const Placement& placement = prepared.placement();
  const std::size_t layers = prepared.scenario.model.layers.size();
  switch (placement.strategy) {
    case PlacementStrategy::cpu:
      return " -ngl 0";
    case PlacementStrategy::streamed:
      return placement.on_accelerators() ? " -ngl 999" : " -ngl 0";
    case PlacementStrategy::cpu_layers:
      return " -ngl " + std::to_string(placement.stages.back().layers);
    case PlacementStrategy::cpu_experts: {
      const auto on_cpu =
          std::count(placement.experts_on_cpu.begin(), placement.experts_on_cpu.end(), true);
      std::size_t first = 0;
      while (first < layers && !placement.experts_on_cpu[first]) ++first;
      // --n-cpu-moe counts layers from the front, dense ones included.
      return " -ngl 999 --n-cpu-moe " + std::to_string(first + static_cast<std::size_t>(on_cpu));
    }
    case PlacementStrategy::row_split:
      return " -ngl 999 --split-mode row";
    case PlacementStrategy::layer_split: {
      std::string shares;
      for (const Stage& stage : placement.stages)
        shares += (shares.empty() ? "" : ",") + std::to_string(stage.layers);
      return remote_words(prepared) + " -ngl 999 --split-mode layer --tensor-split " + shares;
    }
    default:
      return prepared.fabric->accelerators(0).size() > 1 ? " -ngl 999 --split-mode none"
                                                         : " -ngl 999";
  }
}

}  // namespace

std::string start_command(const Prepared& prepared) {
  const Scenario& scenario = prepared.scenario;
  std::string command = scenario.engine->start_command;
  const Workload& w = scenario.workload;
  const bool default_cache = scenario.kv_format->id == scenario.engine->kv_formats.front();
  std::string cache = scenario.kv_format->id;
  std::transform(cache.begin(), cache.end(), cache.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  const Placement& placement = prepared.placement();
  std::size_t group = 1;
  for (const Stage& stage : placement.stages) group = std::max(group, stage.executors.size());
  const std::size_t nodes = placement.nodes(*prepared.fabric).size();
  const bool divided_experts = placement.strategy == PlacementStrategy::expert_parallel;
  const std::vector<std::pair<std::string, std::string>> words = {
      {"{file}", file_name(scenario)},
      {"{model}", file_name(scenario)},
      {"{context}", std::to_string(w.context)},
      {"{total_context}", std::to_string(w.context * w.batch)},
      {"{batch}", std::to_string(w.batch)},
      {"{llama_split}", split_words(prepared)},
      {"{llama_cache}", default_cache ? "" : " -ctk " + cache + " -ctv " + cache},
      {"{vllm_cache}", default_cache ? "" : " --kv-cache-dtype " + cache},
      {"{llama_parallel}", w.batch > 1 ? " --parallel " + std::to_string(w.batch) : ""},
      {"{tensor_parallel}", std::to_string(divided_experts ? 1 : group)},
      {"{vllm_pipeline}", placement.stages.size() > 1 ? " --pipeline-parallel-size " +
                                                            std::to_string(placement.stages.size())
                                                      : ""},
      {"{vllm_experts}",
       divided_experts ? " --enable-expert-parallel --data-parallel-size " + std::to_string(group)
                       : ""},
      {"{llama_speculation}", llama_speculation(scenario)},
      {"{vllm_speculation}", vllm_speculation(scenario)},
      {"{sglang_speculation}", sglang_speculation(scenario)},
      {"{mlx_speculation}", mlx_speculation(scenario)},
      {"{nodes}", std::to_string(nodes)},
      {"{first}", prepared.fabric->node_name(0)},
  };
  if (nodes > 1 && scenario.engine->remote && !scenario.engine->remote->start_command.empty())
    command = "# on every other machine\n" + scenario.engine->remote->start_command + "\n# on " +
              prepared.fabric->node_name(0) + "\n" + command;
  for (const auto& [what, with] : words) replace_all(command, what, with);
  return command;
}

}  // namespace plimsoll
