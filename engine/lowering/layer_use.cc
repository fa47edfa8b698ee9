#include "lowering/layer_use.h"

#include <cmath>

namespace plimsoll {

namespace {

// Mean of the density rate exp(rate x) / (exp(rate) - 1) on [0, 1].
double mean_exit(double rate) {
  constexpr double even = 1e-6;  // below it the series is exact to double precision
  if (std::abs(rate) < even) return 0.5 + rate / 12.0;
  return -1.0 / std::expm1(-rate) - 1.0 / rate;
}

// The mean grows with the rate: bisection. Within these bounds lie means from 0.01 to 0.9999.
double exit_rate(double mean) {
  double low = -100.0;
  double high = 1e4;
  for (int i = 0; i < 80; ++i) {
    const double middle = (low + high) / 2.0;
    (mean_exit(middle) < mean ? low : high) = middle;
  }
  return (low + high) / 2.0;
}

}  // namespace

// The integral of P(exit > x) = (e^r - e^(r x)) / (e^r - 1), over the range's width.
double share_before_exit(double mean, double from, double to) {
  if (mean >= 1.0) return 1.0;
  const double rate = exit_rate(mean);
  constexpr double even = 1e-6;
  if (std::abs(rate) < even) return 1.0 - (from + to) / 2.0;
  const double width = to - from;
  const double shifted = std::exp(rate * (from - 1.0)) * std::expm1(rate * width) / rate;
  return (1.0 - shifted / width) / -std::expm1(-rate);
}

double distinct_neurons(double active, double tokens) {
  return 1.0 - std::pow(1.0 - active, tokens);
}

LayerUse layer_use(const SavingsSetup& savings, int layer, int layers, double tokens,
                   bool decoding) {
  double taking_part = 1.0;
  if (savings.depths && routes_tokens(*savings.depths, layer))
    taking_part = 1.0 - savings.depths->skip.value;
  if (savings.early_exit && decoding)
    taking_part =
        share_before_exit(savings.early_exit->layers.value, static_cast<double>(layer) / layers,
                          static_cast<double>(layer + 1) / layers);
  if (taking_part >= 1.0) return {};
  const double runs = 1.0 - std::pow(1.0 - taking_part, tokens);
  return {.runs = runs,
          .share = runs > 0.0 ? taking_part / runs : 0.0,
          .cached = cached_share(savings, layer)};
}

}  // namespace plimsoll
