#include "streaming/stream_state.h"

#include <algorithm>

namespace plimsoll {

namespace {

ThermalSpecification thermal_of(const ThermalSpec& spec) {
  return {.chip = {.capacity = spec.chip_capacity.value,
                   .resistance = spec.chip_resistance.value,
                   .limit = spec.chip_limit.value},
          .body = {.capacity = spec.body_capacity.value,
                   .resistance = spec.body_resistance.value,
                   .limit = spec.body_limit.value},
          .ambient = spec.ambient.value,
          .peak_power = spec.peak_power.value.base(),
          .idle_power = spec.idle_power.value.base(),
          .speed_exponent = spec.speed_exponent.value};
}

// The machine's heat through the run; nothing where no thermal model is known.
class Heat {
 public:
  explicit Heat(const SystemSpec& system) : spec_(system.thermal ? &*system.thermal : nullptr) {
    if (spec_) model_.emplace(thermal_of(*spec_));
  }
  double speed() const { return model_ ? model_->speed() : 1.0; }
  double body_temperature() const { return model_ ? model_->body_temperature() : 0.0; }
  std::optional<double> sustained_power() const {
    if (!model_) return std::nullopt;
    return model_->sustained_power();
  }
  // The device draws its peak, as far as heat lets it, while it works, and what it draws idle
  // between.
  void advance(Seconds time, double busy_share) {
    if (!model_) return;
    const double idle = spec_->idle_power.value.base();
    const double full = std::pow(model_->speed(), 1.0 / spec_->speed_exponent.value);
    model_->advance(time, idle + (spec_->peak_power.value.base() - idle) * busy_share * full);
  }

