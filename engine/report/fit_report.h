// What a fit found and how well left-out points are predicted: tables as text, everything as JSON.
#pragma once

#include <string>

#include "fit/fit.h"
#include "report/layout.h"

namespace plimsoll {

std::string fit_text(const FitResult& result, const TextStyle& style);
std::string fit_json(const FitResult& result);

}  // namespace plimsoll
