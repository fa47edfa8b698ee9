// The joint distribution of amounts, drawn: for differences that may change their sign, and for
// comparing amounts that share factors.
//
// A Latin hypercube (McKay, Beckman and Conover 1979): every factor takes the middle of each of
// `count` equally likely strata once, in an order shuffled by a random stream of its own. The order
// belongs to the factor's name, so that a new factor does not shift the others and a change of a
// price moves every draw the same way. The same draws on every machine.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "money/amount.h"

namespace plimsoll::money {

class Samples {
 public:
  static constexpr int count = 8192;

  // The amount in each draw. Not thread-safe: keeps the draws of the factors seen so far.
  std::vector<double> of(const Amount& amount);

 private:
  const std::vector<double>& normals(const std::string& factor);
  std::map<std::string, std::vector<double>> normals_;  // standard normal, by factor
};

// The value below which the share p of the draws lies (the smallest one with at least that share up
// to it); 0 < p < 1. Infinite draws are allowed.
double quantile(std::vector<double> draws, double p);

// z with P(standard normal <= z) = p, 0 < p < 1: Acklam's rational approximation (2003) and one
// step of Halley's method, good to about 1e-15.
double normal_quantile(double p);

}  // namespace plimsoll::money
