#include "money/amount.h"

#include <cmath>
#include <stdexcept>

namespace plimsoll::money {

Factor Factor::of(std::string name, const Estimate& estimate) {
  if (!(estimate.low > 0.0 && estimate.low <= estimate.value && estimate.value <= estimate.high)) {
    throw std::invalid_argument("Factor: needs 0 < low <= value <= high for " + name);
  }
  return {.name = std::move(name),
          .median = estimate.value,
          .log_sigma = log_sigma_of_range(estimate.low, estimate.high)};
}

Amount::Amount(double constant) {
  add_term({}, constant);
}

Amount::Amount(const Factor& factor) {
  factors_.emplace(factor.name, factor);
  add_term({{factor.name, 1}}, 1.0);
}

Amount Amount::of(const std::string& name, const Estimate& estimate) {
  if (estimate.low == estimate.high) return estimate.value;
  return Factor::of(name, estimate);
}

void Amount::add_term(const Powers& powers, double coefficient) {
  if (coefficient == 0.0) return;
  const auto term = terms_.emplace(powers, 0.0).first;
  term->second += coefficient;
  if (term->second == 0.0) terms_.erase(term);
}

void Amount::add_factors(const Amount& other) {
  for (const auto& [name, factor] : other.factors_) {
    const Factor& known = factors_.emplace(name, factor).first->second;
    if (known.median != factor.median || known.log_sigma != factor.log_sigma) {
      throw std::logic_error("Amount: two factors called '" + name + "' differ");
    }
  }
}

Amount& Amount::operator+=(const Amount& other) {
  const std::map<Powers, double> added = other.terms_;  // `other` may be this one
  add_factors(other);
  for (const auto& [powers, coefficient] : added) add_term(powers, coefficient);
  return *this;
}

Amount& Amount::operator-=(const Amount& other) {
  return *this += other * Amount(-1.0);
}

namespace {

Amount::Powers product(Amount::Powers a, const Amount::Powers& b, int sign) {
  for (const auto& [name, power] : b) {
    const auto entry = a.emplace(name, 0).first;
    entry->second += sign * power;
    if (entry->second == 0) a.erase(entry);
  }
  return a;
}

}  // namespace

Amount& Amount::operator*=(const Amount& other) {
  Amount result;
  result.add_factors(*this);
  result.add_factors(other);
  for (const auto& [powers, coefficient] : terms_) {
    for (const auto& [more, times] : other.terms_) {
      result.add_term(product(powers, more, 1), coefficient * times);
    }
  }
  return *this = std::move(result);
}

Amount& Amount::operator/=(const Amount& divisor) {
  if (divisor.terms_.size() != 1) {
    throw std::invalid_argument("Amount: the divisor is no single term");
  }
  const auto& [under, times] = *divisor.terms_.begin();
  Amount result;
  result.add_factors(*this);
  result.add_factors(divisor);
  for (const auto& [powers, coefficient] : terms_) {
    result.add_term(product(powers, under, -1), coefficient / times);
  }
  return *this = std::move(result);
}

double Amount::median_of(const Powers& powers) const {
  double value = 1.0;
  for (const auto& [name, power] : powers) value *= std::pow(factors_.at(name).median, power);
  return value;
}

double Amount::median() const {
  double sum = 0.0;
  for (const auto& [powers, coefficient] : terms_) sum += coefficient * median_of(powers);
  return sum;
}

Estimate Amount::estimate() const {
  const double value = median();
  if (value == 0.0) return Estimate::exact(0.0);
  if (value < 0.0) throw std::logic_error("Amount: the estimate of a negative amount");
  std::map<std::string, double> slopes;  // d amount / d ln factor
  for (const auto& [powers, coefficient] : terms_) {
    const double term = coefficient * median_of(powers);
    for (const auto& [name, power] : powers) slopes[name] += power * term;
  }
  double variance = 0.0;
  for (const auto& [name, slope] : slopes) {
    const double share = slope / value * factors_.at(name).log_sigma;
    variance += share * share;
  }
  return log_normal(value, std::sqrt(variance));
}

}  // namespace plimsoll::money
