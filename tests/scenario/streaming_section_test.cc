// The section `streaming`: read, written, overridden; what becomes of it with an engine and a
// machine, and every refusal.
#include "scenario/streaming_section.h"

#include <filesystem>
#include <rapidcheck.h>
#include <string>
#include <vector>

#include "catalog/words.h"
#include "scenario/read_text.h"
#include "scenario/small_world.h"

namespace plimsoll {
namespace {

using Options = std::vector<std::pair<std::string, std::string>>;
using Texts = std::vector<std::string>;

const std::string section = R"(kind: scenario
model: moe
streaming:
  access: direct
  threads: 8
  reads_per_expert: 3
  page_cache: two_list
  cache: {policy: lfu, size: 9.8 GB, memory: anonymous}
  dense_weights: wired
  start: warm
  prefetch: {predicts: predictor, accuracy: 0.53, before: router, hint: false}
  other_memory: 2 GiB
  extent: 512 KiB
  routing: trace.csv
  seed: 42
)";

TEST_CASE("every key of the section is read", "[scenario][streaming]") {
  const DataFixture data;
  const StreamingSection read = read_text(data, section).streaming;
  CHECK(read.access.value == ReadAccess::direct);
  CHECK(read.threads.value == 8);
  CHECK(read.reads_per_expert.value == 3);
  CHECK(read.page_cache.value == ReplacementKind::two_list);
  CHECK(read.cache_policy.value == ReplacementKind::lfu);
  CHECK(read.cache_size.value->base() == 9.8e9);
  CHECK(read.cache_memory.value == WeightMemory::anonymous);
  CHECK(read.dense_weights.value == WeightMemory::wired);
  CHECK(read.start.value == StartState::warm);
  CHECK(read.prefetch.value == PrefetchKind::predictor);
  CHECK(read.prefetch_accuracy.value == 0.53);
  CHECK(read.prefetch_before.value == LayerPart::router);
  CHECK(read.prefetch_hint.value == false);
  CHECK(read.other_memory.value->base() == 2.0 * 1024 * 1024 * 1024);
  CHECK(read.extent.value->base() == 512.0 * 1024);
  CHECK(read.seed.value == 42);
  CHECK(first_place(read)->line == 4);
  CHECK(first_place(read)->column == 11);
  CHECK(first_place(read_text(data, "kind: scenario\n").streaming) == nullptr);
}

TEST_CASE("a trace lies beside the scenario, or where the command runs", "[scenario][streaming]") {
  namespace fs = std::filesystem;
  const DataFixture data;
  const auto path = [&](const std::string& text, const Texts& overrides = {}) {
    return *read_text(data, text, overrides).streaming.routing_trace.value;
  };
  CHECK(path(section) == (data.root() / "trace.csv").string());
  CHECK(path(replaced(section, "trace.csv", "sub/../t.csv")) == (data.root() / "t.csv").string());
  CHECK(path(replaced(section, "trace.csv", "/else/t.csv")) == "/else/t.csv");
  CHECK(path(section, {"streaming.routing=t.csv"}) == (fs::current_path() / "t.csv").string());
  CHECK(*spec_of({{"routing", "t.csv"}}).streaming.routing_trace.value ==
        (fs::current_path() / "t.csv").string());
}

TEST_CASE("one value of the section is overridden", "[scenario][streaming]") {
  const DataFixture data;
  const StreamingSection read =
      read_text(data, section, {"streaming.cache.size=3.5GB", "streaming.prefetch.accuracy=0.25"})
          .streaming;
  CHECK(read.cache_size.value->base() == 3.5e9);
  CHECK(read.cache_size.place.file == "--set streaming.cache.size");
  CHECK(read.cache_policy.value == ReplacementKind::lfu);
  CHECK(read.prefetch_accuracy.value == 0.25);
  const StreamingSection fresh =
      read_text(data, "kind: scenario\n", {"streaming.cache.size=3.5 GB"}).streaming;
  CHECK(fresh.cache_size.value->base() == 3.5e9);
}

TEST_CASE("options of the section", "[scenario][streaming]") {
  const StreamingSection read =
      spec_of({{"access", "direct"}, {"read_threads", "2"}, {"app_cache", "1 GiB"}},
              {"streaming.seed=3"})
          .streaming;
  CHECK(read.access.value == ReadAccess::direct);
  CHECK(read.access.place.file == "--access");
  CHECK(read.threads.value == 2);
  CHECK(read.threads.place.file == "--read-threads");
  CHECK(read.cache_size.value->base() == 1024.0 * 1024 * 1024);
  CHECK(read.cache_size.place.file == "--app-cache");
  CHECK(read.seed.value == 3);
}

TEST_CASE("the section reads back as it was written", "[scenario][streaming]") {
  const DataFixture data;
  const auto again = [&](const ScenarioSpec& spec) {
    const std::string text = to_yaml(spec);
    CHECK(to_yaml(read_text(data, text)) == text);
    return read_text(data, text).streaming;
  };
  const StreamingSection back = again(read_text(data, section));
  CHECK(back.access.value == ReadAccess::direct);
  CHECK(back.threads.value == 8);
  CHECK(back.reads_per_expert.value == 3);
  CHECK(back.page_cache.value == ReplacementKind::two_list);
  CHECK(back.cache_policy.value == ReplacementKind::lfu);
  CHECK(back.cache_size.value->base() == 9.8e9);
  CHECK(back.cache_memory.value == WeightMemory::anonymous);
  CHECK(back.dense_weights.value == WeightMemory::wired);
  CHECK(back.start.value == StartState::warm);
  CHECK(back.prefetch.value == PrefetchKind::predictor);
  CHECK(back.prefetch_accuracy.value == 0.53);
  CHECK(back.prefetch_before.value == LayerPart::router);
  CHECK(back.prefetch_hint.value == false);
  CHECK(back.other_memory.value->base() == 2.0 * 1024 * 1024 * 1024);
  CHECK(back.extent.value->base() == 512.0 * 1024);
  CHECK(*back.routing_trace.value == (data.root() / "trace.csv").string());
  CHECK(back.seed.value == 42);
  ScenarioSpec only;
  only.streaming.prefetch_hint.value = true;
  CHECK(again(only).prefetch_hint.value == true);
  CHECK(to_yaml(ScenarioSpec()) == "kind: scenario\n");
  ScenarioSpec placed;
  placed.placement.value = PlacementStrategy::streamed;
  CHECK(read_text(data, to_yaml(placed)).placement.value == PlacementStrategy::streamed);
}

TEST_CASE("any share and size reads back exactly", "[scenario][streaming]") {
  const DataFixture data;
  CHECK(rc::check("accuracy and sizes survive", [&] {
    ScenarioSpec spec;
    // 2^53 values of a share: all bits count.
    const auto bits = *rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 53);
    spec.streaming.prefetch_accuracy.value =
        static_cast<double>(bits) / static_cast<double>(std::int64_t{1} << 53);
    spec.streaming.cache_size.value =
        Bytes(static_cast<double>(*rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 40)));
    const StreamingSection back = read_text(data, to_yaml(spec)).streaming;
    RC_ASSERT(*back.prefetch_accuracy.value == *spec.streaming.prefetch_accuracy.value);
    RC_ASSERT(*back.cache_size.value == *spec.streaming.cache_size.value);
  }));
}

