// Profiles laid over a catalogue: what becomes of the cost model's parameters, of intervals and of
// reports.

#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/estimate.h"
#include "calibrate/measured_rate.h"
#include "calibrate/profile_overlay.h"
#include "catalog/figure_spread.h"
#include "evaluate/evaluate.h"
#include "evaluate/prepared.h"
#include "fabric/roofs.h"
#include "report/report_json.h"
#include "report/report_markdown.h"
#include "report/report_text.h"
#include "scenario/small_world.h"

namespace plimsoll {
namespace {

using calibrate::BackendResult;
using calibrate::FamilyRate;
using calibrate::FoundProfile;
using calibrate::measured_rate;
using calibrate::ProfileOverlay;
using calibrate::WorkKind;
using Catch::Contains;

// The fit does not know card-a.
constexpr const char* fit_of_others = R"(kind: fit
name: made up
date: 2026-11-21
source: FIT
factors:
  "llama.cpp/cuda":
    "gap": {value: 3e-06, range: [2e-06, 4.5e-06]}
    "bandwidth:f16": {value: 0.85, range: [0.8, 0.9]}
devices:
  "card-b/gpu:memory": {value: 1.05, range: [1.0, 1.1]}
new_devices: {memory: 0.04, compute: 0.25}
one_machine: 0.8
spreads:
  - {metric: decode_tps, experts: false, sigma: 0.07}
  - {metric: prefill_tps, experts: false, sigma: 0.07}
widths:
  - {metric: decode_tps, load: single, experts: false, known_device: {factor: 1.1, share: 1}, new_device: {factor: 0.5, share: 0.5}}
  - {metric: prefill_tps, load: single, experts: false, known_device: {factor: 1.2, share: 1}, new_device: {factor: 1.4, share: 1}}
correlations:
  - {a: "llama.cpp/cuda:gap", b: "llama.cpp/cuda:bandwidth:f16", rho: 0.5}
)";

// card-a reads 990 GB/s, of which our f16 kernels reach 0.9.
FoundProfile profile_of_card() {
  BackendResult cuda{.id = "cuda", .device = "Card A", .entry = "card-a", .version = "12"};
  cuda.rates = {measured_rate("read", "", WorkKind::bytes, 990e9),
                measured_rate("matrix_vector", "f16", WorkKind::bytes, 0.9 * 990e9),
                measured_rate("host_copy", "", WorkKind::bytes, 20e9, "pinned to the device")};
  return {.file = "card.yaml",
          .profile = {.name = "m",
                      .machine = {.cpu = "CPU A", .cores = 8, .gpus = {"Card A"}},
                      .date = "2026-05-20",
                      .program = "plimsoll 1",
                      .depth = "quick",
                      .backends = {cuda}}};
}

std::shared_ptr<const EntryOverlay> overlay_of(FoundProfile profile) {
  return std::make_shared<const ProfileOverlay>(std::vector<FoundProfile>{std::move(profile)},
                                                true);
}

class FittedWorld : public SmallWorld {
 public:
  FittedWorld() {
    data.write("hwdb/fit.yaml", fit_of_others);
    // Wide enough for its weights to be most of its time.
    data.write(
        "models/wide.yaml",
        replaced(replaced(replaced(replaced(small_world::dense_model, "id: dense", "id: wide"),
                                   "name: Dense", "name: Wide"),
                          "hidden: 256", "hidden: 8192"),
                 "width: 512", "width: 16384"));
    data.write("hwdb/systems/box-b.yaml", small_world::box("box-b", "card-b", 1));
  }
};

Outcome outcome_for(Catalog& catalog, const std::string& system) {
  return evaluate(spec_of({{"model", "wide"}, {"quantization", "q16"}, {"system", system}}),
                  catalog, {.changes = false})
      .outcome;
}

double log_width(const Estimate& estimate) {
  return std::log(estimate.high / estimate.low);
}

// Parameters of a decoded token on a box with one card-a.
class Decoding {
 public:
  explicit Decoding(Catalog& catalog) {
    Diagnostics diagnostics;
    prepared_ = prepare(spec_of({{"model", "dense"}, {"quantization", "q16"}, {"system", "box-1"}}),
                        catalog, diagnostics);
    INFO(all_texts(diagnostics));
    REQUIRE(prepared_);
    model_ =
        std::make_unique<SpeedModel>(prepared_->lowering_request(), catalog.roofs(diagnostics));
    speed_ = model_->measure();
  }
  CostModel& cost() { return model_->cost(); }
  const Parameter* find(const std::string& key) {
    for (const Parameter& each : cost().parameters())
      if (each.key == key) return &each;
    return nullptr;
  }

