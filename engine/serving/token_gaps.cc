#include <algorithm>
#include <cmath>

#include "serving/serving.h"

namespace plimsoll::serving {

namespace {

// Rising, whatever the growth was: quantiles do not mind the order.
DecodePiece rising(DecodePiece piece) {
  if (piece.growth >= 0) return piece;
  return {.first = piece.first + piece.growth * (piece.steps - 1),
          .growth = -piece.growth,
          .steps = piece.steps};
}

std::int64_t steps_not_above(const DecodePiece& piece, Picoseconds gap) {
  if (gap < piece.first) return 0;
  if (piece.growth == 0) return piece.steps;
  return std::min(piece.steps, (gap - piece.first) / piece.growth + 1);
}

Picoseconds last_of(const DecodePiece& piece) {
  return piece.first + piece.growth * (piece.steps - 1);
}

}  // namespace

void TokenGaps::add(const DecodePiece& piece, std::int64_t steps, std::int64_t sequences) {
  if (steps <= 0 || sequences <= 0) return;
  DecodePiece part = piece;
  part.steps = steps;
  runs_.push_back({.piece = rising(part), .sequences = sequences});
  count_ += steps * sequences;
  sum_ += static_cast<double>(time_of(part, steps)) * static_cast<double>(sequences);
}

void TokenGaps::add(Picoseconds gap) {
  add({.first = gap}, 1, 1);
}

void TokenGaps::add(const TokenGaps& others) {
  runs_.insert(runs_.end(), others.runs_.begin(), others.runs_.end());
  count_ += others.count_;
  sum_ += others.sum_;
}

double TokenGaps::mean() const {
  return count_ == 0 ? 0.0 : sum_ / static_cast<double>(count_);
}

std::int64_t TokenGaps::not_above(Picoseconds gap) const {
  std::int64_t count = 0;
  for (const Run& run : runs_) count += run.sequences * steps_not_above(run.piece, gap);
  return count;
}

Picoseconds TokenGaps::quantile(double q) const {
  if (count_ == 0) return 0;
  const auto wanted = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(std::ceil(q * static_cast<double>(count_))));
  Picoseconds low = runs_.front().piece.first;
  Picoseconds high = low;
  for (const Run& run : runs_) {
    low = std::min(low, run.piece.first);
    high = std::max(high, last_of(run.piece));
  }
  while (low < high) {
    const Picoseconds middle = low + (high - low) / 2;
    if (not_above(middle) >= wanted)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

}  // namespace plimsoll::serving