TEST_CASE("mistakes in the section stand at their place", "[scenario][streaming]") {
  const DataFixture data;
  struct Case {
    const char* code;
    const char* marked;
  };
  for (const Case& each : {Case{"wrong-kind", "streaming: @direct"},
                           Case{"unknown-key", "streaming: {@acces: direct}"},
                           Case{"unknown-value", "streaming: {access: @dirct}"},
                           Case{"out-of-range", "streaming: {threads: @0}"},
                           Case{"out-of-range", "streaming: {threads: @1025}"},
                           Case{"number", "streaming: {threads: @four}"},
                           Case{"out-of-range", "streaming: {reads_per_expert: @65}"},
                           Case{"unknown-value", "streaming: {page_cache: @mru}"},
                           Case{"wrong-kind", "streaming: {cache: @9.8 GB}"},
                           Case{"unknown-key", "streaming: {cache: {@sise: 9.8 GB}}"},
                           Case{"unit", "streaming: {cache: {size: @9.8}}"},
                           Case{"out-of-range", "streaming: {cache: {size: @-1 GB}}"},
                           Case{"unknown-value", "streaming: {cache: {memory: @swap}}"},
                           Case{"unknown-value", "streaming: {start: @hot}"},
                           Case{"wrong-kind", "streaming: {prefetch: @previous_token}"},
                           Case{"unknown-value", "streaming: {prefetch: {predicts: @oracle}}"},
                           Case{"out-of-range", "streaming: {prefetch: {accuracy: @53}}"},
                           Case{"unknown-value", "streaming: {prefetch: {before: @layer}}"},
                           Case{"wrong-kind", "streaming: {prefetch: {hint: @yes}}"},
                           Case{"out-of-range", "streaming: {extent: @0 B}"},
                           Case{"unit", "streaming: {other_memory: @2}"},
                           Case{"wrong-kind", "streaming: {routing: @[a]}"},
                           Case{"out-of-range", "streaming: {seed: @-1}"}}) {
    INFO(each.marked);
    const MarkedText marked("kind: scenario\n" + std::string(each.marked) + "\n");
    Texts found;
    try {
      read_text(data, marked.text);
    } catch (const InputError& error) {
      found = codes_and_places(error.diagnostics());
    }
    CHECK(found == Texts{std::string(each.code) + " " + std::to_string(marked.line) + ":" +
                         std::to_string(marked.column)});
  }
}

