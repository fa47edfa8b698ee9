#include "evaluate/changes.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "base/quantity_text.h"

namespace plimsoll {

namespace {

template <class T>
Given<T> given(T value, std::string_view path) {
  return {.value = std::move(value), .place = {.file = "--set " + std::string(path)}};
}

std::string assignment(std::string_view path, const std::string& value) {
  return std::string(path) + "=" + value;
}

// Whether the operating system's limit could be raised, and is what a placement meets.
bool gpu_limit_is_low(const Prepared& prepared) {
  if (prepared.scenario.spec.raise_gpu_limit.value.value_or(false)) return false;
  const auto& pools = prepared.fabric->pools();
  return std::any_of(pools.begin(), pools.end(), [](const Pool& pool) {
    return pool.kind == PoolKind::unified && !pool.raise_limit.empty();
  });
}

Edit raise_gpu_limit(const ScenarioSpec& spec) {
  Edit edit{.description = "raise the operating system's limit on GPU memory",
            .kind = "memory limit",
            .set = {assignment("system.raise_gpu_limit", "true")},
            .spec = spec};
  edit.spec.raise_gpu_limit = given(true, "system.raise_gpu_limit");
  return edit;
}

class Proposer {
 public:
  Proposer(const Prepared& prepared, Catalog& catalog, Diagnostics& diagnostics)
      : prepared_(prepared),
        scenario_(prepared.scenario),
        catalog_(catalog),
        diagnostics_(diagnostics) {}

  std::vector<Edit> run() {
    quantizations();
    batches();
    placements();
    backends();
    accelerators();
    machines();
    links();
    memory_limit();
    cache_format();
    context();
    experts();
    systems();
    return std::move(edits_);
  }

 private:
  // The scenario with its own choices made explicit, so that an edit changes one thing only.
  ScenarioSpec pinned() const {
    ScenarioSpec spec = scenario_.spec;
    spec.quantization = given(scenario_.quantization->id, "quantization");
    spec.engine = given(scenario_.engine->id, "engine");
    spec.backend = given(scenario_.backend->id, "engine.backend");
    return spec;
  }

  void add(std::string kind, std::string description, std::vector<std::string> set,
           ScenarioSpec spec, std::string warning = {}) {
    edits_.push_back({.description = std::move(description),
                      .kind = std::move(kind),
                      .set = std::move(set),
                      .spec = std::move(spec),
                      .warning = std::move(warning)});
  }

  // The next better and the next two smaller ones of the engine's list.
  void quantizations() {
    std::vector<const QuantizationSpec*> list;
    for (const std::string& id : scenario_.engine->default_quantizations)
      if (const auto* q = catalog_.quantization(id, scenario_.engine->place, diagnostics_))
        list.push_back(q);
    const double bits = scenario_.quantization->nominal_bits;
    const QuantizationSpec* better = nullptr;
    std::vector<const QuantizationSpec*> smaller;
    for (const QuantizationSpec* q : list) {
      if (q == scenario_.quantization) continue;
      if (q->nominal_bits > bits) better = q;  // the last of them is the nearest
      if (q->nominal_bits < bits && smaller.size() < 2) smaller.push_back(q);
    }
    if (better) smaller.push_back(better);
    for (const QuantizationSpec* q : smaller) {
      ScenarioSpec spec = pinned();
      spec.quantization = given(q->id, "quantization");
      add("quantization", "quantization " + scenario_.quantization->name + " to " + q->name,
          {assignment("quantization", q->id)}, std::move(spec),
          quality_warning(q->nominal_bits, false));
    }
  }

  void batches() {
    if (scenario_.workload.batch > 1) return;
    for (int batch : {8, 32}) {
      if (scenario_.engine->max_batch > 0 && batch > scenario_.engine->max_batch) continue;
      ScenarioSpec spec = pinned();
      spec.batch = given(batch, "workload.batch");
      add("batch", "decode " + std::to_string(batch) + " sequences together",
          {assignment("workload.batch", std::to_string(batch))}, std::move(spec));
    }
  }

  void placements() {
    if (scenario_.placement != PlacementStrategy::automatic) return;
    std::set<PlacementStrategy> seen{prepared_.placement().strategy};
    for (const Placement& candidate : prepared_.candidates) {
      if (!candidate.fits() || !seen.insert(candidate.strategy).second) continue;
      ScenarioSpec spec = pinned();
      spec.placement = given(candidate.strategy, "placement");
      add("placement", candidate.description,
          {assignment("placement", std::string(to_text(candidate.strategy)))}, std::move(spec));
    }
  }

