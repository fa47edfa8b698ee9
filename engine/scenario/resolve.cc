// From names to entries, with every number checked and every default chosen.

#include <algorithm>
#include <cmath>
#include <span>

#include "base/contains.h"
#include "base/names.h"
#include "base/quantity_text.h"
#include "scenario/machines.h"
#include "scenario/named_backend.h"
#include "scenario/refusing.h"
#include "scenario/resolve_load.h"
#include "scenario/resolve_savings.h"
#include "scenario/resolve_streaming.h"
#include "scenario/scenario.h"

namespace plimsoll {

namespace {

// Defaults of a question nobody detailed: a short prompt and answer in a modest context, the shape
// llama-bench made common (pp512, tg128).
constexpr std::int64_t default_context = 4096;
constexpr std::int64_t default_prompt = 512;
constexpr std::int64_t default_generate = 128;
constexpr const char* default_engine = "llama.cpp";

bool loads(const EngineSpec& engine, const std::string& family) {
  return contains(engine.weight_families, family);
}

class Resolver : private Refusing {
 public:
  Resolver(const ScenarioSpec& spec, Catalog& catalog, Diagnostics& diagnostics)
      : Refusing(diagnostics), spec_(spec), catalog_(catalog) {}

  std::optional<Scenario> run() {
    scenario_.spec = spec_;
    model();
    machines();
    replicas();
    engine();
    backend();
    quantization();
    load();
    workload();
    monthly_demand();
    cache_format();
    placement();
    streaming();
    savings();
    scenario_.importance_matrix = spec_.importance_matrix.value.value_or(true);
    if (failed_) return std::nullopt;
    return std::move(scenario_);
  }

 private:
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

  void machines() {
    std::optional<ClusterLayout> found =
        find_machines(spec_, catalog_, scenario_.defaults, diagnostics_);
    if (!found) {
      failed_ = true;
      return;
    }
    scenario_.cluster = std::move(*found);
    const int there = static_cast<int>(scenario_.cluster.machines.size());
    const int wanted = spec_.nodes.value.value_or(there);
    if (wanted > there)
      refuse("out-of-range", spec_.nodes.place,
             std::to_string(wanted) + " machines are to work and there " +
                 (there == 1 ? "is one" : "are " + std::to_string(there)),
             "1 to " + std::to_string(there));
    else
      used_ = std::span(scenario_.cluster.machines).first(static_cast<std::size_t>(wanted));
  }

  void replicas() {
    const int count = spec_.replicas.value.value_or(1);
    const int spare = spec_.spare.value.value_or(0);
    if (spare >= count)
      refuse("out-of-range", spec_.spare.place,
             std::to_string(spare) + " of " + std::to_string(count) +
                 (count == 1 ? " replica" : " replicas") + " to spare leaves none to work",
             "at most " + std::to_string(count - 1));
    scenario_.replicas = count;
    scenario_.spare = spare;
    if (used_.empty()) return;
    const std::size_t parts = static_cast<std::size_t>(count);
    if (used_.size() % parts != 0) {
      refuse("out-of-range", spec_.replicas.place,
             std::to_string(used_.size()) +
                 (used_.size() == 1 ? " machine makes" : " machines make") + " no " +
                 std::to_string(count) + " equal replicas",
             "a divisor of " + std::to_string(used_.size()) + ", or other placement.nodes");
      return;
    }
    check_replicas_alike(used_.size() / parts);
  }

  // Every replica is worth the first one.
  void check_replicas_alike(std::size_t size) {
    for (std::size_t i = size; i < used_.size(); ++i) {
      const Machine& machine = used_[i];
      const Machine& model = used_[i % size];
      if (machine.system == model.system || machine.system->id == model.system->id) continue;
      refuse("inconsistent", spec_.replicas.place,
             "the replicas are not alike: " + described(machine) + " stands where the first has " +
                 described(model),
             "machines in the same order in every replica");
      return;
    }
  }

  // "node 2 (Mac Studio …)"; the system alone where there is one machine.
  std::string described(const Machine& machine) const {
    return scenario_.cluster.machines.size() == 1
               ? machine.system->name
               : machine.name + " (" + machine.system->name + ")";
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
    belongs(spec_.tensor, "tensor", PlacementStrategy::pipeline_parallel);
  }

