// Every diagnostic code this room can give beyond those of config, in one place; doc/diagnostics.md
// explains each.
#pragma once

#include <span>
#include <string_view>

namespace plimsoll {

std::span<const std::string_view> catalog_diagnostic_codes();

}  // namespace plimsoll
