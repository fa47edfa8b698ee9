// calibrate: what this machine really delivers, as a profile; what a profile says; profiles from
// other programs' results.

#include <cstdio>
#include <iterator>
#include <optional>
#include <system_error>

#include "calibrate/backends.h"
#include "calibrate/calibration.h"
#include "calibrate/import_results.h"
#include "calibrate/roofline.h"
#include "commands/calibrate_link.h"
#include "commands/calibrate_report.h"
#include "commands/calibrate_steps.h"
#include "commands/commands.h"
#include "commands/common.h"
#include "interrupt.h"
#include "output.h"
#include "progress.h"
#include "terminal.h"

namespace plimsoll::cli {
namespace {

namespace fs = std::filesystem;
using calibrate::Profile;

[[noreturn]] void refuse_calibration(const std::string& code, const std::string& message,
                                     const std::string& expected) {
  Diagnostics diagnostics;
  diagnostics.error(code, {.file = "command line"}, message, expected);
  throw InputError(diagnostics);
}

void show_profile(const CalibrateCommand& command, const Profile& profile,
                  const std::vector<Profile>& earlier, const std::vector<std::string>& absent,
                  Catalog& catalog) {
  const auto compared = calibrate::compare_profile(profile, earlier, catalog);
  if (!command.plot.empty()) {
    std::vector<calibrate::Roofline> rooflines;
    for (const auto& backend : compared) rooflines.push_back(calibrate::roofline_of(backend));
    write_result(command.plot, calibrate::roofline_svg(rooflines));
  }
  const CalibrationView view{profile, earlier, compared, absent};
  write_result({}, command.output.format == Format::json
                       ? calibration_json(view)
                       : calibration_text(view, text_style(command.output)));
}

}  // namespace

// ----- calibrate

void stop_if(const InterruptFlag& interrupt) {
  if (interrupt.flag()) throw Interrupted(interrupt.signal(), "Stopped. No profile was written.");
}

Profile measure_machine(const CalibrateCommand& command, const DetectedMachine& machine,
                        const std::vector<std::unique_ptr<calibrate::Backend>>& backends,
                        const InterruptFlag& interrupt) {
  std::optional<Progress> progress;
  const calibrate::Backend* shown = nullptr;
  calibrate::CalibrationOptions options{.depth = command.depth,
                                        .only = command.only,
                                        .program = "plimsoll " PLIMSOLL_VERSION,
                                        .date = calibrate::today(),
                                        .stop = &interrupt.flag()};
  options.progress = [&](const calibrate::Backend& backend, const calibrate::HarnessProgress& at) {
    if (shown != &backend) progress.emplace("kernels of " + backend.id());
    shown = &backend;
    progress->show(at.done, at.total);
  };
  Profile profile = calibrate::calibrate_machine(backends, machine, options);
  progress.reset();
  stop_if(interrupt);
  return profile;
}

namespace {

void refuse_empty(const Profile& profile) {
  for (const auto& backend : profile.backends)
    if (!backend.points.empty()) return;
  refuse_calibration("bad-value", "no backend here has kernels of that family",
                     "a family that 'plimsoll calibrate' without --only lists");
}

fs::path file_for(const CalibrateCommand& command, const Profile& profile) {
  if (!command.profile.empty()) return command.profile;
  const fs::path folder = calibrate::profile_folder();
  if (folder.empty())
    refuse_calibration("missing-argument", "there is no configuration folder to write to",
                       "-o PROFILE.yaml");
  std::error_code told_when_written;
  fs::create_directories(folder, told_when_written);
  return calibrate::profile_path(folder, profile);
}

// In the user's folder, the newest first.
std::vector<Profile> own_profiles(const calibrate::MachineIdentity& machine) {
  Diagnostics diagnostics;
  std::vector<Profile> profiles;
  for (auto& found : calibrate::find_profiles(calibrate::profile_folder(), machine, diagnostics))
    profiles.push_back(std::move(found.profile));
  settle(diagnostics);
  return profiles;
}

}  // namespace

void keep_profile(const CalibrateCommand& command, const Profile& profile,
                  const std::vector<std::string>& absent, Catalog& catalog) {
  if (!command.only.empty()) refuse_empty(profile);
  const std::vector<Profile> earlier = own_profiles(profile.machine);
  const fs::path file = file_for(command, profile);
  write_result(file, calibrate::profile_yaml(profile));
  std::fprintf(stderr, "Written to %s\n", file.string().c_str());
  show_profile(command, profile, earlier, absent, catalog);
}

namespace {

void run_calibration(const CalibrateCommand& command) {
  Catalog catalog(data_folders(command.data));
  const DetectedMachine machine = detect({.id = this_machine}, {}, catalog);
  const InterruptFlag interrupt;
  const calibrate::OpenedBackends opened = calibrate::open_backends({.wanted = command.backends,
                                                                     .folder = command.folder,
                                                                     .depth = command.depth,
                                                                     .stop = &interrupt.flag()});
  stop_if(interrupt);
  if (!opened.refused.empty())
    refuse_calibration("unwritable", "--folder: " + opened.refused,
                       "a folder that a file to read fits into");
  if (opened.backends.empty()) {
    std::string why;
    for (const std::string& line : opened.absent) why += (why.empty() ? ": " : "; ") + line;
    refuse_calibration("not-detected", "nothing to measure" + why, "a backend that is here");
  }
  const Profile profile = measure_machine(command, machine, opened.backends, interrupt);
  keep_profile(command, profile, opened.absent, catalog);
}

// ----- show and from

std::vector<Profile> profiles_of_files(const CalibrateCommand& command) {
  Diagnostics diagnostics;
  std::vector<Profile> profiles;
  for (const fs::path& file : command.files)
    if (auto profile = calibrate::read_profile(file, diagnostics))
      profiles.push_back(std::move(*profile));
  settle(diagnostics);
  return profiles;
}

// Newest first.
std::vector<Profile> profiles_of_this_machine() {
  const MachineFacts facts = read_machine({});
  std::vector<Profile> profiles = own_profiles(calibrate::identity_of(facts));
  if (profiles.empty())
    refuse_calibration(
        "missing-argument",
        "there is no profile of this machine in " + calibrate::profile_folder().string(),
        "PROFILE.yaml, or 'plimsoll calibrate' before");
  return profiles;
}

void show_profiles(const CalibrateCommand& command) {
  std::vector<Profile> profiles =
      command.files.empty() ? profiles_of_this_machine() : profiles_of_files(command);
  Catalog catalog(data_folders(command.data));
  const std::vector<Profile> earlier(std::make_move_iterator(profiles.begin() + 1),
                                     std::make_move_iterator(profiles.end()));
  show_profile(command, profiles.front(), earlier, {}, catalog);
}

// To standard output as YAML, or into a file and shown.
void import_profiles(const CalibrateCommand& command) {
  Catalog catalog(data_folders(command.data));
  Diagnostics diagnostics;
  const auto profile =
      calibrate::import_results(command.files, calibrate::today(), catalog, diagnostics);
  settle(diagnostics);
  write_result(command.profile, calibrate::profile_yaml(*profile));
  if (!command.profile.empty()) show_profile(command, *profile, {}, {}, catalog);
}

}  // namespace

void execute(const CalibrateCommand& command) {
  switch (command.action) {
    case CalibrateCommand::Action::measure:
      return run_calibration(command);
    case CalibrateCommand::Action::show:
      return show_profiles(command);
    case CalibrateCommand::Action::import:
      return import_profiles(command);
    case CalibrateCommand::Action::listen:
      return listen_for_link(command);
    case CalibrateCommand::Action::connect:
      return measure_link(command);
  }
}

}  // namespace plimsoll::cli
