// The fields of a requirement as they are typed. Without Qt.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "plan/plan.h"

namespace plimsoll::gui {

// A text by key of a requirement file; what is not there is not asked. "own" has one machine a
// line.
using RequirementForm = std::map<std::string, std::string>;

RequirementForm form_of(const Requirement& requirement);

struct CheckedForm {
  std::optional<Requirement> requirement;       // where nothing is wrong
  std::map<std::string, std::string> problems;  // by key: what is wrong and what would be right
};
// Read by the reader of requirement files, with its bounds and messages; numbers need no unit.
CheckedForm check(const RequirementForm& form);

// The key that a complaint about a requirement is about; empty where it is about none.
std::string key_of(const Diagnostic& problem);
// "…; expected …; did you mean '…'?", without its place.
std::string message_of(const Diagnostic& problem);

}  // namespace plimsoll::gui
