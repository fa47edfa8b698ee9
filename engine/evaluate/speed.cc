#include "evaluate/speed.h"

#include <algorithm>
#include <cmath>

#include "base/ceil_div.h"

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

double TimedWork::log_sigma(const CostModel& cost, double residual,
                            const IntervalWidth& width) const {
  std::vector<double> deviations(cost.parameters().size());
  if (time > Seconds())
    for (std::size_t i = 0; i < sensitivities.size(); ++i)
      deviations[i] = sensitivities[i] / time * cost.parameters()[i].log_sigma;
  double variance = residual * residual;
  for (const double deviation : deviations) variance += deviation * deviation;
  for (const auto& [a, b, rho] : cost.correlations())
    variance += 2.0 * rho * deviations[static_cast<std::size_t>(a)] *
                deviations[static_cast<std::size_t>(b)];
  // Weak correlations are left out, so the sum is one of parts only nearly.
  return width.of(std::sqrt(std::max(variance, residual * residual)));
}

namespace {

// Stages on one machine work on successive chunks at once; on several, where the engine does that.
bool works_on_chunks_at_once(const LoweringRequest& request) {
  if (request.placement->stages.size() < 2) return false;
  if (request.placement->nodes(*request.fabric).size() < 2) return true;
  const auto& remote = request.scenario->engine->remote;
  return remote && remote->overlaps_chunks;
}

std::int64_t middle_of(const Workload& w) {
  return w.depth + w.prompt + w.generate / 2;
}

}  // namespace

void settle_clocks(const LoweringRequest& request, const Lowering& lowering, CostModel& cost) {
  if (!cost.holds_boards()) return;
  const Workload& w = request.scenario->workload;
  // Of requests that come and go there is one for every stage.
  const int most = request.placement->passes_at_once();
  const int parts = request.scenario->serving ? most : std::min(most, w.batch);
  cost.settle_clocks(lowering.lower({.past = middle_of(w), .sequences = ceil_div(w.batch, parts)}),
                     parts);
}

SpeedModel::SpeedModel(const LoweringRequest& request, const RoofTable& roofs)
    : scenario_(*request.scenario),
      placement_(*request.placement),
      lowering_(request),
      cost_(*request.scenario, *request.fabric, roofs),
      simulator_(*request.fabric, cost_),
      drafting_(request.draft ? std::make_unique<const Drafting>(request) : nullptr),
      uncertain_shares_(uncertain_shares(request)),
      pipelined_(works_on_chunks_at_once(request)) {
  settle_clocks(request, lowering_, cost_);
}

std::int64_t SpeedModel::middle() const {
  return middle_of(scenario_.workload);
}

Pass SpeedModel::decode_pass(std::int64_t past) const {
  const int parts = parts_in_flight();
  const auto& speculation = scenario_.savings.speculation;
  return {.tokens = speculation ? speculation->tokens + 1 : 1,
          .past = past,
          .sequences = ceil_div(scenario_.workload.batch, parts),
          .logits_of_last_only = !speculation};
}

OperatorGraph SpeedModel::decode_graph(std::int64_t past) const {
  return lowering_.lower(decode_pass(past));
}

int SpeedModel::parts_in_flight() const {
  return std::min(placement_.passes_at_once(), scenario_.workload.batch);
}

