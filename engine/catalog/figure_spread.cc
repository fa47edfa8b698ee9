#include "catalog/figure_spread.h"

namespace plimsoll {

namespace {

// Spread of a figure nobody gave a range for. High confidence is the spread of repeated
// vendor-style measurements (hwdb/roofs.yaml: HBM 0.88-0.94, GDDR6X 0.89-0.92, so about 2 %);
// medium and low are twice and five times that.
constexpr double high_confidence_sigma = 0.02;
constexpr double medium_confidence_sigma = 0.04;
constexpr double low_confidence_sigma = 0.10;

}  // namespace

double log_sigma_of(const Provenance& from, std::optional<double> low, std::optional<double> high) {
  if (low && high && *low > 0.0 && *high > *low) return log_sigma_of_range(*low, *high);
  switch (from.confidence) {
    case Confidence::high:
      return high_confidence_sigma;
    case Confidence::medium:
      return medium_confidence_sigma;
    case Confidence::low:
      break;
  }
  return low_confidence_sigma;
}

}  // namespace plimsoll
