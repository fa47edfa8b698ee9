// From names to entries, with every number checked and every default chosen.

#include <algorithm>

#include "base/names.h"
#include "base/quantity_text.h"
#include "scenario/scenario.h"

namespace plimsoll {

namespace {

// Defaults of a question nobody detailed: a short prompt and answer in a modest context, the shape
// llama-bench made common (pp512, tg128).
constexpr std::int64_t default_context = 4096;
constexpr std::int64_t default_prompt = 512;
constexpr std::int64_t default_generate = 128;
constexpr const char* default_engine = "llama.cpp";

// The largest boxes sold hold 16 accelerators (DGX-2); a slot expander may hold more.
constexpr int most_devices = 64;

bool loads(const EngineSpec& engine, const std::string& family) {
  return std::find(engine.weight_families.begin(), engine.weight_families.end(), family) !=
         engine.weight_families.end();
}

class Resolver {
 public:
  Resolver(const ScenarioSpec& spec, Catalog& catalog, Diagnostics& diagnostics)
      : spec_(spec), catalog_(catalog), diagnostics_(diagnostics) {}

  std::optional<Scenario> run() {
    scenario_.spec = spec_;
    model();
    system();
    engine();
    backend();
    quantization();
    workload();
    cache_format();
    placement();
    scenario_.importance_matrix = spec_.importance_matrix.value.value_or(true);
    if (failed_) return std::nullopt;
    return std::move(scenario_);
  }

 private:
  void refuse(std::string code, const SourcePlace& place, std::string message,
              std::string expected = {}, std::string suggestion = {}) {
    failed_ = true;
    diagnostics_.error(std::move(code), place, std::move(message), std::move(expected),
                       std::move(suggestion));
  }
  void chose(std::string field, std::string value, std::string why) {
    scenario_.defaults.push_back(
        {.field = std::move(field), .value = std::move(value), .why = std::move(why)});
  }

  void model() {
    if (!spec_.model.has()) {
      refuse("missing-key", spec_.model.place, "the scenario names no model",
             "model: ID, or --model ID");
      return;
    }
    const ModelSpec* found = catalog_.model(*spec_.model.value, spec_.model.place, diagnostics_);
    if (!found) {
      failed_ = true;
      return;
    }
    scenario_.model = *found;
    if (spec_.experts_per_token.has()) experts_per_token();
  }

  void experts_per_token() {
    auto& moe = scenario_.model.moe;
    const int wanted = *spec_.experts_per_token.value;
    if (!moe) {
      refuse("out-of-range", spec_.experts_per_token.place,
             scenario_.model.name + " has no routed experts",
             "no experts_per_token for a dense model");
    } else if (wanted > moe->experts) {
      refuse("out-of-range", spec_.experts_per_token.place,
             std::to_string(wanted) + " experts per token are more than the model has",
             "1 to " + std::to_string(moe->experts));
    } else {
      scenario_.fewer_experts_than_trained = wanted < moe->experts_per_token;
      moe->experts_per_token = wanted;
    }
  }

  void system() {
    if (!spec_.system.has()) {
      refuse("missing-key", spec_.system.place, "the scenario names no system",
             "system: ID, or --system ID");
      return;
    }
    scenario_.count = spec_.count.value.value_or(1);
    scenario_.system = find_system();
    if (!scenario_.system) failed_ = true;
    if (spec_.link.has()) {
      scenario_.link = catalog_.link(*spec_.link.value, spec_.link.place, diagnostics_);
      if (!scenario_.link) failed_ = true;
    }
    if (scenario_.count > 1)
      refuse("not-yet", spec_.count.place, "several machines as one cluster are not simulated yet",
             "one machine (its accelerators may be several)");
  }

