// A profile held against what the vendor says of the device and against earlier profiles.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "calibrate/profile.h"
#include "catalog/catalog.h"

namespace plimsoll::calibrate {

// What a device can do at most: by its datasheet, and by the best kernel of a profile.
struct Roofs {
  std::optional<double> bandwidth{};  // B/s
  std::optional<double> compute{};    // FLOP/s, 16-bit products with 32-bit sums
};

struct ComparedRate {
  const FamilyRate* rate = nullptr;
  // Share of the datasheet's peak; nothing where the catalogue has no such figure. A rate above 1
  // is a cache's, or a mistake.
  std::optional<double> of_datasheet{};
  // Share of what the best reading or copying kernel of the same device reached.
  std::optional<double> of_measured{};
  // Rate over that of each earlier profile; nothing where that has none.
  std::vector<std::optional<double>> over_earlier{};
  // Some earlier rate lies more than two standard errors of both away.
  bool changed = false;
};

struct ComparedBackend {
  const BackendResult* backend = nullptr;
  std::string device_name{};  // of the catalogue; empty: none is known
  Roofs datasheet{};
  Roofs measured{};
  std::vector<ComparedRate> rates{};
};

// Points into the profile, which must outlive it.
std::vector<ComparedBackend> compare_profile(const Profile& profile,
                                             std::span<const Profile> earlier, Catalog& catalog);

// What kernels of memory and of products reached.
Roofs measured_roofs(const BackendResult& backend);

}  // namespace plimsoll::calibrate
