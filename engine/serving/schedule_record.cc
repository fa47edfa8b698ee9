#include "serving/schedule_record.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace plimsoll::serving {

namespace {

// Half powers of two: 0 of nothing, then 1, 2, 3, 4-5, 6-7, 8-11, 12-15, …
int size_class(std::int64_t count) {
  if (count <= 0) return 0;
  const auto power = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(count)));
  const bool upper = power > 1 && (count >> (power - 2) & 1) != 0;
  return 2 * power + (upper ? 1 : 0);
}

}  // namespace

void TimeSums::add(const TimeSums& other) {
  all += other.all;
  first_token += other.first_token;
  gaps += other.gaps;
  per_token += other.per_token;
}

StepLoad StepKind::load() const {
  StepLoad load{.decoding = static_cast<int>(std::llround(decoding)),
                .decode_context = std::llround(decode_context),
                .prefilling = static_cast<int>(std::llround(prefilling)),
                .prefill_tokens = std::llround(prefill_tokens),
                .prefill_pairs = std::llround(prefill_pairs)};
  if (load.prefill_tokens > 0) load.prefilling = std::max(1, load.prefilling);
  if (load.prefill_tokens == 0) load.decoding = std::max(1, load.decoding);
  return load;
}

void StepKind::add(const StepKind& other) {
  const double both = steps + other.steps;
  const auto mean = [&](double& mine, double theirs) {
    mine = (mine * steps + theirs * other.steps) / both;
  };
  mean(decoding, other.decoding);
  mean(decode_context, other.decode_context);
  mean(prefilling, other.prefilling);
  mean(prefill_tokens, other.prefill_tokens);
  mean(prefill_pairs, other.prefill_pairs);
  time.add(other.time);
  steps = both;
}

void ScheduleRecord::add(const StepLoad& first, std::int64_t steps, const TimeSums& time) {
  StepKind kind{
      .steps = static_cast<double>(steps),
      .decoding = static_cast<double>(first.decoding),
      // In the middle of the run.
      .decode_context = static_cast<double>(first.decode_context) +
                        static_cast<double>(first.decoding) * static_cast<double>(steps - 1) / 2.0,
      .prefilling = static_cast<double>(first.prefilling),
      .prefill_tokens = static_cast<double>(first.prefill_tokens),
      .prefill_pairs = static_cast<double>(first.prefill_pairs),
      .time = time};
  const Key key{size_class(first.decoding), size_class(first.prefill_tokens)};
  const auto [entry, fresh] = kinds_.try_emplace(key, kind);
  if (!fresh) entry->second.add(kind);
  last_ = &entry->second;
}

void ScheduleRecord::add_to_last(const TimeSums& time) {
  if (last_) last_->time.add(time);
}

void ScheduleRecord::merge(const ScheduleRecord& other) {
  for (const auto& [key, kind] : other.kinds_) {
    const auto [entry, fresh] = kinds_.try_emplace(key, kind);
    if (!fresh) entry->second.add(kind);
  }
  idle_ += other.idle_;
}

// The kind of the least time joins its nearest neighbour, until few are left. Kinds with prompts
// never join kinds without.
std::vector<StepKind> ScheduleRecord::kinds(std::size_t most) const {
  std::vector<std::pair<Key, StepKind>> left(kinds_.begin(), kinds_.end());
  const auto less_time = [](const auto& a, const auto& b) {
    return a.second.time.all < b.second.time.all;
  };
  while (left.size() > std::max<std::size_t>(2, most)) {
    const auto least = std::min_element(left.begin(), left.end(), less_time);
    const auto distance = [&](const Key& key) {
      const bool other_sort = (key.second > 0) != (least->first.second > 0);
      constexpr int far = 1000;
      return std::abs(key.first - least->first.first) + std::abs(key.second - least->first.second) +
             (other_sort ? far : 0);
    };
    auto nearest = left.end();
    for (auto each = left.begin(); each != left.end(); ++each)
      if (each != least &&
          (nearest == left.end() || distance(each->first) < distance(nearest->first)))
        nearest = each;
    nearest->second.add(least->second);
    left.erase(least);
  }
  std::stable_sort(left.begin(), left.end(),
                   [&](const auto& a, const auto& b) { return less_time(b, a); });
  std::vector<StepKind> kinds;
  for (const auto& [key, kind] : left) kinds.push_back(kind);
  return kinds;
}

}  // namespace plimsoll::serving
