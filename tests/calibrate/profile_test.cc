// Profiles as files: they read back, and mistakes in them are told with their places.

#include "calibrate/profile.h"

#include <filesystem>

#include "base/output_file.h"
#include "cli/run_program.h"
#include "fake_backend.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::calibrate;
using namespace plimsoll::calibrate::test;

namespace {

Profile some_profile() {
  FakeBackend backend;
  for (double bytes = 1e4; bytes < 1e8; bytes *= 3.7) {
    backend.all.push_back(fake_case("read", bytes));
    backend.all.push_back(fake_case("copy \"odd\"\n", bytes));
  }
  backend.all.push_back(fake_case("broken", 5.0));
  backend.all.back().by_flop = true;
  backend.all.push_back(fake_case("wrong", 7.0));
  backend.failing_family = "broken";
  backend.wrong_family = "wrong";
  backend.seen.busy_share = 0.3;
  Profile profile{.name = "Imaginary 1, 8 cores",
                  .machine = {.product = "A \"board\"",
                              .cpu = "Imaginary 1",
                              .cores = 8,
                              .threads = 16,
                              .memory = Bytes(34'359'738'368.0),
                              .gpus = {"NVIDIA Imaginary 2", "NVIDIA Imaginary 2"}},
                  .date = "2026-05-20",
                  .program = "plimsoll 1.2.3",
                  .depth = "quick",
                  .backends = {}};
  profile.backends.push_back(
      run_backend(backend, {.now = [&backend] { return backend.clock.seconds; }}));
  profile.backends.back().entry = "ryzen-9-7950x";
  return profile;
}

std::vector<Diagnostic> problems_of(const std::string& text) {
  Diagnostics diagnostics;
  CHECK_FALSE(parse_profile(text, "p.yaml", diagnostics));
  return diagnostics.sorted();
}

constexpr const char* smallest = R"(kind: profile
name: A machine
machine: {cpu: Imaginary 1, cores: 8}
date: 2026-05-20
program: by hand
backends:
  - backend: cpu
    rates:
      - {family: read, per: bytes, bandwidth: 100 GB/s, rate_error: 0.01, range: [1000, 1000000], residual: 0.01, points: 5, samples: 50, noise: 0.01}
)";

}  // namespace

TEST_CASE("a profile reads back to the same bytes", "[calibrate]") {
  const std::string text = profile_yaml(some_profile());
  Diagnostics diagnostics;
  const auto back = parse_profile(text, "p.yaml", diagnostics);
  for (const Diagnostic& each : diagnostics.sorted()) INFO(to_text(each));
  REQUIRE(diagnostics.empty());
  REQUIRE(back);
  CHECK(profile_yaml(*back) == text);
}

TEST_CASE("what is read back is what was measured", "[calibrate]") {
  const Profile written = some_profile();
  Diagnostics diagnostics;
  const auto back = parse_profile(profile_yaml(written), "p.yaml", diagnostics);
  REQUIRE(back);
  CHECK(same_machine(written.machine, back->machine));
  CHECK(back->machine.gpus == written.machine.gpus);
  const BackendResult& ours = written.backends.front();
  const BackendResult& theirs = back->backends.front();
  REQUIRE(theirs.rates.size() == ours.rates.size());
  for (std::size_t i = 0; i < ours.rates.size(); ++i) {
    CHECK(theirs.rates[i].family == ours.rates[i].family);
    CHECK(theirs.rates[i].fit == ours.rates[i].fit);
    CHECK(theirs.rates[i].condition == ours.rates[i].condition);
  }
  REQUIRE(theirs.points.size() == ours.points.size());
  for (std::size_t i = 0; i < ours.points.size(); ++i) {
    CHECK(theirs.points[i].status == ours.points[i].status);
    CHECK(theirs.points[i].times.median == ours.points[i].times.median);
    CHECK(theirs.points[i].kernel_case.shape == ours.points[i].kernel_case.shape);
    CHECK(theirs.points[i].why == ours.points[i].why);
  }
  CHECK(theirs.condition.busy);
  CHECK(theirs.entry == "ryzen-9-7950x");
}

