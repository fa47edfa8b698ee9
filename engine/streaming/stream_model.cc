#include "streaming/stream_model.h"

#include <algorithm>

#include "streaming/stream_state.h"

namespace plimsoll {

StreamModel::StreamModel(const LoweringRequest& request, const RoofTable& roofs,
                         const RoutingSpec& prior)
    : state_(std::make_unique<State>(request, roofs, prior)) {}
StreamModel::~StreamModel() = default;

const CostModel& StreamModel::cost() const {
  return state_->cost;
}

StreamRun StreamModel::run(const StreamOptions& options) {
  StreamRun run;
  StreamSums sums;
  state_->replayed = replay(state_->replay_request());
  state_->run_passes(options.sampled, run, sums);
  state_->summarise(sums, run);
  if (options.uncertainty) state_->add_uncertainty(sums, run);
  return run;
}

StreamTimeline StreamModel::timeline() {
  const std::size_t middle = (state_->first_of_answer + state_->plan.size()) / 2;
  state_->simulate(middle, 1.0, true);
  return {.tracks = state_->simulator->tracks(), .spans = state_->simulator->spans()};
}

Bytes StreamRun::read_per_token() const {
  return Bytes(static_cast<double>(reads.from_drive()) / static_cast<double>(answer_passes));
}

ByteCosts byte_costs(const StreamRun& run) {
  const auto time = [&](StreamSink sink) {
    return run.sinks[static_cast<std::size_t>(sink)].base();
  };
  const auto passes = static_cast<double>(run.answer_passes);
  ByteCosts costs;
  const double reading =
      time(StreamSink::drive) + time(StreamSink::read_calls) + time(StreamSink::faults);
  if (const std::int64_t cold = run.reads.cold + run.reads.dense_cold; cold > 0)
    costs.cold = reading * passes / static_cast<double>(cold);
  if (const std::int64_t copied = run.reads.cached + run.reads.cold; copied > 0)
    costs.cached = time(StreamSink::copies) * passes / static_cast<double>(copied);
  return costs;
}

namespace {

// Reads must take `gap` seconds more a token than predicted.
void needed_of_reads(const StreamRun& run, double gap, std::vector<NeededCondition>& list) {
  const auto passes = static_cast<double>(run.answer_passes);
  const double per_byte = byte_costs(run).cold;
  const double cold = static_cast<double>(run.reads.cold) / passes;
  if (cold * per_byte <= 0.0) return;
  NeededCondition rate{.what = "cold reads", .predicted = 1e-9 / per_byte, .unit = "GB/s"};
  if (cold * per_byte + gap > 0.0) rate.needed = 1e-9 * cold / (cold * per_byte + gap);
  list.push_back(rate);
  const double used = static_cast<double>(run.reads.used()) / passes;
  NeededCondition hits{
      .what = "experts found in memory", .predicted = 100.0 * run.hit_rate(), .unit = "%"};
  const double needed = run.hit_rate() - gap / (per_byte * used);
  if (needed >= 0.0 && needed <= 1.0) hits.needed = 100.0 * needed;
  list.push_back(hits);
}

void needed_of_layers(const StreamRun& run, double gap, std::vector<NeededCondition>& list) {
  double rest = 0.0;
  for (const LayerStepTime& step : run.layer)
    if (step.step != "reads") rest += step.time.base();
  const double more = gap / static_cast<double>(std::max(1, run.routed_layers));
  NeededCondition others{
      .what = "a layer without its reads", .predicted = rest * 1e3, .unit = "ms"};
  if (rest + more > 0.0) others.needed = (rest + more) * 1e3;
  list.push_back(others);
}

}  // namespace

std::vector<NeededCondition> StreamRun::conditions(double tokens_per_second) const {
  const double gap = 1.0 / tokens_per_second - token_time.base();
  std::vector<NeededCondition> list;
  needed_of_reads(*this, gap, list);
  needed_of_layers(*this, gap, list);
  return list;
}

}  // namespace plimsoll
