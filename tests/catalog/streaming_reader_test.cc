// Key `streaming` of an engine: what it becomes, and where the complaint about each mistake stands.
#include "catalog/words.h"
#include "data_fixture.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

// A figure of the fixture's source.
std::string time(const std::string& value) {
  return "{value: " + value + ", source: S, status: measured}";
}

const std::string streaming = R"(streaming:
  access: [parallel_pread, direct, mmap]
  threads: 4
  reads_per_expert: 3
  layer:
    - {command: [attention], wait: true}
    - {host: flush, time: {value: 10 us, source: S, status: measured}}
    - {command: [router], wait: true}
    - {read: experts}
    - {command: [experts]}
  submission: {value: 15 us, source: S, status: measured}
  synchronisation: {value: 100 us, range: [40 us, 170 us], source: S, status: measured}
  command_gap: {value: 5 us, source: S, status: measured}
  prefill: token_by_token
  dense_weights: anonymous
  cache_policies: [lru, pinned]
  cache_memory: anonymous
  cache_default: 0.5
  cache_lookup: {value: 2 us, source: S, status: measured}
  repacked: [F16]
)";

// The fixture's engine with that block.
std::string engine_with(const std::string& block) {
  return replaced(valid_engine, "source: S\nbackends", block + "source: S\nbackends");
}

struct Read {
  std::optional<StreamingSpec> spec;
  std::vector<std::string> problems;  // "code line:column"
};

Read read(const std::string& engine) {
  const DataFixture data;
  data.write("hwdb/engines/engine-a.yaml", engine);
  Catalog catalog(data.only());
  Diagnostics problems;
  const EngineSpec* found = catalog.engine("engine-a", {}, problems);
  return {.spec = found ? found->streaming : std::nullopt, .problems = codes_and_places(problems)};
}

TEST_CASE("an engine says how it streams", "[catalog]") {
  CHECK_FALSE(read(valid_engine).spec);
  const Read result = read(engine_with(streaming));
  CHECK(result.problems.empty());
  REQUIRE(result.spec);
  const StreamingSpec& spec = *result.spec;
  CHECK(spec.always);
  CHECK(spec.access ==
        std::vector<ReadAccess>{ReadAccess::parallel_pread, ReadAccess::direct, ReadAccess::mmap});
  CHECK(spec.threads == 4);
  CHECK(spec.reads_per_expert == 3);
  REQUIRE(spec.layer.size() == 5);
  CHECK(spec.layer[0].kind == StreamStep::Kind::command);
  CHECK(spec.layer[0].parts == std::vector<LayerPart>{LayerPart::attention});
  CHECK(spec.layer[0].wait);
  CHECK(spec.layer[1].kind == StreamStep::Kind::host);
  CHECK(spec.layer[1].what == "flush");
  CHECK(spec.layer[1].time->value.base() == Approx(10e-6));
  CHECK(spec.layer[3].kind == StreamStep::Kind::read);
  CHECK(spec.layer[4].parts == std::vector<LayerPart>{LayerPart::experts});
  CHECK_FALSE(spec.layer[4].wait);
  CHECK(spec.submission.value.base() == Approx(15e-6));
  CHECK(spec.synchronisation.value.base() == Approx(100e-6));
  CHECK(spec.synchronisation.high->base() == Approx(170e-6));
  CHECK(spec.command_gap.value.base() == Approx(5e-6));
  CHECK(spec.prefill == PrefillKind::token_by_token);
  CHECK(spec.dense_weights == WeightMemory::anonymous);
  CHECK(spec.cache_policies ==
        std::vector<ReplacementKind>{ReplacementKind::lru, ReplacementKind::pinned});
  CHECK(spec.cache_memory == WeightMemory::anonymous);
  CHECK(spec.cache_default == 0.5);
  CHECK(spec.cache_lookup->value.base() == Approx(2e-6));
  CHECK(spec.repacked == std::vector<std::string>{"F16"});
}

TEST_CASE("what an engine need not say about streaming", "[catalog]") {
  std::string text = replaced(streaming, "threads: 4\n  reads_per_expert: 3", "threads: 0");
  text.erase(text.find("  cache_policies"));
  const Read result = read(engine_with(replaced(text, "  access", "  always: false\n  access")));
  CHECK(result.problems.empty());
  REQUIRE(result.spec);
  CHECK_FALSE(result.spec->always);
  CHECK(result.spec->threads == 0);
  CHECK(result.spec->reads_per_expert == 1);
  CHECK(result.spec->cache_policies.empty());
  CHECK(result.spec->cache_default == 0.0);
  CHECK_FALSE(result.spec->cache_lookup);
  CHECK(result.spec->repacked.empty());
}

