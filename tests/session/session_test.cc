#include "session/session.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

#include "calibrate/profile_overlay.h"
#include "support/catch.h"

using namespace plimsoll;

TEST_CASE("a scenario names its model, its system and the systems of its nodes", "[session]") {
  ScenarioSpec spec = scenario_from_options({{"model", "gemma-2b"}, {"system", "here"}}, {});
  ClusterSpec cluster;
  cluster.nodes = {{.id = "a", .system = "2x here"}, {.id = "b", .system = "rtx-4090-pc"}};
  spec.own_cluster = std::make_shared<const ClusterSpec>(cluster);
  const NamedThings named = named_in(spec);
  CHECK(named.models == std::vector<std::string>{"gemma-2b"});
  CHECK(named.systems == std::vector<std::string>{"here", "2x here", "rtx-4090-pc"});
}

TEST_CASE("this machine is laid over where it is named, with a count or without", "[session]") {
  for (const char* name : {"here", "2x here"}) {
    CAPTURE(name);
    Catalog catalog({find_data_folders({})});
    Diagnostics diagnostics;
    lay_over_named({.systems = {name}}, catalog, diagnostics);
    CHECK(catalog.system(this_machine, {}, diagnostics) != nullptr);
    CHECK_FALSE(diagnostics.has_errors());
  }
}

TEST_CASE("names of the catalogue lay nothing over", "[session]") {
  Catalog catalog({find_data_folders({})});
  Diagnostics diagnostics;
  lay_over_named({.models = {"gemma-2b"}, .systems = {"rtx-4090-pc"}}, catalog, diagnostics);
  CHECK(catalog.given().empty());
}

TEST_CASE("a machine of which too little is seen is refused with what is unseen", "[session]") {
  DetectedMachine machine;
  machine.facts.unseen = {"the memory", "the processor"};
  try {
    machine_entries(machine);
    FAIL("not refused");
  } catch (const InputError& refused) {
    const Diagnostic diagnostic = refused.diagnostics().sorted().front();
    CHECK(diagnostic.code == "not-detected");
    CHECK(diagnostic.message.find("the memory; the processor") != std::string::npos);
  }
}

TEST_CASE("an overlay that is no folder is refused by name", "[session]") {
  CHECK_THROWS_WITH(session_folders({}, {"/no/such/folder"}),
                    Catch::Contains("/no/such/folder") && Catch::Contains("unreadable"));
}

namespace {

// A configuration folder of its own, with profiles of machines whose CPU has that name.
class ProfileFolder {
 public:
  ProfileFolder() {
    if (const char* now = std::getenv("XDG_CONFIG_HOME")) before_ = now;
    ::setenv("XDG_CONFIG_HOME", root_.c_str(), 1);
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(calibrate::profile_folder());
  }
  ~ProfileFolder() {
    std::filesystem::remove_all(root_);
    if (before_.empty())
      ::unsetenv("XDG_CONFIG_HOME");
    else
      ::setenv("XDG_CONFIG_HOME", before_.c_str(), 1);
  }
  ProfileFolder(const ProfileFolder&) = delete;
  ProfileFolder& operator=(const ProfileFolder&) = delete;

  void write(const std::string& cpu, const std::string& date, const std::string& backend) const {
    calibrate::Profile profile{.name = cpu, .machine = machine(cpu), .date = date, .program = "p"};
    profile.backends = {{.id = backend, .device = cpu, .version = "1"}};
    std::ofstream(calibrate::profile_path(calibrate::profile_folder(), profile))
        << calibrate::profile_yaml(profile);
  }
  static calibrate::MachineIdentity machine(const std::string& cpu) {
    return {.cpu = cpu, .cores = 8, .threads = 8, .memory = Bytes(64e9)};
  }

 private:
  std::filesystem::path root_ =
      std::filesystem::temp_directory_path() / ("plimsoll-session-" + std::to_string(::getpid()));
  std::string before_;
};

}  // namespace

TEST_CASE("this machine gets its own newest profile, and the newest of its links beside it",
          "[session]") {
  const ProfileFolder folder;
  folder.write("Chip A", "2026-05-20", "cpu");
  folder.write("Chip A", "2026-06-20", "cpu");
  folder.write("Chip A", "2026-04-20", "link");
  folder.write("Chip B", "2026-07-20", "cpu");
  MachineFacts facts;
  facts.cpu.name = "Chip A";
  facts.cpu.cores = 8;
  facts.cpu.threads = 8;
  facts.memory.visible = Bytes(64e9);
  Diagnostics diagnostics;
  const auto overlay = std::dynamic_pointer_cast<const calibrate::ProfileOverlay>(
      newest_profile(facts, diagnostics));
  INFO(diagnostics.sorted().size());
  REQUIRE(overlay);
  CHECK_FALSE(overlay->given());
  REQUIRE(overlay->profiles().size() == 2);
  CHECK(overlay->profiles()[0].profile.date == "2026-06-20");
  CHECK(overlay->profiles()[1].profile.date == "2026-04-20");
  CHECK(calibrate::is_of_links(overlay->profiles()[1].profile));
}