  // By its name; "2x RTX 4090" may be a name of its own; failing that a device, which becomes a
  // bare machine.
  const SystemSpec* find_system() {
    const std::string& name = *spec_.system.value;
    Diagnostics complaints;
    if (scenario_.count > 1) {
      const std::string whole = std::to_string(scenario_.count) + "x " + name;
      if (const SystemSpec* found = catalog_.system(whole, spec_.system.place, complaints)) {
        scenario_.count = 1;
        return found;
      }
    }
    complaints = {};
    if (const SystemSpec* found = catalog_.system(name, spec_.system.place, complaints)) {
      diagnostics_.append(complaints);
      check_memory_of(*found);
      return found;
    }
    Diagnostics as_device;
    if (const DeviceSpec* device = catalog_.device(name, spec_.system.place, as_device))
      return bare(*device);
    // A device of that name whose file is broken is the more helpful complaint.
    const bool no_device = as_device.sorted().front().code == "unknown-device";
    diagnostics_.append(no_device ? complaints : as_device);
    return nullptr;
  }

  void check_memory_of(const SystemSpec& sold) {
    if (!spec_.memory.has() || *spec_.memory.value == sold.host.memory) return;
    diagnostics_.warning("inconsistent", spec_.memory.place,
                         sold.name + " comes with " + print_binary(sold.host.memory) +
                             "; the memory given is passed over",
                         "no memory, or a device as system");
  }

  // A machine that is nothing but so many of the device.
  const SystemSpec* bare(const DeviceSpec& device) {
    SystemSpec machine;
    machine.id = device.id;
    machine.name = device.name;
    machine.os = device.vendor == "apple" ? "macos" : "linux";
    machine.place = device.place;
    const Bytes largest =
        device.memory.sold_sizes.empty() ? Bytes() : device.memory.sold_sizes.back();
    machine.host.memory = spec_.memory.value.value_or(largest);
    if (device.form == DeviceForm::cpu) {
      machine.host.device = device.id;
      machine.host.sockets = scenario_.count;
    } else {
      const bool soc = device.form == DeviceForm::soc;
      machine.parts = {{.device = device.id, .count = soc ? 1 : scenario_.count}};
    }
    if (scenario_.count > most_devices)
      refuse("out-of-range", spec_.count.place,
             "no machine holds " + std::to_string(scenario_.count) + " of " + device.name,
             "1 to " + std::to_string(most_devices));
    if (device.form != DeviceForm::card && machine.host.memory == Bytes())
      refuse("missing-key", spec_.system.place,
             "the memory of a machine with " + device.name + " is not known",
             "system: {id: " + device.id + ", memory: …}");
    // Several cards or sockets share a machine; several chips with everything on them are machines.
    if (device.form != DeviceForm::soc) scenario_.count = 1;
    scenario_.bare_system = std::make_shared<const SystemSpec>(std::move(machine));
    return scenario_.bare_system.get();
  }

  // Counts of layers mean something under their own strategy only.
  void placement() {
    scenario_.placement = spec_.placement.value.value_or(PlacementStrategy::automatic);
    const auto belongs = [&](const Given<int>& count, const char* key, PlacementStrategy to) {
      if (!count.has() || scenario_.placement == to) return;
      refuse("inconsistent", count.place,
             std::string(key) + " says nothing under placement '" +
                 std::string(to_text(scenario_.placement)) + "'",
             "placement: {strategy: " + std::string(to_text(to)) + ", " + key + ": …}");
    };
    belongs(spec_.gpu_layers, "gpu_layers", PlacementStrategy::cpu_layers);
    belongs(spec_.cpu_expert_layers, "cpu_expert_layers", PlacementStrategy::cpu_experts);
  }

  // Whether some device of the system lists the backend.
  bool system_runs(const BackendSpec& backend) {
    const auto lists = [&](const std::string& device_id) {
      const DeviceSpec* device = catalog_.device(device_id, scenario_.system->place, diagnostics_);
      return device && find_unit(*device, backend.unit) &&
             std::find(device->backends.begin(), device->backends.end(), backend.id) !=
                 device->backends.end();
    };
    for (const SystemPart& part : scenario_.system->parts)
      if (lists(part.device)) return true;
    return !scenario_.system->host.device.empty() && lists(scenario_.system->host.device);
  }

  // The family the quantization asked for belongs to, when it was asked for.
  std::optional<std::string> wanted_family() {
    if (!spec_.quantization.has()) return std::nullopt;
    asked_quantization_ =
        catalog_.quantization(*spec_.quantization.value, spec_.quantization.place, diagnostics_);
    if (!asked_quantization_) {
      failed_ = true;
      return std::nullopt;
    }
    return asked_quantization_->family;
  }

