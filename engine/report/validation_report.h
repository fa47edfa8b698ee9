// Predictions held against published points: a table of groups and the worst points as text, every
// point as JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/layout.h"
#include "validate/validation.h"

namespace plimsoll {

std::string validation_text(std::string_view file, const std::vector<ValidationPoint>& points,
                            const TextStyle& style);
std::string validation_json(std::string_view file, const std::vector<ValidationPoint>& points);

}  // namespace plimsoll
