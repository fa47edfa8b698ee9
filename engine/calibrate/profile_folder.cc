#include <algorithm>
#include <system_error>

#include "calibrate/profile.h"
#include "catalog/catalog.h"
#include "config/header_scan.h"

namespace plimsoll::calibrate {

namespace fs = std::filesystem;

fs::path profile_folder() {
  const fs::path own = user_folder();
  return own.empty() ? own : own / "profiles";
}

bool is_of_links(const Profile& profile) {
  return !profile.backends.empty() &&
         std::all_of(profile.backends.begin(), profile.backends.end(),
                     [](const BackendResult& part) { return part.id == "link"; });
}

fs::path profile_path(const fs::path& folder, const Profile& profile) {
  const char* ending = is_of_links(profile) ? "-link.yaml" : ".yaml";
  return folder / (identity_slug(profile.machine) + "-" + profile.date + ending);
}

std::vector<FoundProfile> find_profiles(const fs::path& folder, const MachineIdentity& machine,
                                        Diagnostics& diagnostics) {
  std::vector<FoundProfile> found;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    const fs::path& file = at->path();
    if (file.extension() != ".yaml" || scan_header(file).kind != "profile") continue;
    Diagnostics own;
    auto profile = read_profile(file, own);
    if (!profile)
      diagnostics.warning("unreadable", {.file = file.string()},
                          "a profile that cannot be read is passed over",
                          "what 'plimsoll calibrate show' says of it");
    else if (same_machine(profile->machine, machine))
      found.push_back({.file = file, .profile = std::move(*profile)});
  }
  std::sort(found.begin(), found.end(), [](const FoundProfile& a, const FoundProfile& b) {
    return std::tie(b.profile.date, b.file) < std::tie(a.profile.date, a.file);
  });
  return found;
}

}  // namespace plimsoll::calibrate
