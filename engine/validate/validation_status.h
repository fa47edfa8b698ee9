// What became of a published point.
#pragma once

#include <string_view>

namespace plimsoll {

// suspect: predicted, but the point itself is in doubt. unresolved: names no entry goes by.
// unsupported: the point lacks what a prediction needs, or measures what nothing here predicts.
enum class ValidationStatus { ok, suspect, unresolved, unsupported };
std::string_view to_text(ValidationStatus status);

}  // namespace plimsoll
