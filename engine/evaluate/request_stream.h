// The requests of a load: when they come and how long they are. The same scenario and seed give the
// same requests everywhere: inverse transforms of a generator of our own.
#pragma once

#include <vector>

#include "scenario/load_setup.h"
#include "serving/serving.h"

namespace plimsoll {

// In the order of their arrival; of a closed loop, which sends them in their order, all at zero.
std::vector<serving::Request> request_stream(const LoadSetup& load);

// When they come at the rate that the load now has: its lengths do not depend on it. Of other
// arrivals than at a rate nothing changes.
void draw_arrivals(const LoadSetup& load, std::vector<serving::Request>& requests);

// The median of the log-normal distribution with that mean and standard deviation of the logarithm,
// cut off at `most` (0: not at all): the mean is that of what is left. Of a mean that no median
// gives (above half of `most`, for wide ones) the nearest that can be had.
double median_of_cut_log_normal(double mean, double sigma, double most);

}  // namespace plimsoll
