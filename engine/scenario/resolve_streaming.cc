#include "scenario/resolve_streaming.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "base/contains.h"
#include "base/names.h"
#include "base/quantity_text.h"
#include "base/text.h"
#include "catalog/words.h"
#include "scenario/refusing.h"
#include "scenario/streaming_section.h"

namespace plimsoll {

namespace {

namespace fs = std::filesystem;

template <class E>
std::vector<std::string> spellings(const std::vector<E>& list) {
  std::vector<std::string> words;
  for (const E each : list) words.emplace_back(word(each));
  return words;
}

bool left_open(const ScenarioSpec& spec) {
  return spec.placement.value.value_or(PlacementStrategy::automatic) ==
         PlacementStrategy::automatic;
}

class StreamingResolver : private Refusing {
 public:
  StreamingResolver(const Scenario& scenario, Catalog& catalog, Diagnostics& diagnostics)
      : Refusing(diagnostics),
        scenario_(scenario),
        given_(scenario.spec.streaming),
        engine_(*scenario.engine),
        catalog_(catalog) {}

  // Nothing after a complaint.
  std::optional<StreamingSetup> run() {
    placement();
    drive();
    reads();
    page_cache();
    own_cache();
    memory();
    prefetch();
    routing();
    setup_.dense_weights = given_.dense_weights.value.value_or(spec().dense_weights);
    setup_.start = value_or(given_.start, setup_.start, "streaming.start",
                            "the dense weights have just been read, no experts");
    if (failed_) return std::nullopt;
    return std::move(setup_);
  }
  const std::vector<ChosenDefault>& chosen() const { return chosen_; }

 private:
  const StreamingSpec& spec() const { return *engine_.streaming; }
  const SystemSpec& system() const { return scenario_.first_system(); }

  void chose(std::string field, std::string value, std::string why) {
    chosen_.push_back(
        {.field = std::move(field), .value = std::move(value), .why = std::move(why)});
  }

  // What was given, or the default, which is then told.
  template <class E>
  E value_or(const Given<E>& given, E fallback, const char* field, std::string why) {
    if (given.has()) return *given.value;
    chose(field, std::string(spelled(fallback)), std::move(why));
    return fallback;
  }
  static std::string_view spelled(StartState state) { return to_text(state); }
  template <class E>
  static std::string_view spelled(E value) {
    return word(value);
  }

  const SourcePlace& machines_place() const {
    const ScenarioSpec& asked = scenario_.spec;
    return asked.system.has() ? asked.system.place : asked.cluster.place;
  }
  void placement() {
    if (!left_open(scenario_.spec) &&
        *scenario_.spec.placement.value != PlacementStrategy::streamed)
      refuse("inconsistent", scenario_.spec.placement.place,
             engine_.name + " streams experts and knows no placement '" +
                 std::string(to_text(*scenario_.spec.placement.value)) + "'",
             "streamed or auto");
    const int machines =
        scenario_.spec.nodes.value.value_or(static_cast<int>(scenario_.cluster.machines.size()));
    if (machines > scenario_.replicas)
      refuse("one-machine-engine", machines_place(),
             "experts stream into one machine, not into " + std::to_string(machines) + " together",
             "one machine, or replicas of one machine each");
  }

  // The first of the machine's drives, or the stripe set that it is.
  void drive() {
    const SystemSpec& machine = system();
    if (machine.storage.empty()) {
      refuse("unsupported-streaming", machines_place(),
             machine.name + " has no drive that is known", "a system with 'storage'");
      return;
    }
    const SystemStorage& first = machine.storage.front();
    setup_.drive = catalog_.storage(first.drive, machine.place, diagnostics_);
    setup_.drives = first.count;
    failed_ = failed_ || !setup_.drive;
  }

  void reads() {
    access();
    threads();
    setup_.reads_per_expert = given_.reads_per_expert.value.value_or(spec().reads_per_expert);
    if (setup_.access == ReadAccess::mmap && given_.reads_per_expert.has())
      refuse("inconsistent", given_.reads_per_expert.place, "under mmap nothing calls for reads",
             "pread, parallel_pread or direct as access");
  }