// The small world with files cached by its systems and engines that stream.
class StreamingWorld : public SmallWorld {
 public:
  StreamingWorld() {
    const std::string page_cache = R"(page_cache:
  policy: clock_pro
  page: 16 KiB
  read_ahead: {value: 32 KiB, source: S, status: measured}
  major_fault: {value: 20 us, source: S, status: measured}
  minor_fault: {value: 1 us, source: S, status: measured}
  command: 1 MiB
  read_call: {value: 46 us, source: S, status: measured}
  free_share: {value: 0.01, source: S, status: measured}
  file_floor: {value: 0.1, source: S, status: measured}
)";
    data.write("hwdb/os/macos.yaml", small_world::macos + page_cache);
    data.write("hwdb/storage/drive-a.yaml", valid_storage);
    data.write("hwdb/systems/laptop.yaml", laptop("laptop", "macos"));
    data.write("hwdb/systems/unknown.yaml", laptop("unknown", "linux"));  // files: nothing known
    data.write("hwdb/engines/flow.yaml", engine("flow", "max_batch: 8\n", cache));
    // The cheapest habit to see: half of what is left.
    data.write("hwdb/engines/habit.yaml",
               engine("habit", "", std::string(cache) + "  cache_default: 0.5\n"));
    data.write("hwdb/engines/plain.yaml", engine("plain", "", "  always: false\n"));
  }

 private:
  static std::string laptop(const std::string& id, const std::string& os) {
    return "kind: system\nid: " + id + "\nname: " + id + "\nos: " + os +
           "\nparts: [{device: soc-a}]\nhost: {memory: 64 GiB}\n"
           "storage: [{drive: drive-a, size: 1 TB, count: 2}, {drive: drive-a, size: 8 TB}]\n";
  }

  static constexpr const char* cache = "  cache_policies: [lru, pinned]\n  cache_memory: wired\n";

  static std::string engine(const std::string& id, const std::string& extra,
                            const std::string& more) {
    const bool plain = id == "plain";
    return small_world::engine(
        id, "gguf", "",
        "host_embedding: true\n" + extra + "streaming:\n  access: " +
            (plain ? "[mmap]\n  threads: 0\n"
                   : "[parallel_pread, pread, direct, mmap]\n  threads: 4\n") +
            R"(  layer:
    - {command: [attention, router], wait: true}
    - {read: experts}
    - {command: [experts]}
  submission: {value: 15 us, source: S, status: measured}
  synchronisation: {value: 100 us, source: S, status: measured}
  command_gap: {value: 5 us, source: S, status: measured}
  prefill: token_by_token
  dense_weights: mapped
)" + more,
        small_world::backend("cuda", "gpu", true) + small_world::backend("metal", "gpu", true) +
            small_world::backend("cpu", "cpu", false));
  }
};