  void backends() {
    for (const BackendSpec& backend : scenario_.engine->backends) {
      if (&backend == scenario_.backend || backend.unit != UnitKind::gpu) continue;
      ScenarioSpec spec = pinned();
      spec.backend = given(backend.id, "engine.backend");
      Diagnostics quiet;
      if (!resolve(spec, catalog_, quiet)) continue;
      add("backend", "backend " + scenario_.backend->id + " to " + backend.id,
          {assignment("engine", scenario_.engine->id + ":" + backend.id)}, std::move(spec));
    }
  }

  void accelerators() {
    const int have = static_cast<int>(prepared_.fabric->accelerators(0).size());
    const int used = static_cast<int>(prepared_.placement().executor_count());
    if (prepared_.placement().nodes(*prepared_.fabric).size() > 1) return;
    if (have < 2 || used < 2 || !prepared_.fits()) return;
    ScenarioSpec spec = pinned();
    spec.accelerators = given(used / 2, "system.accelerators");
    add("accelerators",
        "use " + std::to_string(used / 2) + " of the " + std::to_string(have) + " GPUs",
        {assignment("system.accelerators", std::to_string(used / 2))}, std::move(spec));
  }

  // Only where the GPU would do more with it.
  void memory_limit() {
    if (!prepared_.fits() || prepared_.placement().on_accelerators()) return;
    if (!gpu_limit_is_low(prepared_)) return;
    edits_.push_back(raise_gpu_limit(pinned()));
  }

  void cache_format() {
    const auto& formats = scenario_.engine->kv_formats;
    for (const std::string& id : formats) {
      const FormatSpec* format = catalog_.format(id, scenario_.engine->place, diagnostics_);
      if (!format || format->bits_per_weight() >= scenario_.kv_format->bits_per_weight()) continue;
      ScenarioSpec spec = pinned();
      spec.kv_format = given(id, "workload.kv_format");
      add("cache format", "KV cache " + scenario_.kv_format->id + " to " + id,
          {assignment("workload.kv_format", id)}, std::move(spec));
      return;
    }
  }

  void context() {
    const Workload& w = scenario_.workload;
    const std::int64_t needed = w.depth + w.prompt + w.generate;
    if (w.context / 2 < needed || prepared_.fits()) return;
    ScenarioSpec spec = pinned();
    spec.context = given(w.context / 2, "workload.context");
    add("context", "context " + std::to_string(w.context) + " to " + std::to_string(w.context / 2),
        {assignment("workload.context", std::to_string(w.context / 2))}, std::move(spec));
  }

  void experts() {
    if (!scenario_.model.moe || scenario_.model.moe->experts_per_token < 2) return;
    const int now = scenario_.model.moe->experts_per_token;
    const int fewer = std::max(1, now * 3 / 4);
    ScenarioSpec spec = pinned();
    spec.experts_per_token = given(fewer, "experts_per_token");
    add("experts",
        std::to_string(fewer) + " instead of " + std::to_string(now) + " experts per token",
        {assignment("experts_per_token", std::to_string(fewer))}, std::move(spec),
        quality_warning(16.0, true));
  }

  static std::set<std::string> words_of(const std::string& id) {
    std::set<std::string> words;
    std::string word;
    for (char c : id + "-") {
      if (c != '-') {
        word += c;
        continue;
      }
      if (!word.empty()) words.insert(word);
      word.clear();
    }
    return words;
  }

  // Several machines of one kind, one link between them.
  bool uniform_cluster() const {
    return scenario_.spec.system.has() && scenario_.cluster.machines.size() > 1;
  }

  // One machine more, and one less.
  void machines() {
    if (!uniform_cluster() || scenario_.replicas > 1 || scenario_.spec.nodes.has()) return;
    const int now = static_cast<int>(scenario_.cluster.machines.size());
    for (const int count : {now + 1, now - 1}) {
      if (count > now && prepared_.fits() && !uses_all_machines()) continue;
      ScenarioSpec spec = pinned();
      spec.count = given(count, "system.count");
      add("machines", std::to_string(count) + " machines instead of " + std::to_string(now),
          {assignment("system.count", std::to_string(count))}, std::move(spec));
    }
  }

  bool uses_all_machines() const {
    return prepared_.placement().nodes(*prepared_.fabric).size() ==
           scenario_.cluster.machines.size();
  }

  // The other links these machines have ports for.
  void links() {
    if (!uniform_cluster()) return;
    const LinkSpec* now = scenario_.cluster.wires.front().link;
    for (const SystemPort& port : scenario_.first_system().ports) {
      const LinkSpec* link = catalog_.link(port.link, scenario_.first_system().place, diagnostics_);
      if (!link || link == now) continue;
      ScenarioSpec spec = pinned();
      spec.link = given(link->id, "system.link");
      spec.topology = {};
      add("link", "link " + now->name + " to " + link->name, {assignment("system.link", link->id)},
          std::move(spec));
    }
  }