 private:
  const ThermalSpec* spec_;
  std::optional<ThermalModel> model_;
};

std::string step_name(const StreamStep& step) {
  if (step.kind == StreamStep::Kind::host) return step.what;
  if (step.kind == StreamStep::Kind::read) return "reads";
  std::string name;
  for (const LayerPart part : step.parts) {
    if (!name.empty()) name += " and ";
    name += part == LayerPart::attention ? "attention"
            : part == LayerPart::router  ? "router"
                                         : "experts";
  }
  return name + (step.wait ? ", waited for" : ", not waited for");
}

}  // namespace

void StreamSums::add(const TokenTimes& times, const PassKernels& pass) {
  ++passes;
  for (std::size_t s = 0; s < stream_sink_count; ++s) sinks[s] += times.sinks[s].base();
  steps.resize(times.steps.size());
  for (std::size_t s = 0; s < times.steps.size(); ++s) steps[s] += times.steps[s].base();
  outside += times.outside.base();
  kernels += pass.total().base();
  sensitivities.resize(std::max(sensitivities.size(), pass.sensitivities.size()));
  for (std::size_t p = 0; p < pass.sensitivities.size(); ++p)
    sensitivities[p] += pass.sensitivities[p].base();
}

StreamModel::State::State(const LoweringRequest& request, const RoofTable& roofs,
                          const RoutingSpec& prior)
    : scenario(*request.scenario),
      fabric(*request.fabric),
      footprint(*request.footprint),
      setup(*scenario.streaming),
      engine(*scenario.engine->streaming),
      routing(scenario.model.routing ? *scenario.model.routing : prior),
      executor(fabric.executors()[static_cast<std::size_t>(
          request.placement->stages.front().executors.front())]),
      lowering(request),
      cost(scenario, fabric, roofs),
      drive(*setup.drive, setup.drives),
      copies(*executor.device, roofs),
      dma_slowdown(dma_slowdown_of(*executor.device, roofs)),
      plan(plan_passes(scenario)),
      first_of_answer(static_cast<std::size_t>(
          std::find_if(plan.begin(), plan.end(), [](const PlannedPass& p) { return !p.prompt; }) -
          plan.begin())),
      expert_cache(request.placement->expert_cache),
      use(memory_use(scenario, *request.placement,
                     fabric.pools()[static_cast<std::size_t>(executor.pool)], executor.pool)),
      memory(split_memory(use)),
      extents(model_extents(scenario.model, footprint)) {
  if (!setup.routing_trace.empty()) read_trace();
  simulator.emplace(engine, setup, hardware(), software());
}

void StreamModel::State::read_trace() {
  trace = read_routing_trace(setup.routing_trace);
  const RoutingShape& shape = trace->shape;
  if (shape.layers == extents.routed_layers && shape.per_token == extents.per_token &&
      shape.experts <= extents.experts)
    return;
  const auto text = [](int layers, int per_token, int experts) {
    return std::to_string(layers) + " layers with " + std::to_string(per_token) + " of " +
           std::to_string(experts) + " experts";
  };
  Diagnostics problems;
  problems.error("trace-of-another-model", scenario.spec.streaming.routing_trace.place,
                 "the trace has " + text(shape.layers, shape.per_token, shape.experts),
                 text(extents.routed_layers, extents.per_token, extents.experts));
  throw_if_errors(problems);
}

Bytes StreamModel::State::read_size() const {
  if (setup.access == ReadAccess::mmap) return setup.files->read_ahead.value;
  return Bytes(static_cast<double>(
      std::max<std::int64_t>(1, extents.largest_read() / setup.reads_per_expert)));
}

StreamHardware StreamModel::State::hardware() const {
  StreamHardware rates{.memory = executor.memory.value};
  const int most = setup.prefetch.kind == PrefetchKind::none ? setup.threads : 2 * setup.threads;
  rates.kernels_beside_reads.push_back(1.0);
  for (int n = 1; n <= most; ++n) {
    rates.drive.push_back(drive.throughput(read_size(), n));
    rates.copies.push_back(copies.throughput(n));
    const double share = rates.drive.back() / executor.device->memory.bandwidth.value;
    rates.kernels_beside_reads.push_back(1.0 / (1.0 + dma_slowdown.value * share));
  }
  return rates;
}

ReadSoftware StreamModel::State::software() const {
  const PageCacheSpec& files = *setup.files;
  const bool mapped = setup.access == ReadAccess::mmap;
  return {.by_faults = mapped,
          .copied = !mapped && setup.access != ReadAccess::direct,
          .call = files.read_call.value,
          .window = files.read_ahead.value.base(),
          .major_fault = files.major_fault.value,
          .minor_fault = files.minor_fault.value,
          .page = files.page.base(),
          .decompression = files.decompression ? files.decompression->value : Seconds()};
}

ReplayRequest StreamModel::State::replay_request() const {
  ReplayRequest request{.expert_bytes = extents.expert_bytes,
                        .dense_bytes = extents.dense_bytes,
                        .outside_bytes = extents.outside_bytes,
                        .experts = extents.experts,
                        .per_token = extents.per_token,
                        .routing = {.skew = routing.skew.value,
                                    .reuse = routing.reuse.value,
                                    .memory = routing.memory.value},
                        .trace = trace ? &*trace : nullptr,
                        .setup = setup,
                        .page_cache_bytes = memory.page_cache,
                        .cache_bytes = integral(expert_cache)};
  if (use.anonymous > 0)
    request.compressed_share =
        static_cast<double>(memory.compressed) / static_cast<double>(use.anonymous);
  request.sequences = scenario.workload.batch;
  for (const PlannedPass& pass : plan) request.pass_tokens.push_back(pass.tokens);
  return request;
}

PassKernels StreamModel::State::kernels_at(std::int64_t past, int tokens) {
  const OperatorGraph graph =
      lowering.lower({.tokens = tokens, .past = past, .sequences = scenario.workload.batch});
  return pass_kernels(graph, cost, static_cast<int>(extents.expert_bytes.size()));
}

// One-token passes lie between those at both ends of the run and at the prompt's end.
const PassKernels& StreamModel::State::kernels_of(const PlannedPass& pass) {
  if (pass.tokens > 1) return kernels_ = kernels_at(pass.past, pass.tokens);
  if (knots.empty()) {
    const Workload& w = scenario.workload;
    for (const std::int64_t past : {w.depth, w.depth + w.prompt, w.depth + w.prompt + w.generate})
      knots.emplace_back(past, kernels_at(past, 1));
  }
  const std::size_t left = pass.past < knots[1].first ? 0 : 1;
  const auto& [from, a] = knots[left];
  const auto& [to, b] = knots[left + 1];
  return kernels_ = interpolate(
             a, b, static_cast<double>(pass.past - from) / static_cast<double>(to - from));
}

TokenTimes StreamModel::State::simulate(std::size_t index, double speed, bool record) {
  // The prompt's last pass gives the first token.
  const bool gives_token = index + 1 >= first_of_answer;
  return simulator->run({.kernels = &kernels_of(plan[index]),
                         .reads = replayed.pass(index),
                         .outside_cold = replayed.outside_cold[index],
                         .head = gives_token,
                         .after = gives_token ? cost.step_overhead() : Seconds(),
                         .speed = speed,
                         .record = record});
}

// A pass that was not simulated takes as long as the simulated one before it, but for the bytes
// that it reads.
Seconds StreamModel::State::corrected(Seconds time, const LayerReads& simulated,
                                      const LayerReads& sum) const {
  constexpr double least = 0.1;  // of that one
  const double per_cold = 1.0 / drive.throughput(read_size(), setup.threads).base();
  const double per_cached = 1.0 / copies.throughput(setup.threads).base();
  const auto cold =
      static_cast<double>(sum.cold + sum.dense_cold - simulated.cold - simulated.dense_cold);
  const auto cached = static_cast<double>(sum.cached - simulated.cached);
  return std::max(time * least, time + Seconds(cold * per_cold + cached * per_cached));
}

void StreamModel::State::run_passes(int sampled, StreamRun& run, StreamSums& sums) {
  const std::vector<bool> chosen = sampled_passes(plan, sampled);
  Heat heat(scenario.first_system());
  run.sustained_power = heat.sustained_power();
  Seconds now;
  TokenTimes times;
  LayerReads simulated;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const PlannedPass& planned = plan[i];
    const LayerReads sum = replayed.sum(i, i + 1);
    StreamPass pass{.first_token = planned.first_token,
                    .tokens = planned.tokens,
                    .prompt = planned.prompt,
                    .simulated = chosen[i],
                    .hit_rate = plimsoll::hit_rate(sum),
                    .application_hit_rate = plimsoll::application_hit_rate(sum),
                    .read = Bytes(static_cast<double>(sum.from_drive() + replayed.outside_cold[i])),
                    .speed = heat.speed()};
    if (chosen[i]) {
      times = simulate(i, pass.speed);
      simulated = sum;
      if (!planned.prompt) sums.add(times, kernels_);
    }
    pass.time = chosen[i] ? times.time : corrected(times.time, simulated, sum);
    const Seconds stands_for = pass.time * planned.weight;
    heat.advance(stands_for, times.device_busy / times.time);
    pass.body_temperature = heat.body_temperature();
    now += stands_for;
    pass.end = now;
    (planned.prompt ? run.prompt_time : run.answer_time) += stands_for;
    run.passes.push_back(pass);
  }
}