Seconds slowest_stage(const OperatorGraph& graph, const Placement& placement, CostModel& model) {
  std::vector<Seconds> stages(placement.stages.size());
  std::map<int, std::size_t> stage_of;
  for (std::size_t s = 0; s < placement.stages.size(); ++s)
    for (int executor : placement.stages[s].executors) stage_of[executor] = s;
  for (const Operator& op : graph.operators) {
    const OperatorCost cost = model.cost(op);
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
    work.stretch(std::max(1.0, slowest_stage(pass, placement_, cost_) * parts / work.time));
  return work;
}

std::vector<WeightedGraph> SpeedModel::token_graphs(const Pass& pass) const {
  return token_graphs(lowering_.lower(pass), pass);
}

// `own`: that pass of the model itself.
std::vector<WeightedGraph> SpeedModel::token_graphs(OperatorGraph own, const Pass& pass) const {
  const auto& speculation = scenario_.savings.speculation;
  const double steps =
      speculation ? 1.0 / tokens_per_step(speculation->acceptance.value, speculation->tokens) : 1.0;
  if (!drafting_) return {{std::move(own), steps}};
  OperatorGraph draft =
      drafting_->lowering().lower({.past = pass.past, .sequences = pass.sequences});
  if (!scenario_.engine->speculative.one_step)
    return {{std::move(own), steps}, {std::move(draft), speculation->tokens * steps}};
  OperatorGraph step = draft;
  for (int i = 1; i < speculation->tokens; ++i) append(step, draft);
  append(step, own);
  return {{std::move(step), steps}};
}

// One token of each sequence.
TimedWork SpeedModel::token(const Pass& pass) {
  TimedWork work;
  for (const auto& [graph, weight] : token_graphs(pass)) work.add(step(graph), weight);
  add_uncertain_savings(pass, work);
  return work;
}

Seconds SpeedModel::token_time(const Lowering& lowering, const Pass& pass) {
  Seconds time;
  for (const auto& [graph, weight] : token_graphs(lowering.lower(pass), pass))
    time += step(graph).time * weight;
  return time;
}

void SpeedModel::add_uncertain_savings(const Pass& pass, TimedWork& work) {
  if (const auto& speculation = scenario_.savings.speculation) {
    const double a = speculation->acceptance.value;
    const double tokens = tokens_per_step(a, speculation->tokens);
    const double elasticity = a * tokens_per_step_slope(a, speculation->tokens) / tokens;
    add_sensitivity(cost_.parameter(acceptance_parameter(*speculation)), work.time * -elasticity,
                    work);
  }
  for (const auto& share : uncertain_shares_)
    add_sensitivity(cost_.parameter(share->parameter()),
                    work.time * share->elasticity(token_time(share->low(), pass),
                                                  token_time(share->high(), pass)),
                    work);
}

void SpeedModel::add_sensitivity(int parameter, Seconds derivative, TimedWork& work) {
  const auto index = static_cast<std::size_t>(parameter);
  if (work.sensitivities.size() <= index) work.sensitivities.resize(index + 1);
  work.sensitivities[index] += derivative;
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
  return token(decode_pass(middle()));
}

// A decode step's time is piecewise linear in the context, so Simpson's rule over first, middle and
// last token is exact but for the kink of a window inside the answer.
std::vector<WeightedPass> SpeedModel::decode_passes() const {
  const Workload& w = scenario_.workload;
  const std::int64_t first = w.depth + w.prompt;
  const std::int64_t last = first + w.generate - 1;
  if (w.generate < 3) return {{decode_pass(first), 1.0}};
  return {{decode_pass(first), 1.0 / 6.0},
          {decode_pass((first + last) / 2), 4.0 / 6.0},
          {decode_pass(last), 1.0 / 6.0}};
}

TimedWork SpeedModel::decode() {
  TimedWork mean;
  for (const auto& [pass, weight] : decode_passes()) mean.add(token(pass), weight);
  return mean;
}

// Full chunks first, first + 1, … of one sequence. Their time is quadratic at most in the position,
// so many of them are summed by the parabola through the first, middle and last.
void SpeedModel::add_chunks(std::int64_t first, std::int64_t count,
                            std::vector<WeightedPass>& passes) const {
  const Workload& w = scenario_.workload;
  const std::int64_t size = scenario_.engine->prefill_chunk;
  const auto add = [&](std::int64_t i, double weight) {
    passes.push_back({{.tokens = size, .past = w.depth + (first + i) * size}, weight * w.batch});
  };
  constexpr std::int64_t few = 3;
  if (count <= few) {
    for (std::int64_t i = 0; i < count; ++i) add(i, 1.0);
    return;
  }
  // Positions u = i / (n - 1) in [0, 1]; Lagrange basis on u = 0, c, 1, summed over all i.
  const double n = static_cast<double>(count);
  const double m = n - 1.0;
  const double sum_u = n / 2.0;
  const double sum_uu = n * (2.0 * n - 1.0) / (6.0 * m);
  const std::int64_t centre = (count - 1) / 2;
  const double c = static_cast<double>(centre) / m;
  add(0, (sum_uu - (1.0 + c) * sum_u + c * n) / c);
  add(centre, (sum_uu - sum_u) / (c * (c - 1.0)));
  add(count - 1, (sum_uu - c * sum_u) / (1.0 - c));
}

// The chunk in which layers stop seeing the whole past (a window or a sparse selection fills up),
// or -1.
std::int64_t SpeedModel::kinked_chunk() const {
  const ModelSpec& model = scenario_.model;
  const auto& indexer = model.attention.indexer;
  const std::int64_t limit =
      indexer ? std::int64_t{indexer->top_k} * std::max(1, model.attention.sparse_tokens)
              : model.window;
  const std::int64_t left = limit - scenario_.workload.depth;
  return left > 0 ? left / scenario_.engine->prefill_chunk : -1;
}

// The prompt in chunks. Short prompts of several sequences share a chunk.
std::vector<WeightedPass> SpeedModel::prefill_passes() const {
  const Workload& w = scenario_.workload;
  const std::int64_t size = scenario_.engine->prefill_chunk;
  std::vector<WeightedPass> passes;
  if (w.prompt <= size) {
    const int together = static_cast<int>(
        std::max<std::int64_t>(1, std::min<std::int64_t>(w.batch, size / w.prompt)));
    const int full = w.batch / together;
    const int rest = w.batch % together;
    const auto add = [&](int sequences, double weight) {
      passes.push_back({{.tokens = w.prompt, .past = w.depth, .sequences = sequences}, weight});
    };
    add(together, full);
    if (rest > 0) add(rest, 1.0);
    return passes;
  }
  const std::int64_t chunks = w.prompt / size;
  const std::int64_t kink = std::min(kinked_chunk(), chunks - 1);
  if (kink >= 0) {
    add_chunks(0, kink, passes);
    add_chunks(kink, 1, passes);
  }
  add_chunks(kink + 1, chunks - kink - 1, passes);
  const std::int64_t tail = w.prompt % size;
  if (tail > 0)
    passes.push_back(
        {{.tokens = tail, .past = w.depth + chunks * size}, static_cast<double>(w.batch)});
  return passes;
}

// What drafts reads the prompt, too.
TimedWork SpeedModel::prefill() {
  TimedWork sum;
  const auto add_passes = [&](const Lowering& lowering) {
    for (const auto& [pass, weight] : prefill_passes())
      sum.add(simulator_.run(lowering.lower(pass)), weight);
  };
  if (pipelined_ && scenario_.workload.prompt > scenario_.engine->prefill_chunk)
    sum = overlapped_prefill();
  else
    add_passes(lowering_);
  if (drafting_) add_passes(drafting_->lowering());
  return sum;
}

// Chunks of one logical batch overlap; the next batch waits until all of them are through. Times of
// equal batches are quadratic at most in the position: Simpson's rule over first, middle and last.
template <class Simulate>
void SpeedModel::add_batches(std::int64_t chunks, std::int64_t batch, Simulate simulate,
                             TimedWork& sum) const {
  const double prompts = scenario_.workload.batch;
  const std::int64_t whole = chunks / batch;
  const auto add = [&](std::int64_t index, double weight) {
    sum.add(simulate(index * batch, batch), weight * prompts);
  };
  constexpr std::int64_t few = 3;
  if (whole <= few) {
    for (std::int64_t i = 0; i < whole; ++i) add(i, 1.0);
  } else {
    const double n = static_cast<double>(whole);
    add(0, n / 6.0);
    add(whole / 2, n * 4.0 / 6.0);
    add(whole - 1, n / 6.0);
  }
  if (chunks % batch > 0) sum.add(simulate(whole * batch, chunks % batch), prompts);
}

// Devices of a layer split work on different chunks of a long prompt at once. Up to `window` chunks
// are simulated together; of a longer prompt the steady part, one chunk after another at the same
// distance, goes on as in the window's second half.
TimedWork SpeedModel::overlapped_prefill() {
  constexpr std::int64_t window = 16;
  const Workload& w = scenario_.workload;
  const std::int64_t size = scenario_.engine->prefill_chunk;
  const std::int64_t chunks = ceil_div(w.prompt, size);
  const auto simulate = [&](std::int64_t first, std::int64_t count) {
    std::vector<OperatorGraph> passes;
    for (std::int64_t i = first; i < first + count; ++i) {
      const std::int64_t tokens = std::min(size, w.prompt - i * size);
      passes.push_back(lowering_.lower({.tokens = tokens, .past = w.depth + i * size}));
    }
    return simulator_.run_overlapped(passes);
  };
  TimedWork sum;
  if (const std::int64_t batch = scenario_.engine->prefill_batch / size; batch > 0) {
    add_batches(chunks, batch, simulate, sum);
    return sum;
  }
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
  static_cast<Rates&>(speed) = rates_of(
      scenario_,
      {.prompt = speed.prefill.time,
       .answer = speed.decode.time * static_cast<double>(scenario_.workload.generate - 1),
       .step = speed.decode.time,
       .prompt_sigma =
           speed.prefill.log_sigma(cost_, cost_.prefill_spread(), cost_.prefill_width()),
       .step_sigma = speed.decode.log_sigma(cost_, cost_.decode_spread(), cost_.decode_width())});
  return speed;
}

}  // namespace plimsoll