  void access() {
    setup_.access = value_or(given_.access, spec().access.front(), "streaming.access",
                             "the usual one of " + engine_.name);
    if (contains(spec().access, setup_.access)) return;
    const std::string wanted(word(setup_.access));
    const std::vector<std::string> known = spellings(spec().access);
    refuse("unsupported-streaming", given_.access.place,
           engine_.name + " does not read experts by " + wanted, joined(known),
           nearest_name(wanted, known).value_or(""));
  }

  void threads() {
    const bool alone = setup_.access == ReadAccess::pread;
    const int usual = spec().threads > 0 ? spec().threads : cpu_cores();
    setup_.threads = given_.threads.value.value_or(alone ? 1 : usual);
    if (alone && setup_.threads > 1)
      refuse("inconsistent", given_.threads.place,
             "pread is one thread, not " + std::to_string(setup_.threads),
             "threads: 1, or access: parallel_pread");
    if (!given_.threads.has())
      chose("streaming.threads", std::to_string(setup_.threads),
            alone                ? "one reads"
            : spec().threads > 0 ? "as many as " + engine_.name + " starts"
                                 : "one per CPU core");
  }

  // Of the processor that runs the program; 1 where none is known.
  int cpu_cores() {
    const SystemSpec& machine = system();
    const bool own = !machine.host.device.empty();
    if (!own && machine.parts.empty()) return 1;
    const DeviceSpec* device = catalog_.device(own ? machine.host.device : machine.parts[0].device,
                                               machine.place, diagnostics_);
    const ComputeUnitSpec* unit = device ? find_unit(*device, UnitKind::cpu) : nullptr;
    return unit ? std::max(1, unit->cores) * (own ? machine.host.sockets : 1) : 1;
  }

  void page_cache() {
    const OsSpec* os = catalog_.os(system().os, system().place, diagnostics_);
    if (!os) {
      failed_ = true;
      return;
    }
    if (!os->page_cache) {
      refuse("unsupported-streaming", machines_place(),
             "nothing is known about how " + os->name + " reads and caches files",
             "an operating system with 'page_cache'");
      return;
    }
    setup_.files = &*os->page_cache;
    setup_.page_cache = value_or(given_.page_cache, os->page_cache->policy, "streaming.page_cache",
                                 "that of " + os->name);
    const std::vector<ReplacementKind> known = {ReplacementKind::none, ReplacementKind::lru,
                                                ReplacementKind::two_list,
                                                ReplacementKind::clock_pro};
    if (!contains(known, setup_.page_cache))
      refuse("unsupported-streaming", given_.page_cache.place,
             "no operating system caches files by " + std::string(word(setup_.page_cache)),
             joined(spellings(known)));
    extent(os->page_cache->page);
  }

  void extent(Bytes page) {
    setup_.extent = given_.extent.value.value_or(Bytes());
    if (given_.extent.has() && setup_.extent < page)
      refuse("out-of-range", given_.extent.place,
             "an extent of " + print_binary(setup_.extent) + " is smaller than a page",
             "at least " + print_binary(page));
  }

  // The cache of the engine itself: asked for, or a habit of the engine.
  void own_cache() {
    setup_.cache_memory = given_.cache_memory.value.value_or(spec().cache_memory);
    const bool off = given_.cache_policy.value == ReplacementKind::none ||
                     (given_.cache_size.has() && *given_.cache_size.value == Bytes());
    const bool asked = given_.cache_policy.has() || given_.cache_size.has();
    if (off) return refuse_beside_no_cache();
    if (!asked && spec().cache_default == 0.0) {
      if (given_.cache_memory.has())
        refuse("missing-key", given_.cache_memory.place, "a cache without a size", "size: …");
      return;
    }
    if (spec().cache_policies.empty())
      refuse("unsupported-streaming",
             given_.cache_policy.has() ? given_.cache_policy.place : given_.cache_size.place,
             engine_.name + " keeps no cache of its own", "no 'cache'");
    else
      cache_policy_and_size();
  }