// '@' in `to` marks where the complaint stands.
TEST_CASE("mistakes of a streaming engine", "[catalog]") {
  const std::string router = "    - {command: [router], wait: true}\n";
  const std::string experts = "    - {read: experts}\n    - {command: [experts]}\n";
  const std::string layer = "  layer:\n    - {command: [attention], wait: true}\n";
  const std::string all = streaming.substr(
      streaming.find("  layer:"), streaming.find("  submission") - streaming.find("  layer:"));
  const std::string first = "  @layer:\n    - {command: ";
  const Mistake mistakes[] = {
      {"[parallel_pread, direct, mmap]", "@[]", "out-of-range"},
      {"[parallel_pread, direct, mmap]", "[@pred]", "unknown-value"},
      {"[parallel_pread, direct, mmap]", "@[direct, mmap, direct]", "inconsistent"},
      {"threads: 4", "threads: @-1", "out-of-range"},
      {"threads: 4", "threads: @1025", "out-of-range"},
      {"reads_per_expert: 3", "reads_per_expert: @0", "out-of-range"},
      {"prefill: token_by_token", "prefill: @tokens", "unknown-value"},
      {"dense_weights: anonymous", "dense_weights: @swapped", "unknown-value"},
      {"value: 15 us", "value: @11 s", "out-of-range"},
      {"  submission: {value: 15 us, source: S", "  submission: @{value: 15 us", "missing-source"},
      {"  prefill: token_by_token\n", "  @prefil: token_by_token\n  prefill: token_by_token\n",
       "unknown-key"},
      // Steps.
      {"{read: experts}", "{read: @expert}", "unknown-value"},
      {"{read: experts}", "@{}", "missing-key"},
      {"{read: experts}", "@{read: experts, host: both, time: " + time("1 us") + "}",
       "inconsistent"},
      {"{read: experts}", "{read: experts, wait: @true}", "inconsistent"},
      {"{read: experts}", "{read: experts, time: @" + time("1 us") + "}", "inconsistent"},
      {"{host: flush, time: {value: 10 us, source: S, status: measured}}", "@{host: flush}",
       "missing-key"},
      {"[attention]", "@[]", "out-of-range"},
      {"[attention]", "[@attn]", "unknown-value"},
      // Each part once, in order.
      {layer, "  @layer:\n    - {host: nothing, time: " + time("1 us") + "}\n", "inconsistent"},
      {layer, first + "[attention, attention], wait: true}\n", "inconsistent"},
      {"[experts]", "[experts, experts]", ""},
      {all, first + "[router], wait: true}\n    - {command: [attention]}\n" + experts,
       "inconsistent"},
      // One read, of experts that are known, before they run.
      {"    - {read: experts}\n", "", ""},
      {"    - {read: experts}\n", "    - {read: experts}\n    - {read: experts}\n", ""},
      {experts, "    - {command: [experts]}\n    - {read: experts}\n", ""},
      {router, "    - {command: [router]}\n", ""},
      {all,
       first + "[attention]}\n    - {read: experts}\n    - {command: [router], wait: true}\n" +
           "    - {command: [experts]}\n",
       "inconsistent"},
      // A cache of its own.
      {"[lru, pinned]", "@[lru, none]", "inconsistent"},
      {"[lru, pinned]", "@[lru, lru]", "inconsistent"},
      {"cache_default: 0.5", "cache_default: @1.5", "out-of-range"},
      {"repacked: [F16]", "repacked: @F16", "wrong-kind"},
  };
  for (const Mistake& mistake : mistakes) {
    INFO(mistake.from << " -> " << mistake.to);
    std::string text = engine_with(replaced(streaming, mistake.from, mistake.to));
    std::string code = mistake.code;
    if (code.empty()) {  // a complaint about the whole layer
      code = "inconsistent";
      text = replaced(text, "  layer:", "  @layer:");
    }
    const MarkedText marked(text);
    CHECK(read(marked.text).problems ==
          std::vector<std::string>{code + " " + std::to_string(marked.line) + ":" +
                                   std::to_string(marked.column)});
  }
}

TEST_CASE("a wait for a later command is one for the router", "[catalog]") {
  const std::string later =
      replaced(streaming, "    - {command: [router], wait: true}\n    - {read: experts}\n",
               "    - {command: [router]}\n    - {read: experts}\n");
  CHECK(read(engine_with(later)).problems.size() == 1);
  const std::string merged =
      replaced(replaced(later, "    - {command: [attention], wait: true}\n", ""), "[router]",
               "[attention, router], wait: true");
  CHECK(read(engine_with(merged)).problems.empty());
}

TEST_CASE("an engine without a cache says nothing about one", "[catalog]") {
  std::string text = streaming.substr(0, streaming.find("  cache_policies"));
  CHECK(read(engine_with(text)).problems.empty());
  for (const std::string& key :
       {std::string("cache_memory: @wired"), std::string("cache_default: @0.1"),
        "cache_lookup: @" + time("1 us")}) {
    INFO(key);
    const MarkedText marked(engine_with(text + "  " + key + "\n"));
    CHECK(read(marked.text).problems ==
          std::vector<std::string>{"inconsistent " + std::to_string(marked.line) + ":" +
                                   std::to_string(marked.column)});
  }
}

TEST_CASE("formats that are repacked must exist", "[catalog]") {
  const DataFixture data;
  data.write_all();
  data.write("hwdb/engines/engine-a.yaml", engine_with(replaced(streaming, "[F16]", "[F16, F17]")));
  Catalog catalog(data.only());
  Diagnostics problems;
  catalog.check_all(problems);
  REQUIRE(problems.sorted().size() == 1);
  CHECK(problems.sorted().front().code == "unknown-format");
  CHECK(problems.sorted().front().suggestion == "F16");
}

}  // namespace
}  // namespace plimsoll