  void streaming() {
    if (!scenario_.engine || used_.empty()) return;
    if (!resolve_streaming(scenario_, catalog_, diagnostics_)) failed_ = true;
  }

  void savings() {
    if (failed_ || !scenario_.engine) return;
    if (!resolve_savings(scenario_, catalog_, diagnostics_)) failed_ = true;
  }

  const OsSpec* os_of(const SystemSpec& system) {
    Diagnostics told_elsewhere;
    return catalog_.os(system.os, system.place, told_elsewhere);
  }

  // Whether the machine's system has the backend and some device of the machine lists it.
  bool runs_on(const SystemSpec& system, const BackendSpec& backend) {
    const OsSpec* os = os_of(system);
    if (os && !has_backend(*os, backend.id)) return false;
    const auto lists = [&](const std::string& device_id) {
      const DeviceSpec* device = catalog_.device(device_id, system.place, diagnostics_);
      return device && find_unit(*device, backend.unit) && contains(device->backends, backend.id);
    };
    for (const SystemPart& part : system.parts)
      if (lists(part.device)) return true;
    return !system.host.device.empty() && lists(system.host.device);
  }

  // The first machine that does not run it, or null.
  const Machine* refusing(const BackendSpec& backend) {
    const SystemSpec* asked = nullptr;
    for (const Machine& machine : used_) {
      if (machine.system != asked && !runs_on(*machine.system, backend)) return &machine;
      asked = machine.system;
    }
    return nullptr;
  }

  // The quantization asked for, or of the one checkpoint of the model that is at hand.
  std::optional<std::string> asked_quantization() {
    const std::string& at_hand = scenario_.model.default_quantization;
    if (spec_.quantization.has() || at_hand.empty()) return spec_.quantization.value;
    chose("quantization", at_hand, "that of the checkpoint at hand");
    return at_hand;
  }

  const SourcePlace& quantization_place() const {
    return spec_.quantization.has() ? spec_.quantization.place : scenario_.model.place;
  }