  // "policy: none" or "size: 0 B", and something that only a cache has.
  void refuse_beside_no_cache() {
    const bool sized = given_.cache_size.has() && *given_.cache_size.value > Bytes();
    if (sized)
      refuse("inconsistent", given_.cache_size.place, "a size for no cache",
             "a policy other than none, or no size");
    if (given_.cache_memory.has())
      refuse("inconsistent", given_.cache_memory.place, "a kind of memory for no cache",
             "a cache with a size, or no memory");
  }

  void cache_policy_and_size() {
    setup_.cache_policy = given_.cache_policy.value.value_or(spec().cache_policies.front());
    if (!contains(spec().cache_policies, setup_.cache_policy)) {
      const std::string wanted(word(setup_.cache_policy));
      std::vector<std::string> known = spellings(spec().cache_policies);
      known.emplace_back(word(ReplacementKind::none));
      refuse("unsupported-streaming", given_.cache_policy.place,
             engine_.name + " keeps no cache by " + wanted, joined(known),
             nearest_name(wanted, known).value_or(""));
    }
    if (!given_.cache_policy.has())
      chose("streaming.cache.policy", std::string(word(setup_.cache_policy)),
            "the usual one of " + engine_.name);
    if (given_.cache_size.has())
      setup_.cache_size = *given_.cache_size.value;
    else if (spec().cache_default > 0.0)
      default_size();
    else
      refuse("missing-key", given_.cache_policy.place, "a cache without a size", "size: …");
  }

  void default_size() {
    constexpr double percent = 100.0;
    chose("streaming.cache.size", print_number(percent * spec().cache_default) + " %",
          "of what memory is left, the habit of " + engine_.name);
  }

  // What alone or together exceeds the machine.
  void memory() {
    setup_.other_memory = given_.other_memory.value.value_or(Bytes());
    const Bytes there = system().host.memory;
    const std::string expected = "less than " + print_binary(there) + " in all";
    if (setup_.cache_size >= there)
      refuse("out-of-range", given_.cache_size.place,
             "a cache of " + print_binary(setup_.cache_size) + " is all the memory of " +
                 system().name,
             expected);
    if (setup_.other_memory >= there)
      refuse("out-of-range", given_.other_memory.place,
             "programs beside that take " + print_binary(setup_.other_memory) +
                 " leave no memory of " + system().name,
             expected);
    else if (setup_.cache_size < there && setup_.cache_size + setup_.other_memory >= there)
      refuse("out-of-range", given_.cache_size.place,
             "the cache and the programs beside are all the memory of " + system().name, expected);
  }

  void prefetch() {
    PrefetchSetup& ahead = setup_.prefetch;
    ahead.kind = given_.prefetch.value.value_or(PrefetchKind::none);
    const bool direct = setup_.access == ReadAccess::direct;
    if (ahead.kind == PrefetchKind::none) return refuse_beside_no_prefetch();
    accuracy();
    ahead.issued_before = given_.prefetch_before.value.value_or(LayerPart::attention);
    if (ahead.issued_before == LayerPart::experts)
      refuse("out-of-range", given_.prefetch_before.place,
             "before its experts a layer's real reads are under way", "attention or router");
    ahead.into_page_cache = given_.prefetch_hint.value.value_or(!direct);
    if (ahead.into_page_cache && direct)
      refuse("inconsistent", given_.prefetch_hint.place,
             "a hint fills the page cache, which direct reads pass by", "hint: false");
    if (!ahead.into_page_cache && setup_.access == ReadAccess::mmap)
      refuse("inconsistent", given_.prefetch_hint.place, "under mmap there is no buffer to read to",
             "hint: true");
  }

