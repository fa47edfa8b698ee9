// What a fit found and how well left-out points are predicted: tables as text, everything as JSON.
#pragma once

#include <string>

#include "fit/fit.h"
#include "fit/serving_fit.h"
#include "report/layout.h"

namespace plimsoll {

std::string fit_text(const FitResult& result, const TextStyle& style);
std::string fit_json(const FitResult& result);

// The same of a fit to a server's log, with how well the requests that it did not see are
// predicted.
std::string serving_fit_text(const ServingFitResult& result, const TextStyle& style);
std::string serving_fit_json(const ServingFitResult& result);

}  // namespace plimsoll
