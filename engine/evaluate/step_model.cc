#include "evaluate/step_model.h"

#include <algorithm>
#include <array>
#include <cmath>

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

Picoseconds rounded(double time) {
  return static_cast<Picoseconds>(std::llround(time));
}

}  // namespace

PassStepModel::PassStepModel(const LoweringRequest& request, const RoofTable& roofs)
    : lowering_(request),
      cost_(*request.scenario, *request.fabric, roofs),
      simulator_(*request.fabric, cost_),
      longest_(std::max<std::int64_t>(1, request.scenario->workload.context)) {}

Seconds PassStepModel::time(const Pass& pass) const {
  ++simulated_;
  return simulator_.run(lowering_.lower(pass)).time;
}

double PassStepModel::decode_time(int sequences, std::int64_t mean_context) const {
  const auto [entry, fresh] = decode_times_.try_emplace({sequences, mean_context});
  if (fresh)
    entry->second =
        time({.tokens = 1, .past = mean_context, .sequences = sequences}).base() * picoseconds;
  return entry->second;
}

double PassStepModel::between_sequences(int sequences, std::int64_t mean_context) const {
  const Between n = on_grid(sequences);
  const double below = decode_time(static_cast<int>(n.below), mean_context);
  if (n.share == 0.0) return below;
  return below + n.share * (decode_time(static_cast<int>(n.above), mean_context) - below);
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
    piece.steps = (*above - load.decode_context + load.decoding - 1) / load.decoding;
  return piece;
}

const PassStepModel::RowTimes& PassStepModel::row_times(std::int64_t rows) const {
  const auto [entry, fresh] = row_times_.try_emplace(rows);
  if (!fresh) return entry->second;
  const double alone = time({.tokens = rows}).base() * picoseconds;
  const std::int64_t past = std::max<std::int64_t>(1, longest_ / 2);
  const double with_past = time({.tokens = rows, .past = past}).base() * picoseconds;
  entry->second = {
      .alone = alone,
      .per_pair = (with_past - alone) / (static_cast<double>(rows) * static_cast<double>(past))};
  return entry->second;
}

PassStepModel::RowTimes PassStepModel::between_rows(std::int64_t rows) const {
  const Between n = on_grid(rows);
  const RowTimes below = row_times(n.below);
  if (n.share == 0.0) return below;
  const RowTimes above = row_times(n.above);
  return {.alone = below.alone + n.share * (above.alone - below.alone),
          .per_pair = below.per_pair + n.share * (above.per_pair - below.per_pair)};
}

Picoseconds PassStepModel::mixed_step(const StepLoad& load) const {
  const std::int64_t rows = load.prefill_tokens + load.decoding;
  const RowTimes times = between_rows(rows);
  const auto n = static_cast<double>(rows);
  // The table's pass sees its own rows; the chunks see their own and their past.
  const double pairs = static_cast<double>(load.prefill_pairs) - n * (n + 1.0) / 2.0;
  const double own = between_rows(load.prefill_tokens).per_pair;
  double time = times.alone + own * pairs;
  if (load.decoding > 0) {
    const DecodeTable& table = decode_table(load.decoding);
    time += static_cast<double>(table.growth.back()) * static_cast<double>(load.decode_context);
  }
  return std::max<Picoseconds>(1, rounded(time));
}

}  // namespace plimsoll
