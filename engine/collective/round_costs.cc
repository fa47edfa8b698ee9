#include "collective/round_costs.h"

#include <algorithm>

namespace plimsoll {

namespace {

std::size_t at(int index) {
  return static_cast<std::size_t>(index);
}

// The first of the largest; -1 where nothing is above zero.
int largest(const std::vector<double>& values) {
  const auto found = std::max_element(values.begin(), values.end());
  return found == values.end() || *found <= 0.0 ? -1 : static_cast<int>(found - values.begin());
}

}  // namespace

RoundCosts::RoundCosts(const Fabric& fabric)
    : fabric_(fabric),
      link_bytes_(fabric.links().size()),
      sender_costs_(fabric.executors().size()),
      carried_(fabric.links().size()),
      time_narrowest_(fabric.links().size()),
      time_slowest_(fabric.links().size()) {}

void RoundCosts::add(const Round& round, int times) {
  cost_.rounds += times;
  if (!collect(round)) cost_.possible = false;
  add_latency(times);
  add_transfer(times);
}

// False where a message has no way to its receiver.
bool RoundCosts::collect(const Round& round) {
  std::fill(link_bytes_.begin(), link_bytes_.end(), 0.0);
  std::fill(sender_costs_.begin(), sender_costs_.end(), 0.0);
  delays_.clear();
  slowest_ = nullptr;
  bool all_arrive = true;
  for (const Transfer& transfer : round) {
    const Route& route = fabric_.route(transfer.from, transfer.to);
    if (route.exists()) {
      take(transfer, route);
    } else {
      const std::vector<Executor>& executors = fabric_.executors();
      all_arrive &= executors[at(transfer.from)].pool == executors[at(transfer.to)].pool;
    }
  }
  return all_arrive;
}

void RoundCosts::take(const Transfer& transfer, const Route& route) {
  for (int link : route.links) link_bytes_[at(link)] += transfer.bytes.base();
  sender_costs_[at(transfer.from)] += route.message_cost.base();
  count_delay(route);
  if (slowest_ == nullptr || route.latency > slowest_->latency) slowest_ = &route;
}

void RoundCosts::count_delay(const Route& route) {
  for (Delays& known : delays_) {
    if (known.mean == route.latency && known.deviation == route.jitter) {
      ++known.messages;
      return;
    }
  }
  delays_.push_back({.mean = route.latency, .deviation = route.jitter, .messages = 1});
}

// How well a round's latency is known is taken to be how well that of its slowest message is; what
// is wrong about a link is wrong in every round, so deviations add up.
void RoundCosts::add_latency(int times) {
  if (slowest_ == nullptr) return;
  const double sending = *std::max_element(sender_costs_.begin(), sender_costs_.end());
  const Seconds latency = times * (Seconds(sending) + expected_last(delays_));
  cost_.latency += latency;
  latency_deviation_ += latency * slowest_->latency_log_sigma;
  time_slowest_[at(slowest_->slowest)] += latency.base();
}

void RoundCosts::add_transfer(int times) {
  Seconds longest;
  int busiest = -1;
  for (std::size_t link = 0; link < link_bytes_.size(); ++link) {
    const Seconds busy = Bytes(link_bytes_[link]) / fabric_.links()[link].capacity.value;
    if (busy > longest) {
      longest = busy;
      busiest = static_cast<int>(link);
    }
    carried_[link] += times * link_bytes_[link];
  }
  if (busiest < 0) return;
  cost_.transfer += times * longest;
  time_narrowest_[at(busiest)] += times * longest.base();
}

CollectiveCost RoundCosts::total(CollectiveAlgorithm algorithm) const {
  CollectiveCost cost = cost_;
  cost.algorithm = algorithm;
  for (std::size_t link = 0; link < carried_.size(); ++link) {
    if (carried_[link] <= 0.0) continue;
    cost.links.push_back({.link = static_cast<int>(link), .bytes = Bytes(carried_[link])});
  }
  cost.narrowest = largest(time_narrowest_);
  cost.slowest = largest(time_slowest_);
  if (cost.latency > Seconds(0.0)) cost.latency_log_sigma = latency_deviation_ / cost.latency;
  return cost;
}

}  // namespace plimsoll
