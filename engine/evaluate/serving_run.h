// A scenario's load through the request-level loop: draws the requests, serves them with the step
// model of the placed scenario, and says what came of it and how sure that is.
//
// Intervals. The loop's own answer is nonlinear (queues), its steps' times are uncertain in two
// ways that matter: steps that only decode, and steps with prompts in them. Their covariance
// follows from the sensitivities of one step of each kind to the cost model's parameters, plus the
// residual spreads of decode and prefill. The loop runs again at the ends of both principal axes of
// that covariance; what a figure moves along each adds in squares, up and down apart. What no
// parameter explains adds to that; of rates under given arrivals by two more runs, with all steps
// longer and shorter.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "evaluate/prepared.h"
#include "evaluate/serving_limits.h"
#include "evaluate/serving_outcome.h"
#include "evaluate/speed.h"

namespace plimsoll {

struct ServingOptions {
  bool every_step = false;  // no runs of decode steps taken at once; the same result
  bool intervals = true;    // else the figures alone: one run instead of five or seven
  // Called now and then with the share that is done, in [0, 1]; may throw to stop.
  std::function<void(double done)> progress = {};
};

// What a load is measured by.
enum class LoadMetric {
  requests_per_second,
  output_tokens_per_second,
  total_tokens_per_second,
  mean_first_token,
  median_first_token,
  mean_token_gap,
  median_token_gap,
  mean_output_token,
  median_output_token,
  mean_end_to_end,
  median_end_to_end,
};

// A metric as a function of the times of few passes, with the schedule that the run came to held
// fixed: seconds(times) = constant + sum of weight * time, and the metric is that, or numerator
// over it. Medians move as the means.
struct FrozenSchedule {
  double constant_s = 0.0;           // waiting for arrivals
  double request_overhead_s = 0.0;   // CostModel::request_overhead() where the metric has it
  std::vector<WeightedPass> passes;  // about a dozen that stand for all steps
  double numerator = 1.0;
  bool rate = false;
  double value = 0.0;  // of the metric, in seconds or per second, at today's times

  // Of the sum over passes.
  double metric(double pass_seconds) const {
    const double seconds = constant_s + request_overhead_s + pass_seconds;
    return rate ? numerator / seconds : seconds;
  }
};

// One load, run once; figures and schedules are taken from that. `prepared` fits, does not stream
// and is served (Scenario::serving), and outlives this.
class ServingRun {
 public:
  ServingRun(const Prepared& prepared, const RoofTable& roofs, const ServingOptions& options = {});
  ~ServingRun();
  ServingRun(const ServingRun&) = delete;
  ServingRun& operator=(const ServingRun&) = delete;

  ServingOutcome outcome() const;
  FrozenSchedule frozen_schedule(LoadMetric metric) const;
  // Without the intervals that outcome() works out: seconds, or per second.
  double value(LoadMetric metric) const;

  // Every request of the run, all replicas, in the order in which they were given.
  const std::vector<serving::RequestTimes>& requests() const;
  const ServerSetup& setup() const;
  int simulated_passes() const;
  // What the run depends on.
  std::vector<Parameter> parameters() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// "10 requests a second (Poisson), 1136 tokens in and 212 out".
std::string describe(const LoadSetup& load);

}  // namespace plimsoll
