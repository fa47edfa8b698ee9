#include "evaluate/changes.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>

#include "base/parallel.h"
#include "base/quantity_text.h"
#include "catalog/words.h"
#include "evaluate/streamed.h"

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

// Rounded down.
Bytes whole_gib(Bytes size) {
  constexpr double gib = 1024.0 * 1024.0 * 1024.0;
  return Bytes(std::floor(size.base() / gib) * gib);
}

class Proposer {
 public:
  Proposer(const Prepared& prepared, Catalog& catalog, Diagnostics& diagnostics)
      : prepared_(prepared),
        scenario_(prepared.scenario),
        catalog_(catalog),
        diagnostics_(diagnostics) {}

  std::vector<Edit> run() {
    if (prepared_.streams() || must_stream(scenario_)) return streamed();
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
    speculations();
    systems();
    return std::move(edits_);
  }

 private:
  // What there is to try while experts come from the drive.
  std::vector<Edit> streamed() {
    quantizations();
    experts();
    accesses();
    threads();
    own_cache();
    relatives();
    if (prepared_.paged || !prepared_.fits()) larger_machines();
    return std::move(edits_);
  }

  // The scenario with its own choices made explicit, so that an edit changes one thing only. One
  // that pages for want of memory is free to stop it.
  ScenarioSpec pinned() const {
    ScenarioSpec spec = scenario_.spec;
    if (prepared_.paged) {
      spec.placement = {};
      spec.quantization = given(scenario_.quantization->id, "quantization");
      return spec;
    }
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

  // With each kind of draft that engine and model have.
  void speculations() {
    if (scenario_.savings.speculation || scenario_.savings.early_exit) return;
    for (const DraftKind kind : scenario_.engine->speculative.drafts) {
      if (kind == DraftKind::model)
        draft_models();
      else
        speculation(std::string(word(kind)));
    }
  }

  void speculation(const std::string& draft) {
    ScenarioSpec spec = pinned();
    spec.savings.draft = given(draft, "savings.speculative.draft");
    Diagnostics quiet;
    const std::optional<Scenario> resolved = resolve(spec, catalog_, quiet);
    if (!resolved || !resolved->savings.speculation) return;
    const SpeculationSetup& setup = *resolved->savings.speculation;
    add("speculation",
        "speculative decoding: " + setup.name + ", " + std::to_string(setup.tokens) +
            (setup.tokens == 1 ? " token" : " tokens") + " drafted",
        {assignment("savings.speculative.draft", draft)}, std::move(spec));
  }

  // The smallest model of the same family, going by the first word of the ids, that shares the
  // vocabulary: what people take as a draft.
  void draft_models() {
    const auto first_word = [](const std::string& id) { return id.substr(0, id.find('-')); };
    const std::string family = first_word(scenario_.model.id);
    const auto own = count_parameters(enumerate_tensors(scenario_.model));
    std::string smallest;
    std::int64_t fewest = own;
    for (const CatalogEntry& entry : catalog_.headers(EntryKind::model)) {
      if (first_word(entry.id) != family) continue;
      Diagnostics quiet;
      const ModelSpec* model = catalog_.model(entry.id, {}, quiet);
      if (!model || model->vocab != scenario_.model.vocab) continue;
      const std::int64_t parameters = count_parameters(enumerate_tensors(*model));
      if (parameters >= fewest) continue;
      fewest = parameters;
      smallest = entry.id;
    }
    if (!smallest.empty()) speculation(smallest);
  }

  void accesses() {
    const ReadAccess now = scenario_.streaming->access;
    for (const ReadAccess access : scenario_.engine->streaming->access) {
      if (access == now || access == ReadAccess::pread) continue;
      ScenarioSpec spec = pinned();
      spec.streaming.access = given(access, "streaming.access");
      const std::string to(word(access));
      add("access", "experts read by " + to + " instead of " + std::string(word(now)),
          {assignment("streaming.access", to)}, std::move(spec));
    }
  }

  void threads() {
    const StreamingSetup& setup = *scenario_.streaming;
    const bool several =
        setup.access == ReadAccess::parallel_pread || setup.access == ReadAccess::direct;
    if (!several) return;
    const int more = setup.threads * 2;
    ScenarioSpec spec = pinned();
    spec.streaming.threads = given(more, "streaming.threads");
    add("threads",
        std::to_string(more) + " threads that read instead of " + std::to_string(setup.threads),
        {assignment("streaming.threads", std::to_string(more))}, std::move(spec));
  }

  // The engine's own cache of experts: off where it is on, else half of what memory is left.
  void own_cache() {
    const StreamingSetup& setup = *scenario_.streaming;
    if (scenario_.engine->streaming->cache_policies.empty()) return;
    const bool on = setup.cache_policy != ReplacementKind::none;
    double left = 0.0;
    for (const PoolLoad& load : prepared_.placement().loads)
      left += std::max(0.0, load.usable.base() - load.used.value);
    const Bytes size = on ? Bytes() : whole_gib(Bytes(left / 2.0));
    if (!on && size == Bytes()) return;
    ScenarioSpec spec = pinned();
    spec.streaming.cache_size = given(size, "streaming.cache.size");
    const std::string text = print_binary(size, 4);
    add("cache",
        on ? "no cache of experts but the page cache"
           : "a cache of experts of " + text + " in the engine itself",
        {assignment("streaming.cache.size", text)}, std::move(spec));
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
    if (prepared_.streams()) need += prepared_.footprint.weights;
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
  const Bytes cache = prepared.placement().expert_cache;
  const Bytes room = whole_gib(cache - std::min(cache, prepared.placement().short_by()));
  if (room > Bytes() && room < cache) {
    const std::string size = print_binary(room, 4);
    Edit edit{.description = "a cache of experts of " + size + " instead of " + print(cache),
              .kind = "cache",
              .set = {assignment("streaming.cache.size", size)},
              .spec = scenario.spec,
              .warning = {}};
    edit.spec.streaming.cache_size = given(room, "streaming.cache.size");
    repairs.push_back(std::move(edit));
  }
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

// An edit on its way to a change.
struct Trial {
  Change change;
  std::unique_ptr<Prepared> prepared;  // null: impossible
};

Trial prepare_trial(const Edit& edit, bool base_streams, Catalog& catalog) {
  Trial trial;
  trial.change.description = edit.description;
  trial.change.kind = edit.kind;
  trial.change.set = edit.set;
  trial.change.warning = edit.warning;
  trial.change.verdict = Verdict::does_not_fit;
  trial.change.decode_factor = 0.0;
  Diagnostics quiet;
  trial.prepared = base_streams ? prepare_or_page(edit.spec, catalog, quiet)
                                : prepare(edit.spec, catalog, quiet);
  if (trial.prepared && !trial.prepared->fits()) trial.prepared = nullptr;
  return trial;
}

void measure_in_memory(const Prepared& prepared, const RoofTable& roofs, Change& change) {
  SpeedModel model(prepared.lowering_request(), roofs);
  const TimedWork token = model.middle_token();
  TimedWork chunk;
  const OperatorGraph prefill = model.prefill_graph();
  chunk.add(model.simulator().run(prefill), 1.0);
  const double sigma =
      token.log_sigma(model.cost(), model.cost().decode_spread(), model.cost().decode_width());
  const double rate = 1.0 / token.time.base();
  const Workload& w = prepared.scenario.workload;
  const double tokens = static_cast<double>(
      std::min<std::int64_t>(w.prompt, prepared.scenario.engine->prefill_chunk));
  change.verdict = Verdict::fits;
  change.decode_tokens_per_second = log_normal(rate, sigma);
  change.throughput_tokens_per_second = log_normal(rate * w.batch, sigma);
  change.prefill_tokens_per_second = log_normal(
      tokens / chunk.time.base(),
      chunk.log_sigma(model.cost(), model.cost().prefill_spread(), model.cost().prefill_width()));
}

double log_sigma_of(const Estimate& rate) {
  return log_sigma_of_range(rate.low, rate.high);
}

// A trace recorded for another number of experts is no reason for no report.
void measure_streamed(const Prepared& prepared, const StreamTables& tables,
                      const std::optional<Rates>& base, Change& change) {
  try {
    StreamRun run =
        stream_model(prepared, tables)->run({.sampled = report_samples, .uncertainty = !base});
    if (base) run.log_sigma = log_sigma_of(base->decode_tokens_per_second);
    const Rates rates = rates_of(prepared, run);
    change.verdict = Verdict::fits_with_streaming;
    change.decode_tokens_per_second = rates.decode_tokens_per_second;
    change.throughput_tokens_per_second = rates.throughput_tokens_per_second;
    change.prefill_tokens_per_second = rates.prefill_tokens_per_second;
  } catch (const InputError&) {
  }
}

// Each on its own thread where there are several; slots by index keep the order.
std::vector<Change> measure(std::vector<Trial> trials, const std::optional<Rates>& base,
                            bool base_streams, Catalog& catalog) {
  Diagnostics quiet;
  const RoofTable& roofs = catalog.roofs(quiet);
  const StreamTables tables = base_streams ? stream_tables(catalog) : StreamTables{};
  parallel_for(trials.size(), {.threads = base_streams ? 0 : 1}, [&](std::size_t i, int) {
    Trial& trial = trials[i];
    if (!trial.prepared) return;
    if (!trial.prepared->streams())
      measure_in_memory(*trial.prepared, roofs, trial.change);
    else if (base_streams)
      measure_streamed(*trial.prepared, tables, base, trial.change);
  });
  std::vector<Change> changes;
  for (Trial& trial : trials) {
    Change& change = trial.change;
    if (base && change.decode_tokens_per_second)
      change.decode_factor =
          change.decode_tokens_per_second->value / base->decode_tokens_per_second.value;
    changes.push_back(std::move(change));
  }
  return changes;
}

// How much a change helps at what it is for: a batch at throughput, everything else at one stream's
// rate.
double merit(const Change& change, const std::optional<Rates>& base) {
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

std::vector<Change> rank_changes(const std::optional<Rates>& base, bool base_streams,
                                 Catalog& catalog, const std::vector<Edit>& edits) {
  std::vector<Trial> trials;
  for (const Edit& edit : edits) trials.push_back(prepare_trial(edit, base_streams, catalog));
  std::vector<Change> changes;
  for (Change& change : measure(std::move(trials), base, base_streams, catalog)) {
    const double gain = merit(change, base);
    const bool larger_quantization = change.kind == "quantization" && gain > 0.0;
    if (gain > least_gain || (!base && gain > 0.0) || larger_quantization)
      changes.push_back(std::move(change));
  }
  std::stable_sort(changes.begin(), changes.end(), [&](const Change& a, const Change& b) {
    return merit(a, base) > merit(b, base);
  });
  if (!changes.empty() && !changes.front().warning.empty()) {
    const auto harmless = std::find_if(changes.begin(), changes.end(),
                                       [](const Change& c) { return c.warning.empty(); });
    if (harmless != changes.end()) std::rotate(changes.begin(), harmless, harmless + 1);
  }
  return changes;
}

}  // namespace plimsoll
