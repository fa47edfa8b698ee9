#include "routing/routing_process.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace plimsoll {
namespace {

constexpr double highest_skew = 8.0;
constexpr double longest_memory = 1000.0;
// Ages up to this many times the mean are kept: less than 10^-4 of the copies are older.
constexpr double kept_memories = 10.0;
// A line of copies is memory / (1 - reuse) tokens long in the mean; three of those forget the
// start.
constexpr double lead_in = 3.0;
// Rejections before the experts still free are listed: rare unless nearly all weight is taken.
constexpr int patience = 64;

void check(const RoutingParameters& parameters, const RoutingShape& shape) {
  const auto within = [](double value, double low, double high) {
    return value >= low && value <= high;  // false for NaN
  };
  if (!within(parameters.skew, 0.0, highest_skew) || !within(parameters.reuse, 0.0, 1.0) ||
      parameters.reuse == 1.0 || !within(parameters.memory, 1.0, longest_memory))
    throw std::invalid_argument("RoutingProcess: parameters out of range");
  if (shape.layers < 0 || shape.experts < 1 || shape.experts > 65536 || shape.per_token < 1 ||
      shape.per_token > shape.experts)
    throw std::invalid_argument("RoutingProcess: impossible shape");
}

std::vector<double> zipf(int experts, double skew) {
  std::vector<double> weights;
  for (int rank = 1; rank <= experts; ++rank)
    weights.push_back(std::pow(static_cast<double>(rank), -skew));
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight /= total;
  return weights;
}

// Shares of the ages 1, 2, …
std::vector<double> geometric(double mean) {
  std::vector<double> weights;
  const auto ages = static_cast<int>(std::ceil(kept_memories * mean));
  double weight = 1.0;
  for (int age = 1; age <= ages; ++age, weight *= 1.0 - 1.0 / mean) weights.push_back(weight);
  return weights;
}

}  // namespace

RoutingProcess::RoutingProcess(const RoutingParameters& parameters, const RoutingShape& shape,
                               std::uint64_t seed, int sequence)
    : shape_(shape), parameters_(parameters), rng_(seed, "routing") {
  check(parameters, shape);
  probabilities_ = zipf(shape.experts, parameters.skew);
  ranks_ = AliasTable(probabilities_);
  order_experts();
  if (sequence > 0) rng_ = Rng(seed, "routing of sequence " + std::to_string(sequence));
  const bool copies = parameters.reuse > 0.0;
  const std::vector<double> ages = geometric(copies ? parameters.memory : 1.0);
  ages_ = AliasTable(ages);
  remembered_ = std::bit_ceil(ages.size() + 1);  // and the token being drawn
  history_.resize(remembered_ * token_size());
  if (!copies) return;
  const double lineage = parameters.memory / (1.0 - parameters.reuse);
  const auto tokens = static_cast<std::int64_t>(lead_in * std::min(lineage, longest_memory));
  for (std::int64_t i = 0; i < tokens; ++i) next_token();
}

std::size_t RoutingProcess::token_size() const {
  return static_cast<std::size_t>(shape_.layers) * static_cast<std::size_t>(shape_.per_token);
}

void RoutingProcess::order_experts() {
  const auto experts = static_cast<std::size_t>(shape_.experts);
  order_.resize(static_cast<std::size_t>(shape_.layers) * experts);
  for (std::size_t first = 0; first < order_.size(); first += experts) {
    std::uint16_t* layer = &order_[first];
    std::iota(layer, layer + experts, std::uint16_t{0});
    for (std::size_t i = experts; i > 1; --i) std::swap(layer[i - 1], layer[rng_.below(i)]);
  }
}

std::span<const std::uint16_t> RoutingProcess::next_token() {
  const auto width = static_cast<std::size_t>(shape_.per_token);
  const std::size_t slot = static_cast<std::size_t>(tokens_) & (remembered_ - 1);
  const std::span token(history_.data() + slot * token_size(), token_size());
  for (std::size_t layer = 0; layer * width < token.size(); ++layer)
    choose(layer, token.subspan(layer * width, width));
  ++tokens_;
  return token;
}

void RoutingProcess::choose(std::size_t layer, std::span<std::uint16_t> chosen) {
  const auto taken = [&](std::size_t count, std::uint16_t expert) {
    const auto end = chosen.begin() + static_cast<std::ptrdiff_t>(count);
    return std::find(chosen.begin(), end, expert) != end;
  };
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    int rejected = 0;
    do {
      chosen[i] = draw(layer);
    } while (taken(i, chosen[i]) && ++rejected < patience);
    if (rejected < patience) continue;
    // What further fresh draws would end with: popularity among those that are left.
    const std::span order = by_popularity(static_cast<int>(layer));
    std::vector<double> left(probabilities_);
    for (std::size_t rank = 0; rank < left.size(); ++rank)
      if (taken(i, order[rank])) left[rank] = 0.0;
    chosen[i] = order[AliasTable(left).draw(rng_)];
  }
}

std::uint16_t RoutingProcess::draw(std::size_t layer) {
  if (parameters_.reuse > 0.0 && rng_.uniform() < parameters_.reuse) {
    if (const std::uint16_t* token = earlier(layer))
      return token[rng_.below(static_cast<std::uint64_t>(shape_.per_token))];
  }
  return fresh(layer);
}

const std::uint16_t* RoutingProcess::earlier(std::size_t layer) {
  const std::int64_t token = tokens_ - 1 - static_cast<std::int64_t>(ages_.draw(rng_));
  if (token < 0) return nullptr;
  const std::size_t slot = static_cast<std::size_t>(token) & (remembered_ - 1);
  return &history_[slot * token_size() + layer * static_cast<std::size_t>(shape_.per_token)];
}

std::uint16_t RoutingProcess::fresh(std::size_t layer) {
  return order_[layer * static_cast<std::size_t>(shape_.experts) + ranks_.draw(rng_)];
}

std::span<const std::uint16_t> RoutingProcess::by_popularity(int layer) const {
  const auto experts = static_cast<std::size_t>(shape_.experts);
  return std::span(order_).subspan(static_cast<std::size_t>(layer) * experts, experts);
}

}  // namespace plimsoll
