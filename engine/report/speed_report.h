// The part of a validation that is about speeds, as text and as Markdown.
#pragma once

#include <string>
#include <vector>

#include "report/layout.h"
#include "report/validation_report.h"

namespace plimsoll {

void speed_sections(Page& page, const std::vector<SpeedPoint>& points, const ValidationView& view);
std::string speed_markdown(const std::vector<SpeedPoint>& points);

}  // namespace plimsoll