TEST_CASE("a profile may be written by hand", "[calibrate]") {
  Diagnostics diagnostics;
  const auto profile = parse_profile(smallest, "p.yaml", diagnostics);
  REQUIRE(profile);
  const FamilyRate& rate = profile->backends.front().rates.front();
  CHECK(rate.fit.rate == 100e9);
  CHECK(rate.fit.rate_known);
  CHECK_FALSE(rate.fit.fixed_known);
}

TEST_CASE("every mistake of a profile has its place", "[calibrate]") {
  std::string text = smallest;
  text.replace(text.find("2026-05-20"), 10, "yesterday");
  text.replace(text.find("100 GB/s"), 8, "100 GHz");
  text.replace(text.find("[1000, 1000000]"), 15, "[1000000, 1000]");
  text.replace(text.find("points: 5"), 9, "pints: 5");
  const std::vector<Diagnostic> problems = problems_of(text);
  std::vector<std::string> codes;
  for (const Diagnostic& problem : problems) {
    codes.push_back(problem.code);
    CHECK(problem.place.file == "p.yaml");
    CHECK(problem.place.line == (problem.code == "bad-date" ? 4 : 9));
    CHECK(problem.place.column > 0);
  }
  std::sort(codes.begin(), codes.end());
  CHECK(codes ==
        std::vector<std::string>{"bad-date", "inconsistent", "missing-key", "unit", "unknown-key"});
}

TEST_CASE("a rate in the unit of something else is refused", "[calibrate]") {
  std::string text = smallest;
  text.replace(text.find("per: bytes"), 10, "per: flop");
  const auto problems = problems_of(text);
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].code == "missing-key");
  CHECK(problems[1].code == "unknown-key");
}

TEST_CASE("another kind of file is no profile", "[calibrate]") {
  CHECK(problems_of("kind: device\nid: x\n").front().code == "wrong-kind-of-file");
  CHECK(problems_of("[]").front().code == "wrong-kind");
  CHECK(problems_of("\x01\x02").front().code == "not-text");
}

TEST_CASE("the schema of a profile says its kind", "[calibrate]") {
  const Schema schema = profile_schema();
  const FieldSchema* kind = schema.find("kind");
  REQUIRE(kind);
  CHECK(kind->values == std::vector<std::string>{"profile"});
  CHECK(schema.find("backends")->required);
}

TEST_CASE("machines are the same where nothing that is told differs", "[calibrate]") {
  const MachineIdentity machine = some_profile().machine;
  MachineIdentity other = machine;
  other.memory = Bytes(machine.memory.base() * 0.97);  // a kernel that keeps more back
  other.product.clear();
  CHECK(same_machine(machine, other));
  other.cores = 6;
  CHECK_FALSE(same_machine(machine, other));
  other = machine;
  other.gpus.pop_back();
  CHECK_FALSE(same_machine(machine, other));
  other = machine;
  other.memory = machine.memory * 2.0;
  CHECK_FALSE(same_machine(machine, other));
  CHECK(identity_text(machine) == "Imaginary 1, 8 cores, 2x NVIDIA Imaginary 2");
  CHECK(identity_slug(machine) == "imaginary-1-8-cores-2x-nvidia-imaginary-2");
}

TEST_CASE("profiles are found by machine, the newest first; broken ones are warned of",
          "[calibrate]") {
  const plimsoll::test::TemporaryFolder folder;
  const std::filesystem::path here = folder.path(".");
  Profile profile = some_profile();
  write_file_atomically(profile_path(here, profile), profile_yaml(profile));
  profile.date = "2026-06-01";
  write_file_atomically(profile_path(here, profile), profile_yaml(profile));
  const MachineIdentity machine = profile.machine;
  profile.machine.cores = 4;
  write_file_atomically(profile_path(here, profile), profile_yaml(profile));
  write_file_atomically(here / "broken.yaml", "kind: profile\nname: x\n");
  write_file_atomically(here / "device.yaml", "kind: device\nid: x\n");
  Diagnostics diagnostics;
  const auto found = find_profiles(here, machine, diagnostics);
  REQUIRE(found.size() == 2);
  CHECK(found[0].profile.date == "2026-06-01");
  CHECK(found[1].profile.date == "2026-05-20");
  REQUIRE(diagnostics.sorted().size() == 1);
  CHECK(diagnostics.sorted()[0].severity == Severity::warning);
  CHECK(find_profiles(here / "missing", machine, diagnostics).empty());
}
