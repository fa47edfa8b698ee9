// Profiles from what people already have: results of llama-bench, vLLM's benchmarks,
// test-backend-ops perf, fio, iperf3 and nvbandwidth. The program is recognised by the content.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "calibrate/profile.h"
#include "catalog/catalog.h"

namespace plimsoll::calibrate {

// The files may be of several programs, but of one machine; what they tell of it is its identity,
// and the newest date is the profile's, `today` where they tell none. Codes: unreadable, too-large,
// not-text, syntax, too-deep, malformed, unsupported-file. Nothing after an error.
std::optional<Profile> import_results(const std::vector<std::filesystem::path>& files,
                                      const std::string& today, Catalog& catalog,
                                      Diagnostics& diagnostics);

// One of them.
std::optional<Profile> import_text(std::string_view text, const std::string& file,
                                   const std::string& today, Catalog& catalog,
                                   Diagnostics& diagnostics);

}  // namespace plimsoll::calibrate