  bool can_load(const EngineSpec& engine) const {
    if (!asked_quantization_) return true;
    if (loads(engine, asked_quantization_->family)) return true;
    return std::any_of(asked_quantization_->counterparts.begin(),
                       asked_quantization_->counterparts.end(),
                       [&](const auto& pair) { return loads(engine, pair.first); });
  }

  bool can_run(const EngineSpec& engine) {
    return std::any_of(engine.backends.begin(), engine.backends.end(),
                       [&](const BackendSpec& backend) {
                         return backend.unit == UnitKind::gpu && system_runs(backend);
                       });
  }

  void engine() {
    const std::optional<std::string> family = wanted_family();
    if (spec_.engine.has()) {
      scenario_.engine = catalog_.engine(*spec_.engine.value, spec_.engine.place, diagnostics_);
      if (!scenario_.engine) failed_ = true;
      return;
    }
    if (!scenario_.system) return;
    const EngineSpec* usual = catalog_.engine(default_engine, spec_.engine.place, diagnostics_);
    if (!usual) {
      failed_ = true;
      return;
    }
    scenario_.engine = usual;
    std::string why = "runs on most machines";
    if (!can_load(*usual)) {
      why = "loads " + *family + " checkpoints";
      for (const CatalogEntry& header : catalog_.headers(EntryKind::engine)) {
        const EngineSpec* other = catalog_.engine(header.id, spec_.engine.place, diagnostics_);
        if (!other || !can_load(*other) || !can_run(*other)) continue;
        scenario_.engine = other;
        break;
      }
    }
    chose("engine", scenario_.engine->id, why);
  }

  void backend() {
    if (!scenario_.engine || !scenario_.system) return;
    const EngineSpec& engine = *scenario_.engine;
    std::vector<std::string> known;
    for (const BackendSpec& backend : engine.backends) known.push_back(backend.id);
    std::string list;
    for (const std::string& id : known) list += (list.empty() ? "" : ", ") + id;
    if (spec_.backend.has()) {
      const std::string& wanted = *spec_.backend.value;
      scenario_.backend = named_backend(engine, wanted);
      if (!scenario_.backend) {
        refuse("unknown-backend", spec_.backend.place,
               engine.name + " has no backend '" + wanted + "'", list, nearest(wanted, known));
      } else if (!system_runs(*scenario_.backend)) {
        refuse("unsupported-backend", spec_.backend.place,
               "backend " + scenario_.backend->id + " does not run on " + scenario_.system->name,
               runnable(engine));
      }
      return;
    }
    for (const BackendSpec& backend : engine.backends) {
      if (!system_runs(backend)) continue;
      scenario_.backend = &backend;
      chose("engine.backend", backend.id, "the preferred one this machine runs");
      return;
    }
    refuse("unsupported-engine",
           spec_.engine.place.file.empty() ? spec_.system.place : spec_.engine.place,
           engine.name + " has no backend for " + scenario_.system->name,
           "an engine for this machine");
  }

  static const BackendSpec* named_backend(const EngineSpec& engine, const std::string& wanted) {
    for (const BackendSpec& backend : engine.backends) {
      const auto same = [&](const std::string& name) {
        return fold_name(name) == fold_name(wanted);
      };
      if (same(backend.id) || std::any_of(backend.names.begin(), backend.names.end(), same))
        return &backend;
    }
    return nullptr;
  }

  std::string runnable(const EngineSpec& engine) {
    std::string list;
    for (const BackendSpec& backend : engine.backends)
      if (system_runs(backend)) list += (list.empty() ? "" : ", ") + backend.id;
    return list.empty() ? "no backend of this engine runs there" : list;
  }

  static std::string nearest(const std::string& wanted, const std::vector<std::string>& known) {
    return nearest_name(wanted, known).value_or("");
  }

