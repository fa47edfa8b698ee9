// What every face of the program starts with: the data it reads, and what a question may name that
// is in no file of the data: the machine it runs on, models that are files.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "catalog/catalog.h"
#include "detect/detect.h"
#include "scenario/scenario.h"

namespace plimsoll {

// The executable of this process; empty where the system does not tell.
std::filesystem::path own_executable();

// The shipped data, over them the user's own folder and over that the `overlays`, a later one over
// an earlier one. Throws InputError (codes no-database, unreadable).
std::vector<DataFolders> session_folders(const std::filesystem::path& executable,
                                         const std::vector<std::filesystem::path>& overlays);

// The system that stands for the machine we run on.
inline constexpr const char* this_machine = "here";

// Its entries, with those of its devices that the catalogue does not know. Throws InputError (code
// not-detected) where too little of it can be seen.
std::vector<GivenEntry> machine_entries(const DetectedMachine& machine);
[[noreturn]] void refuse_unseen(const DetectedMachine& machine);

// The words of a question that may stand for something outside the catalogue, "2x here" too.
struct NamedThings {
  std::vector<std::string> models;
  std::vector<std::string> systems;
};
NamedThings named_in(const ScenarioSpec& spec);

// Profiles that the user names, in DataFolders::overlay; later ones come before earlier ones. An
// empty list is one, too: no profile is looked for then. Throws InputError with every problem of
// every file.
std::shared_ptr<const EntryOverlay> given_profiles(const std::vector<std::filesystem::path>& files);
// The newest of that machine in the user's folder; where there is none, an empty list as above.
// Unreadable ones are warnings.
std::shared_ptr<const EntryOverlay> newest_profile(const MachineFacts& machine,
                                                   Diagnostics& diagnostics);
// "FILE of 2026-05-20": what was found of this machine; empty where nothing was.
std::string found_profile(const Catalog& catalog);
// Dates of those that move the memory of a device of the system, by file.
std::map<std::string, std::string> profiles_on(const SystemSpec& system, Catalog& catalog);
// Warns of those that moved nothing; `used`: files of those that did.
void warn_of_unused_profiles(Catalog& catalog, const std::set<std::string>& used,
                             Diagnostics& diagnostics);

bool names_this_machine(const NamedThings& named);

// Lays what is named and in no file of the data over the catalogue; with this machine its newest
// profile, unless profiles were given. Warnings go to `diagnostics`; throws InputError for what
// cannot be read.
void lay_over_named(const NamedThings& named, Catalog& catalog, Diagnostics& diagnostics);

}  // namespace plimsoll
