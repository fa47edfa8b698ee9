#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "base/quantity_text.h"
#include "money/money.h"
#include "money/samples.h"

namespace plimsoll::money {

namespace {

constexpr double never = std::numeric_limits<double>::infinity();

// When a lead of `upfront` is made up by `saving` a month, within `life`.
double crossing(double upfront, double saving, double life) {
  if (upfront <= 0.0) return 0.0;
  if (saving <= 0.0) return never;
  const double months = upfront / saving;
  return months <= life ? months : never;
}

std::optional<double> finite(double months) {
  if (months == never) return std::nullopt;
  return months;
}

std::string per_month(double usd) {
  return print(Dollars(usd)) + " a month";
}

std::string why_never(const CashFlow& first, const CashFlow& second) {
  const double running = first.per_month.median();
  const double other = second.per_month.median();
  const std::string runs = first.name + " runs at " + per_month(running);
  if (running >= other) return runs + ", not below the " + per_month(other) + " of " + second.name;
  const double months = (first.upfront.median() - second.upfront.median()) / (other - running);
  return first.name + " would take " + print_number(months) +
         " months to pay back, longer than the " + print_number(*first.life_months) +
         " months of its life";
}

std::optional<Date> date_after(const Date& start, const std::optional<double>& months) {
  if (!months) return std::nullopt;
  return months_after(start, *months);
}

}  // namespace

Date months_after(const Date& start, double months) {
  if (!(months >= 0.0 && months < 12e4)) {
    throw std::invalid_argument("months_after: needs 0 <= months < 120,000");
  }
  const int first = start.year * 12 + std::max(start.month, 1) - 1;
  const int month = first + static_cast<int>(months);
  return {.year = month / 12, .month = month % 12 + 1, .day = 0};
}

BreakEven break_even(const CashFlow& first, const CashFlow& second, const Date& start) {
  const double life = first.life_months.value_or(never);
  const Amount upfront = first.upfront - second.upfront;
  const Amount saving = second.per_month - first.per_month;
  Samples samples;
  std::vector<double> crossings = samples.of(upfront);
  const std::vector<double> savings = samples.of(saving);
  for (std::size_t i = 0; i < crossings.size(); ++i)
    crossings[i] = crossing(crossings[i], savings[i], life);

  BreakEven result;
  result.months = finite(crossing(upfront.median(), saving.median(), life));
  result.low = finite(quantile(crossings, 0.05));
  result.high = finite(quantile(crossings, 0.95));
  const auto paid_back = std::count_if(crossings.begin(), crossings.end(),
                                       [](double months) { return months != never; });
  result.chance = static_cast<double>(paid_back) / Samples::count;
  result.date = date_after(start, result.months);
  result.earliest = date_after(start, result.low);
  result.latest = date_after(start, result.high);
  if (!result.months) result.reason = why_never(first, second);
  return result;
}

namespace {

// The known ways with their cost a month.
struct Option {
  WayToPay way = WayToPay::own;
  const Amount* monthly = nullptr;
};

std::vector<Option> options_of(const Comparison& comparison) {
  std::vector<Option> options;
  if (comparison.own) options.push_back({WayToPay::own, &comparison.own->monthly});
  if (comparison.rent) options.push_back({WayToPay::rent, &comparison.rent->monthly});
  if (comparison.api) options.push_back({WayToPay::api, &comparison.api->monthly});
  return options;
}

// The share of draws in which no other option costs less than `best`.
double chance_of(const Option& best, const std::vector<Option>& options) {
  Samples samples;
  std::vector<char> holds(Samples::count, 1);
  for (const Option& other : options) {
    if (other.way == best.way) continue;
    const std::vector<double> lead = samples.of(*other.monthly - *best.monthly);
    for (std::size_t i = 0; i < lead.size(); ++i)
      if (lead[i] < 0.0) holds[i] = 0;
  }
  return static_cast<double>(std::count(holds.begin(), holds.end(), 1)) / Samples::count;
}

}  // namespace

Comparison compare(Answer<OwnCost> own, Answer<RentCost> rent, Answer<ApiCost> api,
                   const Date& start) {
  Comparison result{.own = std::move(own), .rent = std::move(rent), .api = std::move(api)};
  const std::vector<Option> options = options_of(result);
  const auto best = std::min_element(
      options.begin(), options.end(),
      [](const Option& a, const Option& b) { return a.monthly->median() < b.monthly->median(); });
  if (best != options.end()) {
    result.cheapest = best->way;
    result.chance_cheapest = chance_of(*best, options);
  }
  if (result.own && result.rent)
    result.own_against_rent = break_even(result.own->cash, result.rent->cash, start);
  if (result.own && result.api)
    result.own_against_api = break_even(result.own->cash, result.api->cash, start);
  return result;
}

}  // namespace plimsoll::money
