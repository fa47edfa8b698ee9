#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "base/quantity_text.h"
#include "money/used_price.h"

namespace plimsoll::money {

MonthlyLoad load_of_users(double users, double requests_per_day, double prompt, double output,
                          double cached_share, double days) {
  const double requests = users * requests_per_day * days;
  return {.input = requests * prompt,
          .output = requests * output,
          .cached = requests * prompt * cached_share,
          .longest_prompt = prompt};
}

Amount busy_seconds(const MonthlyLoad& load, const ServiceRate& rate, const std::string& who) {
  const double prefilled = load.input - load.cached;
  if (!(prefilled >= 0.0 && load.cached >= 0.0 && load.output >= 0.0)) {
    throw std::invalid_argument("busy_seconds: needs 0 <= cached <= input and output >= 0");
  }
  Amount seconds;
  if (prefilled > 0.0)
    seconds += prefilled / Amount::of("input rate of " + who, rate.input_tokens_per_second);
  if (load.output > 0.0)
    seconds += load.output / Amount::of("output rate of " + who, rate.output_tokens_per_second);
  return seconds;
}

int machines_for(const MonthlyLoad& load, const ServiceRate& rate, double utilisation_limit) {
  if (!(utilisation_limit > 0.0 && utilisation_limit <= 1.0)) {
    throw std::invalid_argument("machines_for: needs 0 < utilisation_limit <= 1");
  }
  const double busy = busy_seconds(load, rate, {}).median() / seconds_per_month;
  return std::max(1, static_cast<int>(std::ceil(busy / utilisation_limit)));
}

MonthlyLoad load_at(const ServiceRate& rate, int machines, double utilisation,
                    double input_per_output) {
  if (!(utilisation >= 0.0 && input_per_output >= 0.0)) {
    throw std::invalid_argument("load_at: needs utilisation and input_per_output >= 0");
  }
  double seconds_per_output = 1.0 / rate.output_tokens_per_second.value;
  if (input_per_output > 0.0)
    seconds_per_output += input_per_output / rate.input_tokens_per_second.value;
  const double output = machines * utilisation * seconds_per_month / seconds_per_output;
  return {.input = output * input_per_output, .output = output};
}

std::string overload(double machines_needed, int machines) {
  return "the load keeps " + print_number(machines_needed) + " machines of this kind busy, and " +
         (machines == 1 ? "there is 1" : "there are " + std::to_string(machines));
}

Estimate electricity_usd_per_million_tokens(const Estimate& joules_per_token,
                                            const Estimate& usd_per_kwh, const Estimate& pue) {
  const Amount joules = Amount::of("energy", joules_per_token) * tokens_per_mtok;
  return (joules / joules_per_kwh * Amount::of("electricity", usd_per_kwh) * Amount::of("pue", pue))
      .estimate();
}

Estimate capital_usd_per_million_tokens(const Estimate& purchase_usd, double life_years,
                                        double utilisation, const Estimate& tokens_per_second) {
  const Amount tokens = Amount::of("rate", tokens_per_second) *
                        (life_years * hours_per_year * seconds_per_hour * utilisation);
  return (Amount::of("purchase", purchase_usd) / tokens * tokens_per_mtok).estimate();
}

Estimate rent_usd_per_million_tokens(const Estimate& usd_per_hour,
                                     const Estimate& tokens_per_second) {
  const Amount tokens = Amount::of("rate", tokens_per_second) * seconds_per_hour;
  return (Amount::of("rent", usd_per_hour) / tokens * tokens_per_mtok).estimate();
}

}  // namespace plimsoll::money
