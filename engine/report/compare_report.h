// Scenarios side by side, as text, JSON (doc/compare.md) and Markdown.
#pragma once

#include <string>

#include "evaluate/compare.h"
#include "report/layout.h"

namespace plimsoll {

// Rises like report_schema_version.
inline constexpr int compare_schema_version = 1;

std::string compare_text(const Comparison& comparison, const TextStyle& style);
std::string compare_json(const Comparison& comparison);
std::string compare_markdown(const Comparison& comparison);

}  // namespace plimsoll