Options with(Options more) {
  for (const auto& [key, value] :
       Options{{"model", "moe"}, {"system", "laptop"}, {"engine", "flow"}}) {
    bool given = false;
    for (const auto& entry : more) given = given || entry.first == key;
    if (!given) more.emplace_back(key, value);
  }
  return more;
}

StreamingSetup setup(StreamingWorld& world, const Texts& overrides = {}, Options options = {}) {
  const Scenario scenario = resolved(spec_of(with(std::move(options)), overrides), world.catalog());
  REQUIRE(scenario.streaming);
  return *scenario.streaming;
}

TEST_CASE("what the user left open is the engine's and the system's", "[scenario][streaming]") {
  StreamingWorld world;
  const Scenario scenario = resolved(spec_of(with({})), world.catalog());
  REQUIRE(scenario.streaming);
  const StreamingSetup& open = *scenario.streaming;
  CHECK(open.access == ReadAccess::parallel_pread);
  CHECK(open.threads == 4);
  CHECK(open.reads_per_expert == 1);
  CHECK(open.page_cache == ReplacementKind::clock_pro);
  CHECK(open.cache_policy == ReplacementKind::none);
  CHECK(open.cache_size == Bytes());
  CHECK(open.dense_weights == WeightMemory::mapped);
  CHECK(open.start == StartState::loaded);
  CHECK(open.prefetch.kind == PrefetchKind::none);
  CHECK(open.extent == Bytes());
  CHECK(open.routing_trace.empty());
  CHECK(open.seed == 1);
  Texts chosen;
  for (const ChosenDefault& each : scenario.defaults)
    if (each.field.starts_with("streaming")) chosen.push_back(each.field + "=" + each.value);
  CHECK(chosen == Texts{"streaming.access=parallel_pread", "streaming.threads=4",
                        "streaming.page_cache=clock_pro", "streaming.start=loaded"});
}

TEST_CASE("what the user says is taken", "[scenario][streaming]") {
  StreamingWorld world;
  world.data.write("trace.csv", "0\n");
  const StreamingSetup said =
      setup(world, {"streaming.access=direct", "streaming.threads=8",
                    "streaming.reads_per_expert=3", "streaming.page_cache=lru",
                    "streaming.cache.size=4 GiB", "streaming.dense_weights=wired",
                    "streaming.start=cold", "streaming.prefetch.predicts=predictor",
                    "streaming.prefetch.accuracy=0.53", "streaming.prefetch.before=router",
                    "streaming.other_memory=2 GiB", "streaming.extent=512 KiB", "streaming.seed=9",
                    "streaming.routing=" + (world.data.root() / "trace.csv").string()});
  CHECK(said.access == ReadAccess::direct);
  CHECK(said.threads == 8);
  CHECK(said.reads_per_expert == 3);
  CHECK(said.page_cache == ReplacementKind::lru);
  CHECK(said.cache_policy == ReplacementKind::lru);  // the engine's first
  CHECK(said.cache_size.base() == 4.0 * 1024 * 1024 * 1024);
  CHECK(said.cache_memory == WeightMemory::wired);
  CHECK(said.dense_weights == WeightMemory::wired);
  CHECK(said.start == StartState::cold);
  CHECK(said.prefetch.kind == PrefetchKind::predictor);
  CHECK(said.prefetch.accuracy == 0.53);
  CHECK(said.prefetch.issued_before == LayerPart::router);
  CHECK_FALSE(said.prefetch.into_page_cache);  // direct reads pass it by
  CHECK(said.other_memory.base() == 2.0 * 1024 * 1024 * 1024);
  CHECK(said.extent.base() == 512.0 * 1024);
  CHECK(said.seed == 9);
  CHECK(said.routing_trace == (world.data.root() / "trace.csv").string());
}

