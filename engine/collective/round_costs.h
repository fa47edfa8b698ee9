// What rounds of messages cost on a fabric; the formula is at the top of collective.h.
#pragma once

#include <vector>

#include "collective/collective.h"
#include "collective/last_arrival.h"

namespace plimsoll {

// Adds up rounds. O(messages x links of a route + links of the fabric) for each distinct round.
class RoundCosts {
 public:
  explicit RoundCosts(const Fabric& fabric);

  // The same round `times` times.
  void add(const Round& round, int times);
  CollectiveCost total(CollectiveAlgorithm algorithm) const;

 private:
  bool collect(const Round& round);
  void take(const Transfer& transfer, const Route& route);
  void count_delay(const Route& route);
  void add_latency(int times);
  void add_transfer(int times);

  const Fabric& fabric_;
  // This round's.
  std::vector<double> link_bytes_;    // by link
  std::vector<double> sender_costs_;  // by executor, seconds
  std::vector<Delays> delays_;        // messages of like routes counted together
  const Route* slowest_ = nullptr;
  // All rounds'.
  std::vector<double> carried_;         // bytes by link
  std::vector<double> time_narrowest_;  // seconds by link while it set the pace
  std::vector<double> time_slowest_;    // seconds of latency by link with most of it
  CollectiveCost cost_;
  Seconds latency_deviation_;
};

}  // namespace plimsoll