void StreamModel::State::summarise(const StreamSums& sums, StreamRun& run) const {
  const auto generated = static_cast<double>(scenario.workload.generate);
  run.reads = replayed.sum(first_of_answer, plan.size());
  run.answer_passes = static_cast<std::int64_t>(plan.size() - first_of_answer);
  run.token_time = run.answer_time / generated;
  run.answer_time = run.token_time * (generated - 1.0);
  run.routed_layers = extents.routed_layers;
  for (const std::int64_t bytes : extents.expert_bytes)
    run.working_set += Bytes(static_cast<double>(bytes * extents.per_token));
  run.memory = memory;
  Seconds all;
  for (std::size_t s = 0; s < stream_sink_count; ++s) {
    run.sinks[s] = Seconds(sums.mean(sums.sinks[s]));
    all += run.sinks[s];
  }
  // Passes that were not simulated differ in what they read.
  run.sinks[static_cast<std::size_t>(StreamSink::drive)] += run.token_time - all;
  const auto layers = static_cast<double>(extents.expert_bytes.size());
  for (std::size_t s = 0; s < engine.layer.size(); ++s)
    run.layer.push_back(
        {.step = step_name(engine.layer[s]), .time = Seconds(sums.mean(sums.steps[s]) / layers)});
  run.outside_layers = Seconds(sums.mean(sums.outside));
}

}  // namespace plimsoll
