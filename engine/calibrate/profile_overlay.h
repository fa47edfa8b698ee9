// Profiles laid over the entries of a catalogue: devices get the roofs that were measured on them,
// backends of engines what their kernels then reach there (apply_profile.h, doc/calibration.md).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "calibrate/profile.h"
#include "catalog/catalog.h"

namespace plimsoll::calibrate {

class ProfileOverlay : public EntryOverlay {
 public:
  // A later profile comes before an earlier one; `given` by the user, not found. None at all leaves
  // every entry as it is.
  ProfileOverlay(std::vector<FoundProfile> profiles, bool given);

  // Where a part of a profile was measured on that device.
  void lay_over(DeviceSpec& device) const override;
  void lay_over(LinkSpec& link) const override;
  // The backends whose programming interface a part was measured by.
  void lay_over(EngineSpec& engine) const override;
  std::string text() const override;

  const std::vector<FoundProfile>& profiles() const { return profiles_; }
  bool given() const { return given_; }

 private:
  std::vector<FoundProfile> profiles_;
  bool given_;
};

// Whether that part of the profile was measured on such a device: by the entry; of a device that
// `plimsoll detect` wrote, by its name and cores; where the part names no entry, by any of its
// names.
bool measured_on(const Profile& profile, const BackendResult& part, const DeviceSpec& device,
                 const ComputeUnitSpec& unit);

// Warns (code profile-unused) of given profiles that moved nothing; `used`: files of those that
// did.
void warn_of_unused(const ProfileOverlay& overlay, const std::set<std::string>& used,
                    Catalog& catalog, Diagnostics& diagnostics);

}  // namespace plimsoll::calibrate
