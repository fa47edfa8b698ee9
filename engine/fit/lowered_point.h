// A measured point as a closed form: lowered once, then predicted for any values of the cost
// model's parameters without running anything.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "catalog/catalog.h"
#include "cost/cost_model.h"
#include "measurements/measurement.h"
#include "validate/error_summary.h"

namespace plimsoll {

// The work of operators of one closed form, as many of all passes as equal it, times the weights of
// the passes.
struct WeightedTerms {
  OperatorTerms terms;  // its factors count into LoweredPoint::parameters
  double weight = 1.0;
};

// What is measured is numerator / time for a rate, numerator * time for a time, where time is the
// fixed part and overlap times the sum of the terms.
struct LoweredPoint {
  SpeedPoint point;
  std::string machine;   // the device as published, without variant
  std::string device;    // id of the entry of the first device that works
  bool is_time = false;  // else a rate
  double numerator = 1.0;
  double fixed_seconds = 0.0;         // waiting for arrivals
  bool served = false;                // the passes stand for the schedule of a request loop
  double assumed_log_sigma = 0.0;     // of what the source leaves open
  std::vector<Parameter> parameters;  // that its time depends on
  // Logarithms of how far the values it was lowered with lie from those of the entries, by
  // parameter; empty: nowhere.
  std::vector<double> shifts;
  std::vector<CostTerm> linear;  // gaps, messages, and work that one roof alone decides
  std::vector<WeightedTerms> terms;
  // Simulated time over that of the terms: 1 for passes that run one after another, less where
  // stages work at once; of a load what a dozen passes that stand for all steps miss.
  double overlap = 1.0;

  double log_measured() const;
  double shift(std::size_t parameter) const { return shifts.empty() ? 0.0 : shifts[parameter]; }
  // Whether the terms stand for a schedule that depends on the values it was lowered with.
  bool depends_on_values() const;
};

// log(predicted) for parameters `scales` times the values they have, by LoweredPoint::parameters,
// and its derivatives by their logarithms where `gradient` is not empty.
double log_prediction(const LoweredPoint& point, std::span<const double> scales,
                      std::span<double> gradient);

// The point with its closed form, or a status other than ok and a reason.
std::unique_ptr<LoweredPoint> lower_point(const Measurement& measurement, Catalog& catalog);

// In the order of the measurements, whatever the number of threads; each has its own catalogue.
std::vector<std::unique_ptr<LoweredPoint>> lower_points(
    const std::vector<Measurement>& measurements, const std::vector<DataFolders>& data,
    const ParallelOptions& options = {});

}  // namespace plimsoll
