// Machines that fail: availability, spares, what an outage costs.
//
// A unit (a machine, or a group of machines that fails as one) alternates between up and down.
// Events are soft (a reset or a reboot cures them) or hard (a part is replaced). With rates per
// year of up time and mean times to repair in hours,
//   availability = 1 / (1 + (soft rate x soft time + hard rate x hard time) / 8766 h).
// Units fail independently of one another; what fails together belongs in one group.
#pragma once

#include <optional>
#include <span>

#include "base/estimate.h"
#include "catalog/price_spec.h"
#include "money/amount.h"
#include "money/money.h"

namespace plimsoll::money {

struct FailureModel {
  Amount events_per_year;      // of up time, soft and hard
  Amount down_hours_per_year;  // of up time: soft rate x soft time + hard rate x hard time
};

enum class Age { settled, first_90_days };  // new batches fail more often

// What the catalogue says of a class (hwdb/prices/failures.yaml: "gpu-host-8", "desk"):
// replacements are hard events, the other events soft. Unknown where the class or the repair times
// are not there, or where nobody says how many of its events are replacements.
Answer<FailureModel> failure_model(const PriceBook& book, std::string_view failure_class,
                                   Age age = Age::settled);

// A group that is down when any member is, as tensor- and pipeline-parallel groups with their links
// are: rates and down times add.
struct GroupMember {
  FailureModel model;
  int count = 1;
};
FailureModel group_of(std::span<const GroupMember> members);

// 1 / (1 + down hours / 8766) and its complement, which keeps its digits where it is small.
Estimate availability(const FailureModel& model);
Estimate unavailability(const FailureModel& model);

// That a job over `units` units with `events_per_year` each runs for `hours` without an event.
double survival(int units, double events_per_year, double hours);

// P(Binomial(units, a) >= needed): at least `needed` of `units` are up. 0 <= a <= 1. fewer_up is
// the complement, from the unavailability.
double at_least_up(int needed, int units, double availability);
double fewer_up(int needed, int units, double unavailability);

// The fewest spares s with P(Binomial(needed + s, a) >= needed) >= target; nothing where `most` do
// not reach it. 0 < target < 1.
std::optional<int> spares_for(int needed, double availability, double target, int most = 1000);

struct Redundancy {
  int needed = 1;  // groups that carry the load
  int spares = 0;
  Estimate availability;            // of the service: at least `needed` groups are up
  Estimate down_hours_per_year;     // (1 - availability) x 8766 h
  Estimate lost_requests_per_year;  // requests a year x (1 - availability)
};
// The interval follows from that of the unit's availability: the service's is monotone in it.
Redundancy redundancy(int needed, int spares, const FailureModel& unit, double requests_per_month);

}  // namespace plimsoll::money