 private:
  std::unique_ptr<Prepared> prepared_;
  std::unique_ptr<SpeedModel> model_;
  Speed speed_;
};

}  // namespace

TEST_CASE("a profile's figures arrive in the cost model, with their spreads", "[profile]") {
  FittedWorld world;
  world.catalog().lay_over(overlay_of(profile_of_card()));
  Decoding decoding(world.catalog());
  const Parameter* memory = decoding.find("device:card-a/gpu:memory");
  REQUIRE(memory);
  // What the entry says, and how far apart devices lie that the fit does not know; and what was
  // measured. Precisions add.
  const double entry = std::hypot(log_sigma_of_range(810, 1000), 0.04);
  const double weight = entry * entry / (entry * entry + 0.01 * 0.01);
  CHECK(memory->number == Approx(900e9 * std::pow(990.0 / 900.0, weight)));
  CHECK(memory->log_sigma == Approx(0.01 * std::sqrt(weight)));
  CHECK(memory->from.status == FigureStatus::measured);
  CHECK_THAT(memory->from.source, Contains("profile of 2026-05-20") && Contains("read"));
  REQUIRE(memory->from.moved);
  CHECK(memory->from.moved->before == Approx(900e9));
  CHECK(memory->from.moved->before_log_sigma == Approx(entry));

  // m T beside what the fit says, weighed by their precisions (doc/calibration.md).
  const Parameter* f16 = decoding.find("llama.cpp/cuda:bandwidth:f16@card-a");
  REQUIRE(f16);
  CHECK_FALSE(decoding.find("llama.cpp/cuda:bandwidth:f16"));
  const double s1 = std::hypot(0.01, log_sigma_of_range(0.75, 1.05));
  const double s0 = log_sigma_of_range(0.8, 0.9);
  const double p1 = 1.0 / (s1 * s1), p0 = 1.0 / (s0 * s0);
  const double mean =
      (p1 * std::log(0.9 * std::sqrt(0.75 * 1.05)) + p0 * std::log(0.85)) / (p1 + p0);
  CHECK(f16->number == Approx(std::exp(mean)));
  CHECK(f16->log_sigma == Approx(1.0 / std::sqrt(p1 + p0)));
  // Not measured.
  REQUIRE(decoding.find("llama.cpp/cuda:gap"));
  CHECK_FALSE(decoding.find("llama.cpp/cuda:gap")->from.moved);
}

TEST_CASE("a profile of a busy machine moves little and widens nothing", "[profile]") {
  FittedWorld world;
  const Outcome before = outcome_for(world.catalog(), "box-1");
  FoundProfile profile = profile_of_card();
  // Others took nine tenths: it may have been ten times as fast.
  for (FamilyRate& rate : profile.profile.backends[0].rates) {
    rate.fit.rate *= 0.3;
    rate.condition = {.busy_share = 0.9, .busy = true};
  }
  world.catalog().lay_over(overlay_of(profile));
  const Outcome after = outcome_for(world.catalog(), "box-1");
  CHECK(after.decode_tokens_per_second->value ==
        Approx(before.decode_tokens_per_second->value).epsilon(0.02));
  CHECK(log_width(*after.decode_tokens_per_second) <= log_width(*before.decode_tokens_per_second));
  CHECK_FALSE(Decoding(world.catalog()).cost().decode_width().at_most);
}

