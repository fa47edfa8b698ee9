// Every diagnostic code this room can give, in one place; doc/diagnostics.md explains each.
#pragma once

#include <span>
#include <string_view>

namespace plimsoll {

std::span<const std::string_view> config_diagnostic_codes();

}  // namespace plimsoll
