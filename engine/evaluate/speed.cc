#include "evaluate/speed.h"

#include <algorithm>
#include <cmath>

namespace plimsoll {

void TimedWork::add(const TimedWork& other, double weight) {
  time += other.time * weight;
  for (const auto& [key, value] : other.sinks) sinks[key] += value * weight;
  if (sensitivities.size() < other.sensitivities.size())
    sensitivities.resize(other.sensitivities.size());
  for (std::size_t i = 0; i < other.sensitivities.size(); ++i)
    sensitivities[i] += other.sensitivities[i] * weight;
}

void TimedWork::add(const PassResult& pass, double weight) {
  add(TimedWork{.time = pass.time, .sinks = pass.sinks, .sensitivities = pass.sensitivities},
      weight);
}

void TimedWork::stretch(double factor) {
  time *= factor;
  for (auto& [key, value] : sinks) value *= factor;
  for (Seconds& sensitivity : sensitivities) sensitivity *= factor;
}

double TimedWork::log_sigma(const CostModel& cost, double residual) const {
  double variance = residual * residual;
  if (time > Seconds()) {
    for (std::size_t i = 0; i < sensitivities.size(); ++i) {
      const double elasticity = sensitivities[i] / time;
      const double sigma = elasticity * cost.parameters()[i].log_sigma;
      variance += sigma * sigma;
    }
  }
  return std::sqrt(variance);
}

namespace {

// Stages on one machine work on successive chunks at once; on several, where the engine does that.
bool works_on_chunks_at_once(const LoweringRequest& request) {
  if (request.placement->stages.size() < 2) return false;
  if (request.placement->nodes(*request.fabric).size() < 2) return true;
  const auto& remote = request.scenario->engine->remote;
  return remote && remote->overlaps_chunks;
}

}  // namespace

SpeedModel::SpeedModel(const LoweringRequest& request, const RoofTable& roofs)
    : scenario_(*request.scenario),
      placement_(*request.placement),
      lowering_(request),
      cost_(*request.scenario, *request.fabric, roofs),
      simulator_(*request.fabric, cost_),
      pipelined_(works_on_chunks_at_once(request)) {}

std::int64_t SpeedModel::middle() const {
  const Workload& w = scenario_.workload;
  return w.depth + w.prompt + w.generate / 2;
}

OperatorGraph SpeedModel::decode_graph(std::int64_t past) const {
  const int parts = parts_in_flight();
  return lowering_.lower(
      {.tokens = 1, .past = past, .sequences = (scenario_.workload.batch + parts - 1) / parts});
}

// A pipeline keeps its stages busy with different sequences, as many parts as there are stages.
int SpeedModel::parts_in_flight() const {
  if (placement_.strategy != PlacementStrategy::pipeline_parallel) return 1;
  return std::min(static_cast<int>(placement_.stages.size()), scenario_.workload.batch);
}

Seconds SpeedModel::slowest_stage(const OperatorGraph& graph) {
  std::vector<Seconds> stages(placement_.stages.size());
  std::map<int, std::size_t> stage_of;
  for (std::size_t s = 0; s < placement_.stages.size(); ++s)
    for (int executor : placement_.stages[s].executors) stage_of[executor] = s;
  for (const Operator& op : graph.operators) {
    const OperatorCost cost = cost_.cost(op);
    if (const auto found = stage_of.find(op.executor); found != stage_of.end())
      stages[found->second] += cost.call + cost.gap + cost.work;
  }
  return *std::max_element(stages.begin(), stages.end());
}

// Of `m` equal parts in a pipeline, each comes round again after its own way through all stages, or
// after the slowest stage has served all m, whichever is longer.
TimedWork SpeedModel::step(const OperatorGraph& pass) {
  TimedWork work;
  work.add(simulator_.run(pass), 1.0);
  if (const int parts = parts_in_flight(); parts > 1)
    work.stretch(std::max(1.0, slowest_stage(pass) * parts / work.time));
  return work;
}

const OperatorGraph& SpeedModel::middle_graph() {
  if (!middle_graph_) middle_graph_ = decode_graph(middle());
  return *middle_graph_;
}

OperatorGraph SpeedModel::prefill_graph() const {
  const Workload& w = scenario_.workload;
  const std::int64_t tokens = std::min<std::int64_t>(w.prompt, scenario_.engine->prefill_chunk);
  return lowering_.lower({.tokens = tokens, .past = w.depth, .sequences = 1});
}

TimedWork SpeedModel::middle_token() {
  return step(middle_graph());
}

// A decode step's time is piecewise linear in the context, so Simpson's rule over first, middle and
// last token is exact but for the kink of a window inside the answer.
TimedWork SpeedModel::decode() {
  const Workload& w = scenario_.workload;
  TimedWork mean;
  const std::int64_t first = w.depth + w.prompt;
  const std::int64_t last = first + w.generate - 1;
  if (w.generate < 3) {
    return step(decode_graph(first));
  }
  mean.add(step(decode_graph(first)), 1.0 / 6.0);
  mean.add(step(decode_graph((first + last) / 2)), 4.0 / 6.0);
  mean.add(step(decode_graph(last)), 1.0 / 6.0);
  return mean;
}

PassResult SpeedModel::chunk(std::int64_t past, std::int64_t tokens, int sequences) {
  return simulator_.run(lowering_.lower({.tokens = tokens, .past = past, .sequences = sequences}));
}

// Full chunks first, first + 1, … of one sequence. Their time is quadratic at most in the position,
// so many of them are summed by the parabola through the first, middle and last.
void SpeedModel::add_chunks(std::int64_t first, std::int64_t count, TimedWork& sum) {
  const Workload& w = scenario_.workload;
  const std::int64_t size = scenario_.engine->prefill_chunk;
  const auto at = [&](std::int64_t i) { return chunk(w.depth + (first + i) * size, size, 1); };
  constexpr std::int64_t few = 3;
  if (count <= few) {
    for (std::int64_t i = 0; i < count; ++i) sum.add(at(i), w.batch);
    return;
  }
  // Positions u = i / (n - 1) in [0, 1]; Lagrange basis on u = 0, c, 1, summed over all i.
  const double n = static_cast<double>(count);
  const double m = n - 1.0;
  const double sum_u = n / 2.0;
  const double sum_uu = n * (2.0 * n - 1.0) / (6.0 * m);
  const std::int64_t centre = (count - 1) / 2;
  const double c = static_cast<double>(centre) / m;
  sum.add(at(0), w.batch * (sum_uu - (1.0 + c) * sum_u + c * n) / c);
  sum.add(at(centre), w.batch * (sum_uu - sum_u) / (c * (c - 1.0)));
  sum.add(at(count - 1), w.batch * (sum_uu - c * sum_u) / (1.0 - c));
}

// The chunk in which layers stop seeing the whole past (a window or a sparse selection fills up),
// or -1.
std::int64_t SpeedModel::kinked_chunk() const {
  const ModelSpec& model = scenario_.model;
  const std::int64_t limit =
      model.attention.indexer ? model.attention.indexer->top_k : model.window;
  const std::int64_t left = limit - scenario_.workload.depth;
  return left > 0 ? left / scenario_.engine->prefill_chunk : -1;
}

// The prompt in chunks. Short prompts of several sequences share a chunk.
TimedWork SpeedModel::prefill() {
  const Workload& w = scenario_.workload;
  const std::int64_t size = scenario_.engine->prefill_chunk;
  TimedWork sum;
  if (w.prompt <= size) {
    const int together = static_cast<int>(
        std::max<std::int64_t>(1, std::min<std::int64_t>(w.batch, size / w.prompt)));
    const int full = w.batch / together;
    const int rest = w.batch % together;
    sum.add(chunk(w.depth, w.prompt, together), full);
    if (rest > 0) sum.add(chunk(w.depth, w.prompt, rest), 1.0);
    return sum;
  }
  if (pipelined_) return overlapped_prefill();
  const std::int64_t chunks = w.prompt / size;
  const std::int64_t kink = std::min(kinked_chunk(), chunks - 1);
  if (kink >= 0) {
    add_chunks(0, kink, sum);
    add_chunks(kink, 1, sum);
  }
  add_chunks(kink + 1, chunks - kink - 1, sum);
  const std::int64_t tail = w.prompt % size;
  if (tail > 0) sum.add(chunk(w.depth + chunks * size, tail, 1), w.batch);
  return sum;
}

// Devices of a layer split work on different chunks of a long prompt at once. Up to `window` chunks
// are simulated together; of a longer prompt the steady part, one chunk after another at the same
// distance, goes on as in the window's second half.
TimedWork SpeedModel::overlapped_prefill() {
  constexpr std::int64_t window = 16;
  const Workload& w = scenario_.workload;
  const std::int64_t size = scenario_.engine->prefill_chunk;
  const std::int64_t chunks = (w.prompt + size - 1) / size;
  const auto simulate = [&](std::int64_t first, std::int64_t count) {
    std::vector<OperatorGraph> passes;
    for (std::int64_t i = first; i < first + count; ++i) {
      const std::int64_t tokens = std::min(size, w.prompt - i * size);
      passes.push_back(lowering_.lower({.tokens = tokens, .past = w.depth + i * size}));
    }
    return simulator_.run_overlapped(passes);
  };
  TimedWork sum;
  if (chunks <= window) {
    sum.add(simulate(0, chunks), w.batch);
    return sum;
  }
  // Fill and drain of the pipeline are in every window; what a window adds per chunk is the
  // difference of two.
  const PassResult half = simulate(0, window / 2);
  sum.add(half, w.batch);
  const std::int64_t rest = chunks - window / 2;
  const double weight = static_cast<double>(rest) / (window / 2.0) * w.batch;
  for (const auto& [share, first] : {std::pair(1.0 / 6.0, std::int64_t{window / 2}),
                                     std::pair(4.0 / 6.0, (chunks + window / 2 - window) / 2),
                                     std::pair(1.0 / 6.0, chunks - window)}) {
    const std::int64_t start = std::clamp<std::int64_t>(first, 0, chunks - window);
    sum.add(simulate(start, window), weight * share);
    sum.add(simulate(start, window / 2), -weight * share);
  }
  return sum;
}

Rates rates_of(const Scenario& scenario, const RunTimes& times) {
  const Workload& w = scenario.workload;
  const double batch = w.batch;
  const double first = times.prompt.base();
  const double answer = times.answer.base();
  const double step = times.step.base();
  const double replicas = scenario.replicas - scenario.spare;
  const double total = first + answer;
  // Absolute deviations of independent parts add in squares.
  const double sigma = std::hypot(first * times.prompt_sigma, answer * times.step_sigma) / total;
  return {.prefill_tokens_per_second =
              log_normal(static_cast<double>(w.prompt) * batch / first, times.prompt_sigma),
          .decode_tokens_per_second = log_normal(1.0 / step, times.step_sigma),
          .throughput_tokens_per_second = log_normal(replicas * batch / step, times.step_sigma),
          .time_to_first_token_s = log_normal(first, times.prompt_sigma),
          .total_time_s = log_normal(total, sigma)};
}

Speed SpeedModel::measure() {
  Speed speed;
  speed.prefill = prefill();
  speed.decode = decode();
  static_cast<Rates&>(speed) =
      rates_of(scenario_,
               {.prompt = speed.prefill.time,
                .answer = speed.decode.time * static_cast<double>(scenario_.workload.generate - 1),
                .step = speed.decode.time,
                .prompt_sigma = speed.prefill.log_sigma(cost_, cost_.prefill_spread()),
                .step_sigma = speed.decode.log_sigma(cost_, cost_.decode_spread())});
  return speed;
}

}  // namespace plimsoll