  // The family the quantization asked for belongs to, when it was asked for.
  std::optional<std::string> wanted_family() {
    const std::optional<std::string> asked = asked_quantization();
    if (!asked) return std::nullopt;
    asked_quantization_ = catalog_.quantization(*asked, quantization_place(), diagnostics_);
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

  // The first machine on whose operating system the engine does not run, or null.
  const Machine* foreign(const EngineSpec& engine) {
    for (const Machine& machine : used_) {
      const OsSpec* os = os_of(*machine.system);
      if (os && !runs_programs_for(*os, engine.os)) return &machine;
    }
    return nullptr;
  }

  bool can_run(const EngineSpec& engine) {
    if (foreign(engine)) return false;
    return std::any_of(engine.backends.begin(), engine.backends.end(),
                       [&](const BackendSpec& backend) {
                         return backend.unit == UnitKind::gpu && !refusing(backend);
                       });
  }

  // Whether the model is spread over several machines.
  bool spans_machines() const {
    const PlacementStrategy strategy = spec_.placement.value.value_or(PlacementStrategy::automatic);
    const bool on_first =
        strategy == PlacementStrategy::single || strategy == PlacementStrategy::cpu;
    return !on_first && static_cast<int>(used_.size()) > scenario_.replicas;
  }

  bool can_span(const EngineSpec& engine) const { return engine.remote || !spans_machines(); }

  const SourcePlace& machines_place() const {
    return spec_.system.has() ? spec_.system.place : spec_.cluster.place;
  }

  const SourcePlace& engine_place() const {
    return spec_.engine.place.file.empty() ? machines_place() : spec_.engine.place;
  }

  void check_span() {
    if (can_span(*scenario_.engine)) return;
    std::string able;
    for (const CatalogEntry& header : catalog_.headers(EntryKind::engine)) {
      Diagnostics ignored;
      const EngineSpec* other = catalog_.engine(header.id, engine_place(), ignored);
      if (other && !other->on_request && other->remote && can_load(*other) && can_run(*other))
        able += (able.empty() ? "" : ", ") + other->id;
    }
    refuse("one-machine-engine", engine_place(),
           scenario_.engine->name + " runs on one machine, not on " + std::to_string(used_.size()) +
               " together",
           able.empty() ? "one machine, or replicas of one machine each"
                        : able + "; or replicas of one machine each");
  }

  // Of "a/b" no engine "a" has a backend "b": then the whole is one name.
  const EngineSpec* named_engine() {
    const std::string& name = *spec_.engine.value;
    Diagnostics complaints;
    const EngineSpec* engine = catalog_.engine(name, spec_.engine.place, complaints);
    if (spec_.backend.has() && !(engine && named_backend(*engine, *spec_.backend.value))) {
      Diagnostics ignored;
      const EngineSpec* whole =
          catalog_.engine(name + "/" + *spec_.backend.value, spec_.engine.place, ignored);
      backend_is_name_ = whole != nullptr;
      if (whole) return whole;
    }
    diagnostics_.append(complaints);
    return engine;
  }

  void engine() {
    const std::optional<std::string> family = wanted_family();
    if (spec_.engine.has())
      scenario_.engine = named_engine();
    else if (!used_.empty())
      choose_engine(family);
    else
      return;
    if (!scenario_.engine) {
      failed_ = true;
      return;
    }
    started_as_asked();
    if (used_.empty()) return;
    check_os();
    check_span();
  }

  static void as_of(const Date& date, EngineSpec& engine) {
    for (BackendSpec& backend : engine.backends) {
      const EngineEra* era = era_of(engine, date, backend.id);
      if (!era) continue;
      in_era(*era, backend);
      for (auto& [part, profiled] : backend.profiled) {
        auto own = std::make_shared<BackendSpec>(*profiled);
        in_era(*era, *own);
        profiled = std::move(own);
      }
    }
    if (const EngineEra* era = era_of(engine, date))
      engine.flash_attention = era->flash_attention.value_or(engine.flash_attention);
  }

  static void in_era(const EngineEra& era, BackendSpec& backend) {
    const auto listed = [&backend](const std::vector<std::string>& ids) {
      return contains(ids, backend.id);
    };
    const auto fitted = backend.eras.find(era.kernels.id);
    backend.era = fitted == backend.eras.end() ? era.kernels : fitted->second;
    if (listed(era.without_graphs)) backend.captured_graph = false;
    if (listed(era.ungrouped)) backend.grouped_attention = false;
    if (listed(era.converting)) backend.converts_above = era.converts_above;
  }

  // The engine in the version and with the settings that the scenario gives it.
  void started_as_asked() {
    const std::optional<Date>& date = spec_.engine_date.value;
    if (!date && !spec_.flash_attention.has() && !spec_.prefill_chunk.has()) return;
    auto own = std::make_shared<EngineSpec>(*scenario_.engine);
    if (date) as_of(*date, *own);
    own->flash_attention = spec_.flash_attention.value.value_or(own->flash_attention);
    own->prefill_chunk = spec_.prefill_chunk.value.value_or(own->prefill_chunk);
    scenario_.own_engine = std::move(own);
    scenario_.engine = scenario_.own_engine.get();
  }

  // Refuses an engine that was not made for a machine's operating system, with those that were.
  void check_os() {
    const Machine* machine = foreign(*scenario_.engine);
    if (!machine) return;
    std::string able;
    for (const CatalogEntry& header : catalog_.headers(EntryKind::engine)) {
      Diagnostics ignored;
      const EngineSpec* other = catalog_.engine(header.id, engine_place(), ignored);
      const bool streams = other && other->streaming && other->streaming->always;
      if (other && !other->on_request && !streams && can_load(*other) && can_run(*other))
        able += (able.empty() ? "" : ", ") + other->id;
    }
    refuse("unsupported-os", engine_place(),
           scenario_.engine->name + " does not run on " + os_of(*machine->system)->name +
               ", the system of " + described(*machine),
           able.empty() ? "an engine for " + os_of(*machine->system)->name : able);
  }

  // The usual one where it serves; else the first that does; else one that at least loads the
  // checkpoint, for a complaint about what is missing then.
  void choose_engine(const std::optional<std::string>& family) {
    const EngineSpec* usual = catalog_.engine(default_engine, spec_.engine.place, diagnostics_);
    if (!usual) return;
    scenario_.engine = usual;
    std::string why = "runs on most machines";
    if (!can_load(*usual) || !can_span(*usual)) {
      why = can_load(*usual) ? "runs on several machines" : "loads " + *family + " checkpoints";
      for (const bool spanning : {true, false})
        if (const EngineSpec* other = engine_that_serves(spanning)) {
          scenario_.engine = other;
          break;
        }
    }
    chose("engine", scenario_.engine->id, why);
  }

  // One that runs its own kernels before one that borrows them.
  const EngineSpec* engine_that_serves(bool spanning) {
    const EngineSpec* borrower = nullptr;
    for (const CatalogEntry& header : catalog_.headers(EntryKind::engine)) {
      const EngineSpec* engine = catalog_.engine(header.id, spec_.engine.place, diagnostics_);
      if (!engine || engine->on_request || !can_load(*engine) || !can_run(*engine)) continue;
      if (spanning && !can_span(*engine)) continue;
      if (engine->kernels_of.empty()) return engine;
      if (!borrower) borrower = engine;
    }
    return borrower;
  }

  void backend() {
    if (!scenario_.engine || used_.empty() || foreign(*scenario_.engine)) return;
    if (spec_.backend.has() && !backend_is_name_)
      wanted_backend();
    else
      choose_backend();
  }

  void wanted_backend() {
    const EngineSpec& engine = *scenario_.engine;
    const std::string& wanted = *spec_.backend.value;
    std::vector<std::string> known;
    for (const BackendSpec& backend : engine.backends) known.push_back(backend.id);
    std::string list;
    for (const std::string& id : known) list += (list.empty() ? "" : ", ") + id;
    scenario_.backend = named_backend(engine, wanted);
    if (!scenario_.backend) {
      refuse("unknown-backend", spec_.backend.place,
             engine.name + " has no backend '" + wanted + "'", list, nearest(wanted, known));
    } else if (const Machine* machine = refusing(*scenario_.backend)) {
      refuse("unsupported-backend", spec_.backend.place,
             "backend " + scenario_.backend->id + " does not run on " + described(*machine),
             runnable(engine));
    }
  }

  // The preferred one of the first machine that all others run too: not the CPU of all because the
  // GPUs differ.
  void choose_backend() {
    const EngineSpec& engine = *scenario_.engine;
    const BackendSpec* preferred = nullptr;
    for (const BackendSpec& backend : engine.backends) {
      if (!runs_on(*used_.front().system, backend)) continue;
      if (!preferred) preferred = &backend;
      if (backend.unit != preferred->unit || refusing(backend)) continue;
      scenario_.backend = &backend;
      chose("engine.backend", backend.id,
            used_.size() == 1 ? "the preferred one this machine runs"
                              : "the preferred one all machines run");
      return;
    }
    const Machine& machine = preferred ? *refusing(*preferred) : used_.front();
    refuse("unsupported-engine", engine_place(),
           preferred ? engine.name + " has no backend that runs on " + described(used_.front()) +
                           " and on " + described(machine)
                     : engine.name + " has no backend for " + described(machine),
           preferred           ? runnable(engine)
           : used_.size() == 1 ? "an engine for this machine"
                               : "an engine for all machines");
  }

  std::string runnable(const EngineSpec& engine) {
    std::string list;
    for (const BackendSpec& backend : engine.backends)
      if (!refusing(backend)) list += (list.empty() ? "" : ", ") + backend.id;
    if (!list.empty()) return list;
    return used_.size() == 1 ? "no backend of this engine runs there"
                             : "no backend of this engine runs on all machines";
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
      scenario_.quantization = catalog_.quantization(id, quantization_place(), diagnostics_);
      if (!scenario_.quantization) failed_ = true;
      return;
    }
    std::string families;
    for (const std::string& family : scenario_.engine->weight_families)
      families += (families.empty() ? "" : ", ") + family;
    refuse("unsupported-quantization", quantization_place(),
           scenario_.engine->name + " does not load " + asked_quantization_->name + " (" +
               asked_quantization_->family + ")",
           "a quantization of the family " + families);
  }

