// Sums of products of uncertain factors: what every cost of this room is made of.
//
//   amount = sum over terms of  coefficient x product over factors of factor^power
//
// A factor is an independent log-normal variable: a median and the standard deviation of its
// logarithm. Factors of the same name are the same variable, so that the price of electricity of
// two machines rises together; two of one name that differ are a std::logic_error. Sums,
// differences and products of amounts are amounts, and so is the quotient by a single term.
#pragma once

#include <map>
#include <string>

#include "base/estimate.h"

namespace plimsoll::money {

struct Factor {
  std::string name;
  double median = 1.0;     // > 0
  double log_sigma = 0.0;  // >= 0

  // The log-normal with the estimate's value as its median and an interval as wide, in the
  // logarithm, as the estimate's. Throws std::invalid_argument unless 0 < low <= value <= high.
  static Factor of(std::string name, const Estimate& estimate);
};

class Amount {
 public:
  Amount() = default;            // zero
  Amount(double constant);       // NOLINT: a number is an amount without uncertainty
  Amount(const Factor& factor);  // NOLINT

  // A factor of this name, or the plain number where the estimate is exact (zero included).
  static Amount of(const std::string& name, const Estimate& estimate);

  Amount& operator+=(const Amount& other);
  Amount& operator-=(const Amount& other);
  Amount& operator*=(const Amount& other);
  // Throws std::invalid_argument unless the divisor is a single term other than zero.
  Amount& operator/=(const Amount& divisor);

  friend Amount operator+(Amount a, const Amount& b) { return a += b; }
  friend Amount operator-(Amount a, const Amount& b) { return a -= b; }
  friend Amount operator*(Amount a, const Amount& b) { return a *= b; }
  friend Amount operator/(Amount a, const Amount& b) { return a /= b; }

  bool is_zero() const { return terms_.empty(); }
  // With every factor at its median.
  double median() const;
  // The median and its 90 % interval by the Jacobian in log space:
  //   log_sigma^2 = sum over factors of (d ln amount / d ln factor x log_sigma of the factor)^2.
  // Exact for a single term, first order for sums. Throws std::logic_error where the median is
  // negative: a difference that may change its sign is no log-normal (samples.h draws it).
  Estimate estimate() const;

  using Powers = std::map<std::string, int>;                        // by factor; no power is zero
  const std::map<Powers, double>& terms() const { return terms_; }  // no coefficient is zero
  const std::map<std::string, Factor>& factors() const { return factors_; }  // of all terms

 private:
  std::map<Powers, double> terms_;
  std::map<std::string, Factor> factors_;

  void add_term(const Powers& powers, double coefficient);
  void add_factors(const Amount& other);
  double median_of(const Powers& powers) const;
};

}  // namespace plimsoll::money
