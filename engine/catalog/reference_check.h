// Whether what a file refers to is there.
#pragma once

#include <map>
#include <string>

#include "base/diagnostic.h"
#include "catalog/catalog.h"
#include "catalog/reference.h"

namespace plimsoll {

// Complains at the reference. Resolving an entry also reads it: its own problems are added too.
void check_reference(Catalog& catalog, const RoofTable& roofs,
                     const std::map<std::string, std::string>& sources, const Reference& reference,
                     Diagnostics& diagnostics);

}  // namespace plimsoll
