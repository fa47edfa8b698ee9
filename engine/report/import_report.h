// What `plimsoll import` prints of a model, as text and as JSON (doc/import.md).
#pragma once

#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "import/import.h"
#include "report/layout.h"

namespace plimsoll {

// `problems`: the warnings of the import.
std::string import_text(const ImportedModel& imported, const std::vector<Diagnostic>& problems,
                        const TextStyle& style);
std::string import_json(const ImportedModel& imported, const std::vector<Diagnostic>& problems);

}  // namespace plimsoll