  // As many of another machine; `alone`: one of it.
  void machine(const std::string& id, bool alone) {
    const SystemSpec* system = catalog_.system(id, scenario_.spec.system.place, diagnostics_);
    if (!system || system->claimed) return;
    ScenarioSpec spec = pinned();
    spec.system = given(id, "system");
    spec.accelerators = {};
    spec.backend = {};  // another machine runs what it runs
    std::vector<std::string> set{assignment("system", id)};
    if (alone || !uniform_cluster()) {
      spec.count = given(1, "system.count");
      spec.link = {};
      spec.topology = {};
      add("system", "machine: " + system->name, std::move(set), std::move(spec));
      return;
    }
    // The overrides replace the whole of `system`, so its other words are said again.
    const int count = static_cast<int>(scenario_.cluster.machines.size());
    const LinkSpec& link = *scenario_.cluster.wires.front().link;
    spec.link = given(link.id, "system.link");
    set = {assignment("system.id", id)};
    add("system", "machines: " + std::to_string(count) + "x " + system->name, std::move(set),
        std::move(spec));
  }

  // What GPUs of a machine can hold together: unified memory, or the sum of its cards.
  Bytes accelerator_memory(const SystemSpec& system) {
    Bytes sum;
    for (const SystemPart& part : system.parts) {
      const DeviceSpec* device = catalog_.device(part.device, system.place, diagnostics_);
      if (!device) continue;
      if (device->form == DeviceForm::soc) sum += system.host.memory;
      if (device->memory.capacity) sum += device->memory.capacity->value * part.count;
    }
    return sum;
  }

  // The smallest machines of the catalogue whose accelerators would hold what this one does not.
  void larger_machines() {
    constexpr double room_to_spare = 1.15;  // buffers, and what systems keep for themselves
    constexpr std::size_t enough = 4;
    Bytes need;
    for (const PoolLoad& load : prepared_.placement().loads) need += Bytes(load.used.value);
    std::vector<std::pair<double, std::string>> ranked;
    for (const CatalogEntry& entry : catalog_.headers(EntryKind::system)) {
      Diagnostics quiet;
      const SystemSpec* system = catalog_.system(entry.id, {}, quiet);
      if (!system || system->claimed) continue;
      const Bytes memory = accelerator_memory(*system);
      if (memory > need * room_to_spare) ranked.emplace_back(memory.base(), entry.id);
    }
    std::sort(ranked.begin(), ranked.end());
    if (ranked.size() > enough) ranked.resize(enough);
    for (const auto& [memory, id] : ranked) machine(id, true);
  }

  // Relatives of this machine by their ids: the same chip with more memory or more of them.
  // Simulating every machine of the catalogue would take longer than the whole report; `plan` does
  // that.
  void relatives() {
    constexpr std::size_t enough = 4;
    constexpr double alike = 0.4;  // of all words of the two ids
    const std::string& id = scenario_.first_system().id;
    const std::set<std::string> own = words_of(id);
    std::vector<std::pair<double, std::string>> ranked;
    for (const CatalogEntry& entry : catalog_.headers(EntryKind::system)) {
      if (entry.id == id) continue;
      const std::set<std::string> words = words_of(entry.id);
      std::vector<std::string> common;
      std::set_intersection(own.begin(), own.end(), words.begin(), words.end(),
                            std::back_inserter(common));
      const double all = static_cast<double>(own.size() + words.size() - common.size());
      const double likeness = static_cast<double>(common.size()) / all;
      if (likeness >= alike) ranked.emplace_back(-likeness, entry.id);
    }
    std::sort(ranked.begin(), ranked.end());
    if (ranked.size() > enough) ranked.resize(enough);
    for (const auto& [likeness, other] : ranked) machine(other, false);
  }

  void systems() {
    if (!scenario_.spec.system.has()) return;  // a cluster of its own has no relatives
    if (prepared_.fits())
      relatives();
    else
      larger_machines();
  }