TEST_CASE("threads, caches and guesses that follow from others", "[scenario][streaming]") {
  StreamingWorld world;
  CHECK(setup(world, {"streaming.access=pread"}).threads == 1);
  // 0 threads stand for the 8 cores of the chip's CPU.
  CHECK(setup(world, {"placement=streamed"}, {{"engine", "plain"}}).threads == 8);
  const StreamingSetup guesses = setup(world, {"streaming.prefetch.predicts=previous_token"});
  CHECK(guesses.prefetch.issued_before == LayerPart::attention);
  CHECK(guesses.prefetch.into_page_cache);
  const StreamingSetup pinned =
      setup(world, {"streaming.cache={policy: pinned, size: 1 GB, memory: anonymous}"});
  CHECK(pinned.cache_policy == ReplacementKind::pinned);
  CHECK(pinned.cache_memory == WeightMemory::anonymous);
  // A habit is a policy without a size; it can be switched off in two ways.
  const StreamingSetup habit = setup(world, {}, {{"engine", "habit"}});
  CHECK(habit.cache_policy == ReplacementKind::lru);
  CHECK(habit.cache_size == Bytes());
  for (const char* off : {"streaming.cache.size=0 B", "streaming.cache.policy=none"})
    CHECK(setup(world, {off}, {{"engine", "habit"}}).cache_policy == ReplacementKind::none);
}

TEST_CASE("what reads meet", "[scenario][streaming]") {
  StreamingWorld world;
  const StreamingSetup striped = setup(world);
  REQUIRE(striped.drive);
  CHECK(striped.drive->id == "drive-a");
  CHECK(striped.drives == 2);
  REQUIRE(striped.files);
  CHECK(striped.files->read_call.value.base() == Approx(46e-6));
}

TEST_CASE("who streams, and when", "[scenario][streaming]") {
  StreamingWorld world;
  const auto streams = [&](const Options& options, const Texts& overrides = {}) {
    return resolved(spec_of(with(options), overrides), world.catalog()).streaming.has_value();
  };
  CHECK(streams({}));
  CHECK(streams({}, {"placement=streamed"}));
  CHECK_FALSE(streams({{"engine", "llama.cpp"}}));
  // A last resort: there where the placement is open, and without a word in the list of defaults.
  CHECK(streams({{"engine", "plain"}}));
  CHECK_FALSE(streams({{"engine", "plain"}}, {"placement=cpu"}));
  CHECK(streams({{"engine", "plain"}, {"batch", "2"}}));
  CHECK_FALSE(streams({{"engine", "plain"}, {"system", "unknown"}}));
  CHECK_FALSE(streams({{"engine", "plain"}, {"system", "soc-a"}}));  // a bare chip without a drive
  for (const ChosenDefault& each :
       resolved(spec_of(with({{"engine", "plain"}})), world.catalog()).defaults)
    CHECK_FALSE(each.field.starts_with("streaming"));
}

// "code place" of everything wrong.
Texts refusals(const Options& options, const Texts& overrides) {
  StreamingWorld world;
  Diagnostics diagnostics;
  const auto scenario = resolve(spec_of(with(options), overrides), world.catalog(), diagnostics);
  Texts list;
  for (const Diagnostic& item : diagnostics.sorted()) {
    list.push_back(item.code + " " + item.place.file);
    CHECK_FALSE(item.message.empty());
    CHECK_FALSE(item.expected.empty());
  }
  CHECK(scenario.has_value() == list.empty());
  return list;
}

