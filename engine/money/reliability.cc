#include "money/reliability.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "money/used_price.h"

namespace plimsoll::money {

namespace {

Answer<FailureModel> unknown(std::string reason) {
  return Answer<FailureModel>::unknown(std::move(reason));
}

// Hours, named after what is repaired.
Amount hours(const char* name, const Figure<Seconds>& repair) {
  return amount_of(used_price(name, repair, 1.0 / seconds_per_hour, "h"));
}

Amount rate(const std::string& what, const FailureClass& failures, const Figure<double>& figure) {
  return amount_of(used_price(what + " of " + failures.id, figure, 1.0, {}));
}

double early_factor(const PriceBook& book, Age age) {
  const auto& early = book.failures.early_life;
  return age == Age::first_90_days && early ? early->value : 1.0;
}

}  // namespace

Answer<FailureModel> failure_model(const PriceBook& book, std::string_view failure_class, Age age) {
  const FailureTable& table = book.failures;
  const std::string id(failure_class);
  const auto found = table.classes.find(id);
  if (found == table.classes.end()) return unknown("no failure rate of '" + id + "' is known");
  const FailureClass& failures = found->second;
  if (!table.soft_repair || !table.hard_repair) return unknown("no repair times are known");
  if (!failures.replacements)
    return unknown("nobody says how many of the events of '" + id + "' are replacements");

  const Amount hard = rate("replacements", failures, *failures.replacements);
  const Amount all = failures.events ? rate("events", failures, *failures.events) : hard;
  const Amount down = (all - hard) * hours("soft repair", *table.soft_repair) +
                      hard * hours("hard repair", *table.hard_repair);
  const double factor = early_factor(book, age);
  return Answer<FailureModel>::known(
      {.events_per_year = all * factor, .down_hours_per_year = down * factor});
}

FailureModel group_of(std::span<const GroupMember> members) {
  FailureModel group;
  for (const GroupMember& member : members) {
    const auto count = static_cast<double>(member.count);
    group.events_per_year += member.model.events_per_year * count;
    group.down_hours_per_year += member.model.down_hours_per_year * count;
  }
  return group;
}

Estimate unavailability(const FailureModel& model) {
  const Estimate down = scaled(model.down_hours_per_year.estimate(), 1.0 / hours_per_year);
  const auto share = [](double x) { return x / (1.0 + x); };
  return {share(down.value), share(down.low), share(down.high)};
}

Estimate availability(const FailureModel& model) {
  const Estimate down = unavailability(model);
  return {1.0 - down.value, 1.0 - down.high, 1.0 - down.low};
}

double survival(int units, double events_per_year, double hours) {
  return std::exp(-units * events_per_year * hours / hours_per_year);
}

namespace {

// The sum of P(Binomial(units, p) = k) for k from `first` to `last`; terms in logarithms, so that
// thousands of units do not underflow.
double binomial_sum(int units, double p, int first, int last) {
  const double step = std::log(p) - std::log1p(-p);
  double log_term = units * std::log1p(-p);
  double sum = 0.0;
  for (int k = 0; k <= last; ++k) {
    if (k >= first) sum += std::exp(log_term);
    log_term += std::log((units - k) / (k + 1.0)) + step;
  }
  return std::min(sum, 1.0);
}

void check_counts(int needed, int units, double share) {
  if (needed < 0 || units < needed || !(share >= 0.0 && share <= 1.0)) {
    throw std::invalid_argument("reliability: needs 0 <= needed <= units and a share");
  }
}

}  // namespace

double at_least_up(int needed, int units, double availability) {
  check_counts(needed, units, availability);
  if (needed == 0 || availability == 1.0) return 1.0;
  if (availability == 0.0) return 0.0;
  return binomial_sum(units, 1.0 - availability, 0, units - needed);
}

double fewer_up(int needed, int units, double unavailability) {
  check_counts(needed, units, unavailability);
  if (needed == 0 || unavailability == 0.0) return 0.0;
  if (unavailability == 1.0) return 1.0;
  return binomial_sum(units, unavailability, units - needed + 1, units);
}

std::optional<int> spares_for(int needed, double availability, double target, int most) {
  if (!(target > 0.0 && target < 1.0)) {
    throw std::invalid_argument("spares_for: needs 0 < target < 1");
  }
  for (int spares = 0; spares <= most; ++spares)
    if (at_least_up(needed, needed + spares, availability) >= target) return spares;
  return std::nullopt;
}

Redundancy redundancy(int needed, int spares, const FailureModel& unit, double requests_per_month) {
  const Estimate down = unavailability(unit);
  const auto lost = [&](double share) { return fewer_up(needed, needed + spares, share); };
  const Estimate lost_share{lost(down.value), lost(down.low), lost(down.high)};
  return {.needed = needed,
          .spares = spares,
          .availability = {1.0 - lost_share.value, 1.0 - lost_share.high, 1.0 - lost_share.low},
          .down_hours_per_year = scaled(lost_share, hours_per_year),
          .lost_requests_per_year = scaled(lost_share, 12.0 * requests_per_month)};
}

}  // namespace plimsoll::money