TEST_CASE("of correlations so much is left as of the spread of what was measured", "[profile]") {
  FittedWorld world;
  Decoding before(world.catalog());
  REQUIRE(before.cost().correlations().size() == 1);
  CHECK(before.cost().correlations().front().rho == 0.5);
  world.catalog().lay_over(overlay_of(profile_of_card()));
  Decoding after(world.catalog());
  const Parameter* f16 = after.find("llama.cpp/cuda:bandwidth:f16@card-a");
  REQUIRE(f16);
  const double left = f16->log_sigma / log_sigma_of_range(0.8, 0.9);
  REQUIRE(after.cost().correlations().size() == 1);
  CHECK(after.cost().correlations().front().rho == Approx(0.5 * left));
}

TEST_CASE("a profiled device is a known one where it was measured", "[profile]") {
  FittedWorld world;
  Decoding before(world.catalog());
  CHECK(before.cost().decode_width().of(0.1) == Approx(0.5 * std::sqrt(0.1)));
  // The host, which was not measured, looks up the embedding and does nothing else.
  world.catalog().lay_over(overlay_of(profile_of_card()));
  Decoding after(world.catalog());
  CHECK(after.cost().decode_width().of(0.1) == Approx(1.1 * 0.1));
  // Never wider than that of a new one.
  CHECK(after.cost().decode_width().of(0.3) == Approx(0.5 * std::sqrt(0.3)));
  CHECK(after.cost().prefill_width().of(0.1) == Approx(1.4 * 0.1));  // no product was measured
}

TEST_CASE("of the spread a measured machine keeps what lies between its own points", "[profile]") {
  FittedWorld world;
  Decoding before(world.catalog());
  CHECK(before.cost().decode_spread() == Approx(0.07));
  world.catalog().lay_over(overlay_of(profile_of_card()));
  Decoding after(world.catalog());
  CHECK(after.cost().decode_spread() == Approx(0.8 * 0.07));
  CHECK(after.cost().prefill_spread() == Approx(0.07));  // no product was measured
}

// The memory roof of cpu-a under that name, of which a profile read 90 GB/s.
double profiled_memory(Catalog& catalog, const std::string& id, const std::string& name) {
  FoundProfile profile = profile_of_card();
  profile.profile.backends[0].id = "cpu";
  profile.profile.backends[0].entry = id;
  profile.profile.backends[0].rates = {measured_rate("read", "", WorkKind::bytes, 90e9)};
  Diagnostics diagnostics;
  DeviceSpec device = *catalog.device("cpu-a", {}, diagnostics);
  device.id = id;
  device.name = name;
  ProfileOverlay({profile}, true).lay_over(device);
  return memory_roof(device, device.units[0], 1, catalog.roofs(diagnostics), diagnostics)
      .value.base();
}

TEST_CASE("what detection timed counts no more beside a profile of that machine", "[profile]") {
  FittedWorld world;
  CHECK(profiled_memory(world.catalog(), "here-cpu", "CPU A as detected") == Approx(90e9));
  // Somebody's 60 GB/s, of medium confidence, and the distance between devices.
  const double entry = std::hypot(0.04, 0.04);
  const double weight = entry * entry / (entry * entry + 0.01 * 0.01);
  CHECK(profiled_memory(world.catalog(), "cpu-a", "CPU A") ==
        Approx(60e9 * std::pow(90.0 / 60.0, weight)));
}

TEST_CASE("intervals narrow on that device, and all others stay as they are", "[profile]") {
  FittedWorld world;
  const Outcome before = outcome_for(world.catalog(), "box-1");
  const std::string others = report_json(outcome_for(world.catalog(), "box-b"));
  CHECK(before.profiles.empty());
  world.catalog().lay_over(overlay_of(profile_of_card()));
  const Outcome after = outcome_for(world.catalog(), "box-1");
  CHECK(log_width(*after.decode_tokens_per_second) <
        0.9 * log_width(*before.decode_tokens_per_second));
  CHECK(after.decode_tokens_per_second->value > before.decode_tokens_per_second->value);
  CHECK(report_json(outcome_for(world.catalog(), "box-b")) == others);
  // No profile at all puts everything back.
  world.catalog().lay_over(
      std::make_shared<const ProfileOverlay>(std::vector<FoundProfile>{}, true));
  CHECK(report_json(outcome_for(world.catalog(), "box-1")) == report_json(before));
}

