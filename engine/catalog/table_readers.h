// The three files of hwdb that hold many small entries each: formats.yaml, roofs.yaml and
// sources.yaml.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "catalog/quantization_spec.h"
#include "catalog/reference.h"
#include "catalog/roof_spec.h"

namespace plimsoll {

// Each adds what the file says to the table; an entry that is already there is replaced (overlay
// folders).
void read_formats(const std::filesystem::path& file, std::map<std::string, FormatSpec>& formats,
                  References& references, Diagnostics& diagnostics);
void read_roofs(const std::filesystem::path& file, RoofTable& roofs, References& references,
                Diagnostics& diagnostics);
void read_sources(const std::filesystem::path& file, std::map<std::string, std::string>& sources,
                  Diagnostics& diagnostics);

}  // namespace plimsoll