  void quantization() {
    if (!asked_quantization_ || !scenario_.engine) return;
    scenario_.quantization = asked_quantization_;
    if (loads(*scenario_.engine, asked_quantization_->family)) return;
    for (const auto& [family, id] : asked_quantization_->counterparts) {
      if (!loads(*scenario_.engine, family)) continue;
      scenario_.quantization = catalog_.quantization(id, spec_.quantization.place, diagnostics_);
      if (!scenario_.quantization) failed_ = true;
      return;
    }
    std::string families;
    for (const std::string& family : scenario_.engine->weight_families)
      families += (families.empty() ? "" : ", ") + family;
    refuse("unsupported-quantization", spec_.quantization.place,
           scenario_.engine->name + " does not load " + asked_quantization_->name + " (" +
               asked_quantization_->family + ")",
           "a quantization of the family " + families);
  }

  void workload() {
    Workload& w = scenario_.workload;
    w.prompt = spec_.prompt.value.value_or(default_prompt);
    w.depth = spec_.depth.value.value_or(0);
    w.generate = spec_.generate.value.value_or(default_generate);
    w.batch = spec_.batch.value.value_or(1);
    const std::int64_t needed = w.depth + w.prompt + w.generate;
    w.context = spec_.context.value.value_or(std::max(default_context, needed));
    if (!spec_.context.has())
      chose("workload.context", std::to_string(w.context), "room for prompt and answer");
    if (!spec_.prompt.has())
      chose("workload.prompt", std::to_string(w.prompt), "the usual benchmark length");
    if (!spec_.generate.has())
      chose("workload.generate", std::to_string(w.generate), "the usual benchmark length");
    if (needed > w.context) too_long(needed);
    const std::int64_t most = scenario_.model.max_context;
    if (most > 0 && w.context > most)
      diagnostics_.warning("beyond-context", spec_.context.place,
                           "context " + std::to_string(w.context) + " is longer than " +
                               scenario_.model.name + " was made for",
                           "at most " + std::to_string(most));
    const int limit = scenario_.engine ? scenario_.engine->max_batch : 0;
    if (limit > 0 && w.batch > limit)
      refuse("out-of-range", spec_.batch.place,
             scenario_.engine->name + " runs no batch of " + std::to_string(w.batch),
             "1 to " + std::to_string(limit));
  }

  void too_long(std::int64_t needed) {
    const SourcePlace& place = spec_.prompt.has() ? spec_.prompt.place : spec_.context.place;
    refuse("out-of-range", place,
           "depth, prompt and answer need " + std::to_string(needed) +
               " tokens, the context holds " + std::to_string(scenario_.workload.context),
           "a context of at least " + std::to_string(needed));
  }

  void cache_format() {
    if (!scenario_.engine) return;
    const std::vector<std::string>& known = scenario_.engine->kv_formats;
    std::string wanted = spec_.kv_format.value.value_or(known.front());
    const auto same = [&](const std::string& id) { return fold_name(id) == fold_name(wanted); };
    const auto found = std::find_if(known.begin(), known.end(), same);
    if (found == known.end()) {
      std::string list;
      for (const std::string& id : known) list += (list.empty() ? "" : ", ") + id;
      refuse("unknown-format", spec_.kv_format.place,
             scenario_.engine->name + " has no KV cache format '" + wanted + "'", list,
             nearest(wanted, known));
      return;
    }
    if (!spec_.kv_format.has()) chose("workload.kv_format", *found, "the engine's default");
    scenario_.kv_format = catalog_.format(*found, spec_.kv_format.place, diagnostics_);
    if (!scenario_.kv_format) failed_ = true;
  }

  const ScenarioSpec& spec_;
  Catalog& catalog_;
  Diagnostics& diagnostics_;
  Scenario scenario_;
  const QuantizationSpec* asked_quantization_ = nullptr;
  bool failed_ = false;
};

}  // namespace

const BackendSpec& backend_on(const Scenario& scenario, UnitKind kind) {
  if (scenario.backend->unit == kind) return *scenario.backend;
  const auto& backends = scenario.engine->backends;
  const auto found =
      std::find_if(backends.begin(), backends.end(),
                   [kind](const BackendSpec& backend) { return backend.unit == kind; });
  return found == backends.end() ? *scenario.backend : *found;
}

std::optional<Scenario> resolve(const ScenarioSpec& spec, Catalog& catalog,
                                Diagnostics& diagnostics) {
  return Resolver(spec, catalog, diagnostics).run();
}

}  // namespace plimsoll