TEST_CASE("each streaming that cannot be is refused at its place", "[scenario][streaming]") {
  const auto refused = [](const Texts& overrides, const Options& options = {}) {
    Texts paths;
    for (const std::string& text : overrides) paths.push_back("streaming." + text);
    return refusals(options, paths);
  };
  const auto at = [](const std::string& code, const std::string& path) {
    return Texts{code + " --set streaming." + path};
  };
  CHECK(refused({}).empty());
  // The engine.
  CHECK(refused({"start=cold"}, {{"engine", "llama.cpp"}}) == at("unsupported-streaming", "start"));
  CHECK(refusals({{"engine", "llama.cpp"}}, {"placement=streamed"}) ==
        Texts{"unsupported-streaming --set placement"});
  CHECK(refusals({}, {"placement=single"}) == Texts{"inconsistent --set placement"});
  CHECK(refusals({{"engine", "plain"}}, {"placement=cpu", "streaming.start=cold"}) ==
        Texts{"inconsistent --set streaming.start"});
  CHECK(refused({"access=direct"}, {{"engine", "plain"}}) == at("unsupported-streaming", "access"));
  // The machine.
  CHECK(refusals({{"engine", "plain"}, {"system", "2x box-1 over ether-a"}}, {"placement=streamed"})
            .front() == "one-machine-engine --engine");
  CHECK(refused({}, {{"system", "unknown"}}) == Texts{"unsupported-streaming --system"});
  CHECK(refused({}, {{"system", "soc-a"}}) == Texts{"unsupported-streaming --system"});
  // Reads.
  CHECK(refused({"access=pread", "threads=2"}) == at("inconsistent", "threads"));
  CHECK(refused({"access=mmap", "reads_per_expert=2"}) == at("inconsistent", "reads_per_expert"));
  CHECK(refused({"page_cache=lfu"}) == at("unsupported-streaming", "page_cache"));
  CHECK(refused({"page_cache=pinned"}) == at("unsupported-streaming", "page_cache"));
  CHECK(refused({"extent=8 KiB"}) == at("out-of-range", "extent"));
  CHECK(refused({"extent=16 KiB"}).empty());
  CHECK(refused({"routing=/nowhere/t.csv"}) == at("unreadable", "routing"));
  CHECK(refused({"routing=/tmp"}) == at("unreadable", "routing"));
  // The cache of the engine. The machine has 64 GiB.
  CHECK(refused({"cache.size=1 GB"}, {{"engine", "plain"}}) ==
        at("unsupported-streaming", "cache.size"));
  CHECK(refused({"cache={policy: lfu, size: 1 GB}"}) == at("unsupported-streaming", "cache"));
  CHECK(refused({"cache.policy=lru"}) == at("missing-key", "cache.policy"));
  CHECK(refused({"cache.memory=wired"}) == at("missing-key", "cache.memory"));
  CHECK(refused({"cache={policy: none, size: 1 GB}"}) == at("inconsistent", "cache"));
  CHECK(refused({"cache={size: 0 B, memory: wired}"}) == at("inconsistent", "cache"));
  CHECK(refused({"cache.size=64 GiB"}) == at("out-of-range", "cache.size"));
  CHECK(refused({"cache.size=63.9 GiB"}).empty());
  CHECK(refused({"other_memory=64 GiB"}) == at("out-of-range", "other_memory"));
  CHECK(refused({"cache.size=32 GiB", "other_memory=32 GiB"}) == at("out-of-range", "cache.size"));
  // Guesses.
  CHECK(refused({"prefetch.predicts=predictor"}) == at("missing-key", "prefetch.predicts"));
  CHECK(refused({"prefetch={predicts: previous_token, accuracy: 0.5}"}) ==
        at("inconsistent", "prefetch"));
  CHECK(refused({"prefetch={predicts: previous_token, before: experts}"}) ==
        at("out-of-range", "prefetch"));
  CHECK(refused({"access=direct", "prefetch={predicts: previous_token, hint: true}"}) ==
        at("inconsistent", "prefetch"));
  CHECK(refused({"access=mmap", "prefetch={predicts: previous_token, hint: false}"}) ==
        at("inconsistent", "prefetch"));
  for (const char* alone : {"accuracy=0.5", "before=router", "hint=true"})
    CHECK(refused({"prefetch." + std::string(alone)}).size() == 1);
}

TEST_CASE("all of it is told at once, with the nearest name", "[scenario][streaming]") {
  CHECK(refusals({}, {"streaming.page_cache=lfu", "streaming.cache.size=100 GB",
                      "streaming.prefetch.hint=true"}) ==
        Texts{"out-of-range --set streaming.cache.size",
              "unsupported-streaming --set streaming.page_cache",
              "inconsistent --set streaming.prefetch.hint"});
  StreamingWorld world;
  Diagnostics diagnostics;
  resolve(spec_of(with({}), {"streaming.cache={policy: lfu, size: 1 GB}"}), world.catalog(),
          diagnostics);
  REQUIRE(diagnostics.sorted().size() == 1);
  CHECK(diagnostics.sorted().front().expected == "lru, pinned, none");
  CHECK(diagnostics.sorted().front().suggestion == "lru");
}

}  // namespace
}  // namespace plimsoll