  const Prepared& prepared_;
  const Scenario& scenario_;
  Catalog& catalog_;
  Diagnostics& diagnostics_;
  std::vector<Edit> edits_;
};

}  // namespace

std::string quality_warning(double bits_per_weight, bool fewer_experts) {
  if (fewer_experts)
    return "fewer experts than trained change the model's answers; published runs of a top-10 "
           "model collapse at 3";
  if (bits_per_weight < few_bits)
    return "2-bit weights lose quality: published runs break JSON output and tool calls";
  return {};
}

std::vector<Edit> propose_edits(const Prepared& prepared, Catalog& catalog,
                                Diagnostics& diagnostics) {
  return Proposer(prepared, catalog, diagnostics).run();
}

std::vector<Edit> propose_repairs(const Prepared& prepared) {
  const Scenario& scenario = prepared.scenario;
  std::vector<Edit> repairs;
  if (gpu_limit_is_low(prepared)) repairs.push_back(raise_gpu_limit(scenario.spec));
  const Workload& w = scenario.workload;
  const std::int64_t needed = w.depth + w.prompt + w.generate;
  if (needed < w.context) {
    Edit edit{.description = "context " + std::to_string(w.context) + " to the " +
                             std::to_string(needed) + " the workload needs",
              .kind = "context",
              .set = {assignment("workload.context", std::to_string(needed))},
              .spec = scenario.spec,
              .warning = {}};
    edit.spec.context = given(needed, "workload.context");
    repairs.push_back(std::move(edit));
  }
  for (const std::string& id : scenario.engine->kv_formats) {
    if (id == scenario.kv_format->id) continue;
    Edit edit{.description = "KV cache " + scenario.kv_format->id + " to " + id,
              .kind = "cache format",
              .set = {assignment("workload.kv_format", id)},
              .spec = scenario.spec,
              .warning = {}};
    edit.spec.kv_format = given(id, "workload.kv_format");
    repairs.push_back(std::move(edit));
    break;
  }
  // What the user fixed stays fixed in name; what we chose for them stays what it was.
  for (Edit& edit : repairs) {
    if (edit.spec.quantization.has()) continue;
    edit.spec.quantization = given(scenario.quantization->id, "quantization");
    edit.set.push_back(assignment("quantization", scenario.quantization->id));
  }
  return repairs;
}

namespace {

// Below this a change is noise, not help.
constexpr double least_gain = 1.01;

Change simulate(const Edit& edit, const std::optional<Speed>& base, Catalog& catalog) {
  Change change;
  change.description = edit.description;
  change.kind = edit.kind;
  change.set = edit.set;
  change.warning = edit.warning;
  Diagnostics quiet;
  const std::unique_ptr<Prepared> prepared = prepare(edit.spec, catalog, quiet);
  if (!prepared || !prepared->fits()) {
    change.verdict = Verdict::does_not_fit;
    change.decode_factor = 0.0;
    return change;
  }
  SpeedModel model(prepared->lowering_request(), catalog.roofs(quiet));
  const TimedWork token = model.middle_token();
  TimedWork chunk;
  const OperatorGraph prefill = model.prefill_graph();
  chunk.add(model.simulator().run(prefill), 1.0);
  const double sigma = token.log_sigma(model.cost(), model.cost().decode_spread());
  const double rate = 1.0 / token.time.base();
  const Workload& w = prepared->scenario.workload;
  const double tokens = static_cast<double>(
      std::min<std::int64_t>(w.prompt, prepared->scenario.engine->prefill_chunk));
  change.decode_tokens_per_second = log_normal(rate, sigma);
  change.throughput_tokens_per_second = log_normal(rate * w.batch, sigma);
  change.prefill_tokens_per_second = log_normal(
      tokens / chunk.time.base(), chunk.log_sigma(model.cost(), model.cost().prefill_spread()));
  change.decode_factor = base ? rate / base->decode_tokens_per_second.value : 0.0;
  return change;
}

// How much a change helps at what it is for: a batch at throughput, everything else at one stream's
// rate.
double merit(const Change& change, const std::optional<Speed>& base) {
  if (change.verdict == Verdict::does_not_fit) return 0.0;
  if (!base) return change.decode_tokens_per_second->value;
  if (change.kind == "batch")
    return change.throughput_tokens_per_second->value / base->throughput_tokens_per_second.value;
  const double prefill =
      change.prefill_tokens_per_second->value / base->prefill_tokens_per_second.value;
  // A change that only speeds up the prompt helps too, but ranks behind one that speeds up the
  // answer.
  return std::max(change.decode_factor, std::min(prefill, 1.0 + (prefill - 1.0) / 4.0));
}

}  // namespace

std::vector<Change> rank_changes(const std::optional<Speed>& speed, Catalog& catalog,
                                 const std::vector<Edit>& edits) {
  std::vector<Change> changes;
  for (const Edit& edit : edits) {
    Change change = simulate(edit, speed, catalog);
    const double gain = merit(change, speed);
    const bool larger_quantization = change.kind == "quantization" && gain > 0.0;
    if (gain > least_gain || (!speed && gain > 0.0) || larger_quantization)
      changes.push_back(std::move(change));
  }
  std::stable_sort(changes.begin(), changes.end(), [&](const Change& a, const Change& b) {
    return merit(a, speed) > merit(b, speed);
  });
  if (!changes.empty() && !changes.front().warning.empty()) {
    const auto harmless = std::find_if(changes.begin(), changes.end(),
                                       [](const Change& c) { return c.warning.empty(); });
    if (harmless != changes.end()) std::rotate(changes.begin(), harmless, harmless + 1);
  }
  return changes;
}

}  // namespace plimsoll