  void workload() {
    Workload& w = scenario_.workload;
    w.prompt = spec_.prompt.value.value_or(usual_prompt());
    w.depth = spec_.depth.value.value_or(0);
    w.generate = spec_.generate.value.value_or(usual_generate());
    w.batch = spec_.batch.value.value_or(1);
    const std::int64_t needed = std::max(w.depth + w.prompt + w.generate, longest());
    w.context = spec_.context.value.value_or(std::max(default_context, needed));
    if (!spec_.context.has())
      chose("workload.context", std::to_string(w.context), "room for prompt and answer");
    if (!spec_.prompt.has() && !scenario_.serving)
      chose("workload.prompt", std::to_string(w.prompt), "the usual benchmark length");
    if (!spec_.generate.has() && !scenario_.serving)
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

  void load() {
    if (!asks_for_serving(spec_.load)) return;
    scenario_.serving = resolve_load(spec_, catalog_, scenario_.defaults, diagnostics_);
    failed_ = failed_ || !scenario_.serving;
    admission();
  }

  // Slots and static batches are set aside whole: there is nothing to choose.
  void admission() {
    const Given<Admission>& given = spec_.load.admission;
    const bool chooses =
        !scenario_.engine || scenario_.engine->serving.batching == Batching::continuous;
    if (!given.has() || chooses || *given.value == Admission::request) return;
    refuse("inconsistent", given.place,
           scenario_.engine->name + " sets the whole cache of a request aside",
           "admission: request, or no admission");
  }

  // Where requests are served, the mean one.
  std::int64_t usual_prompt() const {
    return scenario_.serving ? std::llround(scenario_.serving->lengths.prompt) : default_prompt;
  }
  std::int64_t usual_generate() const {
    return scenario_.serving ? std::llround(scenario_.serving->lengths.output) : default_generate;
  }
  std::int64_t longest() const {
    return scenario_.serving ? longest_request(*scenario_.serving) : 0;
  }

  void monthly_demand() {
    const auto given = [](const Given<std::int64_t>& count) { return count.value.value_or(0); };
    const MonthlyDemand load{.input = given(spec_.monthly_input),
                             .output = given(spec_.monthly_output),
                             .cached = given(spec_.monthly_cached),
                             .requests = given(spec_.monthly_requests)};
    if (load.cached > load.input)
      refuse("out-of-range", spec_.monthly_cached.place,
             std::to_string(load.cached) + " cached tokens a month are more than the " +
                 std::to_string(load.input) + " of input they are part of",
             "at most " + std::to_string(load.input));
    if (load.input > 0 || load.output > 0)
      scenario_.monthly_demand = load;
    else if (spec_.monthly_requests.has())
      refuse("missing-key", spec_.monthly_requests.place, "requests without tokens are no load",
             "load: {input_tokens_per_month: …, output_tokens_per_month: …}");
  }

  void too_long(std::int64_t needed) {
    const SourcePlace& place = spec_.prompt.has() ? spec_.prompt.place : spec_.context.place;
    refuse("out-of-range", place,
           std::string(needed == longest() ? "the longest request needs "
                                           : "depth, prompt and answer need ") +
               std::to_string(needed) + " tokens, the context holds " +
               std::to_string(scenario_.workload.context),
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
  Scenario scenario_;
  std::span<const Machine> used_;  // of scenario_.cluster; empty after a complaint
  const QuantizationSpec* asked_quantization_ = nullptr;
  bool backend_is_name_ = false;  // a part of the engine's name
};

}  // namespace

const BackendSpec* named_backend(const EngineSpec& engine, const std::string& name) {
  const auto same = [&](const std::string& known) { return fold_name(known) == fold_name(name); };
  for (const BackendSpec& backend : engine.backends)
    if (same(backend.id) || std::any_of(backend.names.begin(), backend.names.end(), same))
      return &backend;
  return nullptr;
}

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