  void accuracy() {
    const bool stated = given_.prefetch_accuracy.has();
    if (setup_.prefetch.kind == PrefetchKind::predictor && !stated)
      refuse("missing-key", given_.prefetch.place, "a predictor of unknown accuracy",
             "accuracy: 0 to 1");
    if (setup_.prefetch.kind == PrefetchKind::previous_token && stated)
      refuse("inconsistent", given_.prefetch_accuracy.place,
             "how often the token before is right follows from the routing",
             "no accuracy, or predicts: predictor");
    setup_.prefetch.accuracy = given_.prefetch_accuracy.value.value_or(1.0);
  }

  void refuse_beside_no_prefetch() {
    const auto says_nothing = [&](const auto& given, const char* key) {
      if (given.has())
        refuse("inconsistent", given.place, std::string(key) + " says nothing without a prediction",
               "predicts: previous_token or predictor");
    };
    says_nothing(given_.prefetch_accuracy, "accuracy");
    says_nothing(given_.prefetch_before, "before");
    says_nothing(given_.prefetch_hint, "hint");
  }

  void routing() {
    setup_.seed = given_.seed.value.value_or(setup_.seed);
    if (!given_.routing_trace.has()) return;
    setup_.routing_trace = *given_.routing_trace.value;
    std::error_code ignored;
    const bool readable = fs::is_regular_file(setup_.routing_trace, ignored) &&
                          std::ifstream(setup_.routing_trace).good();
    if (!readable)
      refuse("unreadable", given_.routing_trace.place,
             "there is no routing trace '" + setup_.routing_trace + "'",
             "a CSV file, relative to the scenario's folder");
  }

  const Scenario& scenario_;
  const StreamingSection& given_;
  const EngineSpec& engine_;
  Catalog& catalog_;
  StreamingSetup setup_;
  std::vector<ChosenDefault> chosen_;
};

// Engines that stream, for who picked another.
std::string streaming_engines(Catalog& catalog, const SourcePlace& place) {
  std::vector<std::string> ids;
  for (const CatalogEntry& header : catalog.headers(EntryKind::engine)) {
    Diagnostics ignored;
    const EngineSpec* engine = catalog.engine(header.id, place, ignored);
    if (engine && engine->streaming) ids.push_back(engine->id);
  }
  return joined(ids);
}

// What asks an engine that holds all weights in memory to stream.
bool refuse_streaming(const Scenario& scenario, Catalog& catalog, Diagnostics& diagnostics) {
  const Given<PlacementStrategy>& placement = scenario.spec.placement;
  const SourcePlace* first = first_place(scenario.spec.streaming);
  const bool streamed = placement.has() && *placement.value == PlacementStrategy::streamed;
  if (!first && !streamed) return false;
  const SourcePlace& place = first ? *first : placement.place;
  diagnostics.error("unsupported-streaming", place,
                    scenario.engine->name + " holds all weights in memory and streams none",
                    streaming_engines(catalog, place));
  return true;
}

}  // namespace

bool resolve_streaming(Scenario& scenario, Catalog& catalog, Diagnostics& diagnostics) {
  const EngineSpec& engine = *scenario.engine;
  if (!engine.streaming) return !refuse_streaming(scenario, catalog, diagnostics);
  const ScenarioSpec& spec = scenario.spec;
  const SourcePlace* first = first_place(spec.streaming);
  const bool streamed = spec.placement.value == PlacementStrategy::streamed;
  const bool resident = !engine.streaming->always && !left_open(spec) && !streamed;
  if (resident && first)
    diagnostics.error("inconsistent", *first,
                      "'streaming' says nothing under placement '" +
                          std::string(to_text(*spec.placement.value)) + "'",
                      "placement: streamed or auto");
  if (resident) return !first;
  Diagnostics problems;
  StreamingResolver resolver(scenario, catalog, problems);
  scenario.streaming = resolver.run();
  // Nobody asked for what would be a last resort.
  const bool asked = engine.streaming->always || streamed || first;
  if (!asked) return true;
  diagnostics.append(problems);
  scenario.defaults.insert(scenario.defaults.end(), resolver.chosen().begin(),
                           resolver.chosen().end());
  return scenario.streaming.has_value();
}

}  // namespace plimsoll