TEST_CASE("a profile may be laid over again, and a later one comes before it", "[profile]") {
  FittedWorld world;
  const auto overlay = overlay_of(profile_of_card());
  world.catalog().lay_over(overlay);
  const std::string once = report_json(outcome_for(world.catalog(), "box-1"));
  world.catalog().lay_over(overlay);
  CHECK(report_json(outcome_for(world.catalog(), "box-1")) == once);

  FoundProfile later = profile_of_card();
  later.file = "later.yaml";
  later.profile.backends[0].rates[0].fit.rate = 950e9;
  world.catalog().lay_over(std::make_shared<const ProfileOverlay>(
      std::vector<FoundProfile>{profile_of_card(), later}, true));
  CHECK(Decoding(world.catalog()).find("device:card-a/gpu:memory")->number ==
        Approx(950e9).epsilon(0.002));
  CHECK(overlay->text() != overlay_of(later)->text());
}

TEST_CASE("the link to the host is that of the card that was measured", "[profile]") {
  FittedWorld world;
  world.catalog().lay_over(overlay_of(profile_of_card()));
  Diagnostics diagnostics;
  const auto to_host = [&](const std::string& system) {
    const Scenario scenario =
        resolved(spec_of({{"model", "dense"}, {"quantization", "q16"}, {"system", system}}),
                 world.catalog());
    const Fabric fabric = build_fabric(scenario.cluster, false, world.catalog(), diagnostics);
    return fabric.links().front().capacity;
  };
  // The entry's 25 GB/s have the spread of a figure of medium confidence, 4 %.
  CHECK(to_host("box-1").value.base() ==
        Approx(25e9 * std::pow(0.8, 0.04 * 0.04 / (0.04 * 0.04 + 0.01 * 0.01))));
  CHECK(to_host("box-1").from.moved->before == Approx(25e9));
  CHECK(to_host("box-b").value.base() == Approx(25e9));
}

TEST_CASE("a link between machines moves wherever it is used, and back", "[profile]") {
  FoundProfile profile = profile_of_card();
  BackendResult& link = profile.profile.backends[0];
  link = {.id = "link", .device = "eth0 to b", .entry = "ether-a", .version = ""};
  link.rates = {measured_rate("link_bandwidth", "", WorkKind::bytes, 0.8e9, "TCP, 1 stream")};
  FittedWorld world;
  Diagnostics diagnostics;
  const LinkSpec* ether = world.catalog().link("ether-a", {}, diagnostics);
  REQUIRE(ether);
  const double before = ether->reached.value.base();
  const double sigma = log_sigma_of(ether->reached);
  world.catalog().lay_over(overlay_of(profile));
  REQUIRE(ether->reached.from.moved);
  CHECK(ether->reached.value.base() < before);
  CHECK(ether->reached.value.base() > 0.8e9);
  CHECK(log_sigma_of(ether->reached) < 0.01);
  world.catalog().lay_over(
      std::make_shared<const ProfileOverlay>(std::vector<FoundProfile>{}, true));
  CHECK(ether->reached.value.base() == before);
  CHECK(log_sigma_of(ether->reached) == Approx(sigma));
}

