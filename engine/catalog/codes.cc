#include "catalog/codes.h"

#include <array>

namespace plimsoll {

std::span<const std::string_view> catalog_diagnostic_codes() {
  static constexpr auto codes = std::to_array<std::string_view>({"missing-source",
                                                                 "missing-status",
                                                                 "missing-date",
                                                                 "bad-date",
                                                                 "bad-range",
                                                                 "inconsistent",
                                                                 "wrong-kind-of-file",
                                                                 "id-mismatch",
                                                                 "duplicate-name",
                                                                 "no-database",
                                                                 "unknown-device",
                                                                 "unknown-system",
                                                                 "unknown-storage",
                                                                 "unknown-link",
                                                                 "unknown-os",
                                                                 "unknown-engine",
                                                                 "unknown-quantization",
                                                                 "unknown-model",
                                                                 "unknown-format",
                                                                 "unknown-roof",
                                                                 "unknown-source",
                                                                 "unknown-cluster",
                                                                 "unknown-node",
                                                                 "duplicate-node",
                                                                 "no-machine",
                                                                 "self-link",
                                                                 "inside-host-link",
                                                                 "disconnected",
                                                                 "switch-loop",
                                                                 "too-few-ports"});
  return codes;
}

}  // namespace plimsoll
