#include "config/codes.h"

#include <array>

namespace plimsoll {

std::span<const std::string_view> config_diagnostic_codes() {
  static constexpr std::array<std::string_view, 20> codes = {
      "unreadable", "too-large",   "not-text",       "empty",        "syntax",
      "too-deep",   "tag",         "alias",          "complex-key",  "duplicate-key",
      "wrong-kind", "missing-key", "many-documents", "unknown-key",  "number",
      "unit",       "bad-id",      "unknown-value",  "out-of-range", "bad-override"};
  return codes;
}

}  // namespace plimsoll