TEST_CASE("reports say which profile was used and what it moved", "[profile]") {
  FittedWorld world;
  world.catalog().lay_over(overlay_of(profile_of_card()));
  const Outcome outcome = outcome_for(world.catalog(), "box-1");
  const auto profiles = nlohmann::json::parse(report_json(outcome))["profiles"];
  REQUIRE(profiles.size() == 1);
  CHECK(profiles[0]["file"] == "card.yaml");
  CHECK(profiles[0]["date"] == "2026-05-20");
  CHECK(profiles[0]["machine"] == "CPU A, 8 cores, Card A");
  std::map<std::string, nlohmann::json> moved;
  for (const auto& each : profiles[0]["moved"]) moved[each["key"]] = each;
  const auto& memory = moved.at("device:card-a/gpu:memory");
  CHECK(memory["factor"].get<double>() == Approx(990.0 / 900.0).epsilon(0.002));
  CHECK_THAT(memory["value"].get<std::string>(), Contains(" GB/s"));
  CHECK(memory["log_sigma"].get<double>() == Approx(0.01).epsilon(0.01));
  CHECK(moved.contains("llama.cpp/cuda:bandwidth:f16@card-a"));

  const std::string said =
      "With the profile of 2026-05-20, measured on CPU A, 8 cores, Card A: card.yaml";
  for (const int width : {80, 140}) {
    const std::string text = report_text(outcome, {.width = width});
    CHECK_THAT(text, Contains(said) && Contains("Moved by the profile") && Contains("1.10x"));
  }
  CHECK_THAT(report_markdown(outcome), Contains(said) && Contains("1.10x"));
}

TEST_CASE("of two sockets each has half of what a profile measured", "[profile]") {
  FoundProfile profile = profile_of_card();
  profile.profile.machine.cores = 16;
  profile.profile.backends[0].id = "cpu";
  profile.profile.backends[0].entry = "cpu-a";
  profile.profile.backends[0].rates = {measured_rate("read", "", WorkKind::bytes, 100e9)};
  FittedWorld world;
  Diagnostics diagnostics;
  world.catalog().lay_over(overlay_of(profile));
  const DeviceSpec* cpu = world.catalog().device("cpu-a", {}, diagnostics);
  REQUIRE(cpu);
  CHECK(find_unit(*cpu, UnitKind::cpu)->profiled->memory->value.base() == Approx(50e9));
}

TEST_CASE("which devices a part of a profile was measured on", "[profile]") {
  calibrate::Profile profile = profile_of_card().profile;
  BackendResult part = profile.backends[0];
  DeviceSpec device{.id = "card-a", .name = "Card A"};
  ComputeUnitSpec gpu{.kind = UnitKind::gpu};
  CHECK(measured_on(profile, part, device, gpu));
  CHECK_FALSE(measured_on(profile, part, device, {.kind = UnitKind::cpu}));
  device.id = "card-b";
  CHECK_FALSE(measured_on(profile, part, device, gpu));
  part.entry.clear();  // then by any of its names
  CHECK(measured_on(profile, part, device, gpu));

  // A CPU that no entry describes has the same id on every machine: name and cores tell.
  part = {.id = "cpu", .device = "CPU(R) A @ 2 GHz", .entry = "here-cpu", .version = ""};
  DeviceSpec own{.id = "here-cpu", .name = "CPU A as detected"};
  ComputeUnitSpec cpu{.kind = UnitKind::cpu, .cores = 8};
  CHECK(measured_on(profile, part, own, cpu));
  cpu.cores = 6;
  CHECK_FALSE(measured_on(profile, part, own, cpu));
  own.name = "CPU B as detected";
  cpu.cores = 8;
  CHECK_FALSE(measured_on(profile, part, own, cpu));
}

TEST_CASE("a given profile that moves nothing is warned of, with the nearest name", "[profile]") {
  FittedWorld world;
  FoundProfile profile = profile_of_card();
  profile.profile.backends[0].entry = "card-aa";
  const ProfileOverlay given({profile}, true);
  Diagnostics diagnostics;
  warn_of_unused(given, {}, world.catalog(), diagnostics);
  REQUIRE(diagnostics.sorted().size() == 1);
  const Diagnostic warning = diagnostics.sorted().front();
  CHECK(warning.severity == Severity::warning);
  CHECK(warning.code == "profile-unused");
  CHECK(warning.place.file == "card.yaml");
  CHECK(warning.suggestion == "card-a");
  Diagnostics none;
  warn_of_unused(given, {"card.yaml"}, world.catalog(), none);
  warn_of_unused(ProfileOverlay({profile}, false), {}, world.catalog(), none);
  CHECK(none.empty());
}

}  // namespace plimsoll
