// What was measured on one machine at one time, as a value and as a file (`kind: profile`;
// doc/calibration.md).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "calibrate/harness.h"
#include "calibrate/machine_identity.h"
#include "config/schema.h"

namespace plimsoll::calibrate {

struct Profile {
  std::string name;  // of the machine, for people
  MachineIdentity machine;
  std::string date;     // "2026-05-20"
  std::string program;  // what measured: "plimsoll 0.9.0", "fio-3.33", "iperf 3.12"
  std::string depth;    // "quick", "full"; empty: another program's
  std::vector<BackendResult> backends;
};

// A key of each, `kind` with the word "profile".
Schema profile_schema();

// Codes: those of config, wrong-kind-of-file, inconsistent. Nothing where there is an error.
std::optional<Profile> read_profile(const std::filesystem::path& file, Diagnostics& diagnostics);
std::optional<Profile> parse_profile(std::string_view text, const std::string& file,
                                     Diagnostics& diagnostics);

// Reads back to the same value.
std::string profile_yaml(const Profile& profile);

// Folder "profiles" of the user's configuration folder; empty where there is none.
std::filesystem::path profile_folder();

// Of links alone: measured at other times than the machine, it stands beside the machine's own.
bool is_of_links(const Profile& profile);

// Where a profile of that machine and day goes: profiles/SLUG-DATE.yaml, one of links
// SLUG-DATE-link.yaml.
std::filesystem::path profile_path(const std::filesystem::path& folder, const Profile& profile);

// The profiles in the folder of that machine, newest first. Files that cannot be read become
// warnings: an old profile must not stop a report.
struct FoundProfile {
  std::filesystem::path file;
  Profile profile;
};
std::vector<FoundProfile> find_profiles(const std::filesystem::path& folder,
                                        const MachineIdentity& machine, Diagnostics& diagnostics);

}  // namespace plimsoll::calibrate
