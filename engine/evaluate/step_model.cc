#include "evaluate/step_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/ceil_div.h"
#include "sim/sim_time.h"

namespace plimsoll {

using serving::DecodePiece;
using serving::Picoseconds;
using serving::StepLoad;

namespace {

constexpr double picoseconds = 1e12;

// Where numbers of sequences and of rows are tabulated: powers of two and half-way between them.
// Tiles fill up and kernels switch at such numbers, too.
std::int64_t grid_at(int index) {
  const std::int64_t power = std::int64_t{1} << (index / 2);
  return index % 2 == 0 ? power : power + std::max<std::int64_t>(1, power / 2);
}

struct Between {
  std::int64_t below = 1;
  std::int64_t above = 1;
  double share = 0.0;  // of above
};
Between on_grid(std::int64_t value) {
  int index = 0;
  while (grid_at(index + 1) <= value) ++index;
  const Between between{.below = grid_at(index), .above = grid_at(index + 1)};
  return {.below = between.below,
          .above = between.above,
          .share = static_cast<double>(value - between.below) /
                   static_cast<double>(between.above - between.below)};
}

// What a table knows at the points of the grid, taken linearly between them; the point above is
// asked for only where the value lies beyond the one below.
template <class At>
double interpolated(std::int64_t value, const At& at) {
  const Between n = on_grid(value);
  const double below = at(n.below);
  return n.share == 0.0 ? below : below + n.share * (at(n.above) - below);
}

Picoseconds rounded(double time) {
  return static_cast<Picoseconds>(std::llround(time));
}

}  // namespace

PassStepModel::PassStepModel(const LoweringRequest& request, const RoofTable& roofs)
    : placement_(*request.placement),
      pass_tokens_(request.scenario->engine->serving.pass_tokens > 0
                       ? request.scenario->engine->serving.pass_tokens
                       : std::numeric_limits<std::int64_t>::max()),
      lowering_(request),
      drafting_(request.draft ? std::make_unique<const Drafting>(request) : nullptr),
      cost_(*request.scenario, *request.fabric, roofs),
      simulator_(*request.fabric, cost_),
      longest_(std::max<std::int64_t>(1, request.scenario->workload.context)) {
  if (placement_.strategy == PlacementStrategy::expert_parallel)
    members_ = static_cast<int>(placement_.executors.size());
  if (const auto& speculation = request.scenario->savings.speculation) {
    drafted_ = speculation->tokens;
    one_step_ = request.scenario->engine->speculative.one_step;
  }
  settle_clocks(request, lowering_, cost_);
}

Pass PassStepModel::decode_pass(int sequences, std::int64_t mean_context) const {
  return {.tokens = drafted_ + 1,
          .past = mean_context,
          .sequences = sequences,
          .logits_of_last_only = drafted_ == 0,
          .answers = answers_of(sequences * (drafted_ + 1))};
}

// Members that attend to sequences of their own answer them with a host of their own.
int PassStepModel::answers_of(int tokens) const {
  return ceil_div(tokens, members_);
}

int PassStepModel::answers_of(const StepLoad& load) const {
  return answers_of(load.prefilling + load.decoding * (drafted_ + 1));
}

Pass PassStepModel::pass_of(const StepLoad& load) const {
  const std::int64_t mean = load.decoding > 0 ? load.decode_context / load.decoding : 0;
  if (load.prefilling == 0) return decode_pass(load.decoding, mean);
  const std::int64_t tokens = std::max<std::int64_t>(1, load.prefill_tokens / load.prefilling);
  const double own = static_cast<double>(tokens + 1) / 2.0;
  const double past =
      static_cast<double>(load.prefill_pairs) / static_cast<double>(load.prefill_tokens) - own;
  Pass pass{.tokens = tokens,
            .past = std::max<std::int64_t>(0, std::llround(past)),
            .sequences = load.prefilling};
  if (load.decoding > 0)
    pass.beside = {.tokens = drafted_ + 1, .past = mean, .sequences = load.decoding};
  pass.answers = answers_of(load);
  return pass;
}

// A pipeline works on as many as it has stages; tokens that are verified together stay together.
PassStepModel::Part PassStepModel::part_of(const Pass& pass) const {
  const std::int64_t rows = pass.sequences * (verifies(pass) ? 1 : pass.tokens);
  Part part{.pass = pass,
            .count = static_cast<int>(std::min<std::int64_t>(placement_.passes_at_once(), rows))};
  if (pass.sequences >= part.count)
    part.pass.sequences = ceil_div(pass.sequences, part.count);
  else
    part.pass.tokens = ceil_div(pass.tokens, part.count);
  return part;
}

TimedWork PassStepModel::timed(const OperatorGraph& graph, int parts) const {
  ++simulated_;
  TimedWork work;
  work.add(simulator_.run(graph), 1.0);
  if (parts > 1)
    work.stretch(std::max(1.0, slowest_stage(graph, placement_, cost_) * parts / work.time));
  return work;
}

TimedWork PassStepModel::own(const Pass& pass) const {
  const Part part = part_of(pass);
  return timed(lowering_.lower(part.pass), part.count);
}

// Prompts once, and every token that is drafted.
std::vector<PassStepModel::DraftPass> PassStepModel::drafts_before(const Pass& pass) const {
  std::vector<DraftPass> drafts;
  const auto add = [&](const Pass& draft, int times) {
    drafts.push_back({.graph = drafting_->lowering().lower(draft), .times = times});
  };
  if (verifies(pass))
    add({.past = pass.past, .sequences = pass.sequences}, drafted_);
  else
    add({.tokens = pass.tokens, .past = pass.past, .sequences = pass.sequences}, 1);
  if (pass.beside) add({.past = pass.beside->past, .sequences = pass.beside->sequences}, drafted_);
  return drafts;
}

TimedWork PassStepModel::full(const Pass& pass) const {
  if (!drafting_) return own(pass);
  const Part part = part_of(pass);
  const std::vector<DraftPass> drafts = drafts_before(part.pass);
  if (!one_step_) {
    TimedWork work = own(pass);
    for (const auto& [graph, times] : drafts) work.add(timed(graph, part.count), times);
    return work;
  }
  OperatorGraph step;
  for (const auto& [graph, times] : drafts)
    for (int i = 0; i < times; ++i) append(step, graph);
  append(step, lowering_.lower(part.pass));
  return timed(step, part.count);
}

std::vector<Parameter> PassStepModel::parameters() const {
  cost_.request_overhead_parameter();
  return cost_.parameters();
}

double PassStepModel::time(const Pass& pass) const {
  return full(pass).time.base() * picoseconds;
}

double PassStepModel::own_pairs(std::int64_t rows) const {
  const auto pairs = [](double n) { return n * (n + 1.0) / 2.0; };
  if (rows <= pass_tokens_) return pairs(static_cast<double>(rows));
  const std::int64_t passes = rows / pass_tokens_;
  return static_cast<double>(passes) * pairs(static_cast<double>(pass_tokens_)) +
         pairs(static_cast<double>(rows % pass_tokens_));
}

double PassStepModel::decode_time(int sequences, std::int64_t mean_context) const {
  const auto [entry, fresh] = decode_times_.try_emplace({sequences, mean_context});
  if (fresh) entry->second = time(decode_pass(sequences, mean_context));
  return entry->second;
}

// Beside chunks of prompts, whose rows the verified tokens join.
double PassStepModel::drafting_time(int sequences) const {
  if (!drafting_ || sequences == 0) return 0.0;
  const auto at = [this](std::int64_t n) {
    const auto [entry, fresh] = drafting_times_.try_emplace(static_cast<int>(n));
    const Pass pass = decode_pass(static_cast<int>(n), 0);
    if (fresh) entry->second = (full(pass).time - own(pass).time).base() * picoseconds;
    return entry->second;
  };
  return interpolated(sequences, at);
}

double PassStepModel::between_sequences(int sequences, std::int64_t mean_context) const {
  return interpolated(
      sequences, [&](std::int64_t n) { return decode_time(static_cast<int>(n), mean_context); });
}

// Knots at no context and at a sixteenth, a quarter and all of the longest: attention is linear in
// the context but for windows, which fill within the first stretches.
const PassStepModel::DecodeTable& PassStepModel::decode_table(int sequences) const {
  const auto [entry, fresh] = decode_tables_.try_emplace(sequences);
  DecodeTable& table = entry->second;
  if (!fresh) return table;
  for (const std::int64_t mean : {std::int64_t{0}, longest_ / 16, longest_ / 4, longest_}) {
    const std::int64_t sum = mean * sequences;
    if (!table.contexts.empty() && sum <= table.contexts.back()) continue;
    const double at = between_sequences(sequences, mean);
    if (table.contexts.empty()) {
      table.times.push_back(rounded(at));
    } else {
      // Whole growth; the knot lies where it leads.
      const std::int64_t width = sum - table.contexts.back();
      const auto growth =
          rounded((at - static_cast<double>(table.times.back())) / static_cast<double>(width));
      table.growth.push_back(growth);
      table.times.push_back(table.times.back() + growth * width);
    }
    table.contexts.push_back(sum);
  }
  table.growth.push_back(table.growth.empty() ? 0 : table.growth.back());
  return table;
}

DecodePiece PassStepModel::decode_run(const StepLoad& load) const {
  const DecodeTable& table = decode_table(load.decoding);
  const auto above =
      std::upper_bound(table.contexts.begin(), table.contexts.end(), load.decode_context);
  const auto knot = static_cast<std::size_t>(above - table.contexts.begin()) - 1;
  const std::int64_t beyond = load.decode_context - table.contexts[knot];
  DecodePiece piece{.first = table.times[knot] + table.growth[knot] * beyond,
                    .growth = table.growth[knot] * load.decoding,
                    .steps = std::int64_t{1} << 40};
  if (above != table.contexts.end())
    piece.steps = ceil_div(*above - load.decode_context, load.decoding);
  return piece;
}

const PassStepModel::RowTimes& PassStepModel::row_times(std::int64_t rows,
                                                        const Prompts& prompts) const {
  const auto [entry, fresh] = row_times_.try_emplace({rows, prompts});
  if (!fresh) return entry->second;
  const Pass pass{
      .tokens = rows, .sequences = prompts.sequences, .several_texts = prompts.several_texts};
  const double both = time(pass);
  const double alone = drafting_ ? own(pass).time.base() * picoseconds : both;
  const std::int64_t past = std::max<std::int64_t>(1, longest_ / 2);
  Pass later = pass;
  later.past = past;
  const double with_past = time(later);
  const double pairs = static_cast<double>(rows) * prompts.sequences * static_cast<double>(past);
  entry->second = {.alone = alone, .per_pair = (with_past - both) / pairs, .drafter = both - alone};
  return entry->second;
}

PassStepModel::RowTimes PassStepModel::between_rows(std::int64_t rows,
                                                    const Prompts& prompts) const {
  if (rows > pass_tokens_) {
    RowTimes times = between_rows(pass_tokens_, prompts);
    const std::int64_t passes = rows / pass_tokens_;
    times.alone *= static_cast<double>(passes);
    times.drafter *= static_cast<double>(passes);
    if (rows % pass_tokens_ > 0) {
      const RowTimes rest = between_rows(rows % pass_tokens_, prompts);
      times.alone += rest.alone;
      times.drafter += rest.drafter;
    }
    return times;
  }
  const Between n = on_grid(rows);
  const RowTimes below = row_times(n.below, prompts);
  if (n.share == 0.0) return below;
  const RowTimes above = row_times(n.above, prompts);
  return {.alone = below.alone + n.share * (above.alone - below.alone),
          .per_pair = below.per_pair + n.share * (above.per_pair - below.per_pair),
          .drafter = below.drafter + n.share * (above.drafter - below.drafter)};
}

Picoseconds PassStepModel::mixed_step(const StepLoad& load) const {
  const Prompts prompts{.sequences = prompts_at_once(load.prefilling),
                        .several_texts = load.prefilling + load.decoding > 1};
  const std::int64_t own =
      std::max<std::int64_t>(1, ceil_div(load.prefill_tokens, prompts.sequences));
  const std::int64_t rows =
      own + ceil_div(load.decoding * static_cast<std::int64_t>(drafted_ + 1), members_);
  const RowTimes times = between_rows(rows, prompts);
  // The table's pass sees its own rows; the chunks see their own and their past.
  const double pairs =
      static_cast<double>(load.prefill_pairs) - prompts.sequences * own_pairs(rows);
  const RowTimes chunks = between_rows(own, prompts);
  double time = times.alone + chunks.per_pair * pairs + chunks.drafter +
                drafting_time(load.decoding) +
                answers_of(load) * cost_.answer_overhead().base() * picoseconds;
  if (load.decoding > 0) {
    const DecodeTable& table = decode_table(load.decoding);
    time += static_cast<double>(table.growth.back()) * static_cast<double>(load.decode_context);
  }
  return std::max<Picoseconds>(1, rounded(time));
}

}  // namespace plimsoll
