// Scenario files and options: reading, complaints with places, overrides, and the written form.
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <rapidcheck.h>
#include <string>
#include <vector>

#include "base/quantity_text.h"
#include "catalog/data_fixture.h"
#include "scenario/read_text.h"
#include "scenario/scenario.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

template <class T>
bool same(const Given<T>& a, const Given<T>& b) {
  return a.value == b.value;
}

template <class Q>
bool same(const std::optional<Figure<Q>>& a, const std::optional<Figure<Q>>& b) {
  if (!a || !b) return !a && !b;
  return a->value == b->value && a->low == b->low && a->high == b->high &&
         a->from.source == b->from.source && a->from.status == b->from.status &&
         a->from.confidence == b->from.confidence;
}

bool same(const ClusterNode& a, const ClusterNode& b) {
  return a.id == b.id && a.system == b.system && a.count == b.count;
}

bool same(const ClusterSwitch& a, const ClusterSwitch& b) {
  return a.id == b.id && same(a.capacity, b.capacity) && same(a.latency, b.latency);
}

bool same(const ClusterLink& a, const ClusterLink& b) {
  return a.from == b.from && a.to == b.to && a.among == b.among &&
         (a.among.empty() || a.topology == b.topology) && a.link == b.link && a.count == b.count;
}

template <class T>
bool all_same(const std::vector<T>& a, const std::vector<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const T& x, const T& y) { return same(x, y); });
}

bool same(const ClusterSpec* a, const ClusterSpec* b) {
  if (!a || !b) return !a && !b;
  return a->name == b->name && all_same(a->nodes, b->nodes) && all_same(a->switches, b->switches) &&
         all_same(a->links, b->links);
}

// Everything but the places.
void check_same(const ScenarioSpec& a, const ScenarioSpec& b) {
  CHECK(a.name == b.name);
  CHECK(a.description == b.description);
  CHECK(a.claimed == b.claimed);
  CHECK(same(a.model, b.model));
  CHECK(same(a.quantization, b.quantization));
  CHECK(same(a.system, b.system));
  CHECK(same(a.memory, b.memory));
  CHECK(same(a.count, b.count));
  CHECK(same(a.link, b.link));
  CHECK(same(a.topology, b.topology));
  CHECK(same(a.cluster, b.cluster));
  CHECK(same(a.own_cluster.get(), b.own_cluster.get()));
  CHECK(same(a.nodes, b.nodes));
  CHECK(same(a.tensor, b.tensor));
  CHECK(same(a.replicas, b.replicas));
  CHECK(same(a.spare, b.spare));
  CHECK(same(a.monthly_input, b.monthly_input));
  CHECK(same(a.monthly_output, b.monthly_output));
  CHECK(same(a.monthly_cached, b.monthly_cached));
  CHECK(same(a.monthly_requests, b.monthly_requests));
  CHECK(same(a.engine, b.engine));
  CHECK(same(a.backend, b.backend));
  CHECK(same(a.placement, b.placement));
  CHECK(same(a.gpu_layers, b.gpu_layers));
  CHECK(same(a.cpu_expert_layers, b.cpu_expert_layers));
  CHECK(same(a.accelerators, b.accelerators));
  CHECK(same(a.context, b.context));
  CHECK(same(a.prompt, b.prompt));
  CHECK(same(a.depth, b.depth));
  CHECK(same(a.generate, b.generate));
  CHECK(same(a.batch, b.batch));
  CHECK(same(a.kv_format, b.kv_format));
  CHECK(same(a.experts_per_token, b.experts_per_token));
  CHECK(same(a.importance_matrix, b.importance_matrix));
  CHECK(same(a.raise_gpu_limit, b.raise_gpu_limit));
}

const std::string full = R"(kind: scenario
name: everything
description: "two \"quoted\" words, a \\ and\na second line"
claimed: true
model: some-model
quantization: q4_k_m
system:
  id: some-machine
  count: 3
  memory: 48 GiB
  link: some-link
  topology: ring
  accelerators: 2
  raise_gpu_limit: true
engine: {id: some-engine, backend: some-backend}
placement: {strategy: cpu_experts, gpu_layers: 7, cpu_expert_layers: 9, tensor: 4, nodes: 2}
replicas: 6
spare: 1
workload:
  context: 16384
  prompt: 1000
  depth: 20
  generate: 300
  batch: 5
  kv_format: q8_0
load:
  input_tokens_per_month: 40000000000
  cached_tokens_per_month: 10000000000
  output_tokens_per_month: 8000000000
  requests_per_month: 2000000
experts_per_token: 3
importance_matrix: false
)";

const std::string own_cluster = R"(kind: scenario
cluster:
  name: 'two "halls"'
  nodes:
    - {id: head, system: Some Machine}
    - {id: worker, system: other, count: 3}
  switches:
    - {id: hub, capacity: {value: 5 GB/s, range: [4 GB/s, 6 GB/s], source: "S: a note", status: measured, confidence: high}, latency: {value: 1.5 us, source: S, status: claimed}}
  links:
    - {from: head, to: hub, link: some link, count: 2}
    - {among: [head, worker], topology: ring, link: other}
  accelerators: 2
  raise_gpu_limit: true
)";

// "code line:column" of everything wrong with the text.
std::vector<std::string> complaints(const DataFixture& data, const std::string& text,
                                    const std::vector<std::string>& overrides = {}) {
  try {
    read_text(data, text, overrides);
  } catch (const InputError& error) {
    return codes_and_places(error.diagnostics());
  }
  return {};
}

TEST_CASE("every field of a scenario file is read", "[scenario]") {
  const DataFixture data;
  const ScenarioSpec spec = read_text(data, full);
  CHECK(spec.name == "everything");
  CHECK(spec.description == "two \"quoted\" words, a \\ and\na second line");
  CHECK(spec.claimed);
  CHECK(*spec.model.value == "some-model");
  CHECK(*spec.quantization.value == "q4_k_m");
  CHECK(*spec.system.value == "some-machine");
  CHECK(*spec.count.value == 3);
  CHECK(spec.memory.value->base() == 48.0 * 1024 * 1024 * 1024);
  CHECK(*spec.link.value == "some-link");
  CHECK(*spec.accelerators.value == 2);
  CHECK(*spec.raise_gpu_limit.value);
  CHECK(*spec.engine.value == "some-engine");
  CHECK(*spec.backend.value == "some-backend");
  CHECK(*spec.placement.value == PlacementStrategy::cpu_experts);
  CHECK(*spec.gpu_layers.value == 7);
  CHECK(*spec.cpu_expert_layers.value == 9);
  CHECK(*spec.topology.value == Topology::ring);
  CHECK(*spec.tensor.value == 4);
  CHECK(*spec.nodes.value == 2);
  CHECK(*spec.replicas.value == 6);
  CHECK(*spec.spare.value == 1);
  CHECK(*spec.context.value == 16384);
  CHECK(*spec.prompt.value == 1000);
  CHECK(*spec.depth.value == 20);
  CHECK(*spec.generate.value == 300);
  CHECK(*spec.batch.value == 5);
  CHECK(*spec.kv_format.value == "q8_0");
  CHECK(*spec.monthly_input.value == 40'000'000'000);
  CHECK(*spec.monthly_cached.value == 10'000'000'000);
  CHECK(*spec.monthly_output.value == 8'000'000'000);
  CHECK(*spec.monthly_requests.value == 2'000'000);
  CHECK(*spec.experts_per_token.value == 3);
  CHECK_FALSE(*spec.importance_matrix.value);
  // Places point at the values: "some-model" stands on line 5 behind "model: ".
  CHECK(spec.model.place.line == 5);
  CHECK(spec.model.place.column == 8);
  CHECK(spec.batch.place.line == 24);
  CHECK(spec.batch.place.column == 10);
}

TEST_CASE("a scenario reads back as it was written", "[scenario]") {
  const DataFixture data;
  SECTION("full") {
    const ScenarioSpec spec = read_text(data, full);
    check_same(read_text(data, to_yaml(spec)), spec);
  }
  SECTION("empty") {
    check_same(read_text(data, to_yaml({})), {});
  }
  SECTION("each strategy") {
    for (const char* word : {"auto", "single", "cpu", "layer_split", "row_split", "tensor_parallel",
                             "pipeline_parallel", "expert_parallel", "cpu_layers", "cpu_experts"}) {
      const ScenarioSpec spec =
          read_text(data, "kind: scenario\nplacement: " + std::string(word) + "\n");
      CHECK(to_text(*spec.placement.value) == word);
      check_same(read_text(data, to_yaml(spec)), spec);
    }
  }
  SECTION("awkward text") {
    for (const char* text : {"tab\there", "carriage\rreturn", "colon: {brace}", "'single'", "# no",
                             "Größe 模型", "trailing space ", "null", "7", "\x01 bell \x07"}) {
      INFO(text);
      ScenarioSpec spec;
      spec.name = text;
      spec.model.value = text;
      check_same(read_text(data, to_yaml(spec)), spec);
    }
  }
  SECTION("a cluster of the catalogue") {
    const ScenarioSpec spec = read_text(data, "kind: scenario\ncluster: hall\n");
    CHECK(*spec.cluster.value == "hall");
    CHECK_FALSE(spec.own_cluster);
    check_same(read_text(data, to_yaml(spec)), spec);
  }
  SECTION("a cluster written out") {
    const ScenarioSpec spec = read_text(data, own_cluster);
    REQUIRE(spec.own_cluster);
    CHECK_FALSE(spec.cluster.has());
    CHECK(spec.own_cluster->nodes.at(1).count == 3);
    CHECK(spec.own_cluster->switches.at(0).capacity->low->base() == 4e9);
    CHECK(spec.own_cluster->links.at(1).topology == Topology::ring);
    CHECK(spec.own_cluster->links.at(1).place.line == 11);
    CHECK(*spec.accelerators.value == 2);
    CHECK(*spec.raise_gpu_limit.value);
    check_same(read_text(data, to_yaml(spec)), spec);
  }
  SECTION("memory that no prefix divides") {
    ScenarioSpec spec;
    spec.system.value = "box";
    spec.memory.value = Bytes(123456789013.0);
    check_same(read_text(data, to_yaml(spec)), spec);
  }
  SECTION("fields whose group is otherwise empty") {
    ScenarioSpec layers;
    layers.gpu_layers.value = 12;
    check_same(read_text(data, to_yaml(layers)), layers);
    ScenarioSpec experts;
    experts.cpu_expert_layers.value = 3;
    check_same(read_text(data, to_yaml(experts)), experts);
  }
}

template <class T>
Given<T> maybe(rc::Gen<T> gen) {
  Given<T> given;
  if (*rc::gen::arbitrary<bool>()) given.value = *gen;
  return given;
}

std::string some_id() {
  return "id-" + std::to_string(*rc::gen::inRange(0, 1000));
}

std::optional<Figure<Seconds>> some_latency() {
  if (*rc::gen::arbitrary<bool>()) return std::nullopt;
  const double value = *rc::gen::inRange(1, 1000000) * 1e-7;
  return Figure<Seconds>{.value = Seconds(value),
                         .low = Seconds(value / 3),
                         .high = Seconds(value * 3),
                         .from = {.status = FigureStatus::claimed,
                                  .confidence = Confidence::low,
                                  .source = "S: \"so\"",
                                  .place = {}}};
}

ClusterSpec some_cluster() {
  ClusterSpec cluster;
  for (int n = *rc::gen::inRange(1, 4); n > 0; --n)
    cluster.nodes.push_back({.id = some_id(),
                             .system = "System: " + some_id(),
                             .count = *rc::gen::inRange(1, 100),
                             .place = {}});
  for (int n = *rc::gen::inRange(0, 3); n > 0; --n)
    cluster.switches.push_back(
        {.id = some_id(), .capacity = {}, .latency = some_latency(), .place = {}});
  for (int n = *rc::gen::inRange(0, 4); n > 0; --n) {
    ClusterLink link{.link = some_id(), .count = *rc::gen::inRange(1, 9)};
    if (*rc::gen::arbitrary<bool>()) {
      link.from = some_id();
      link.to = some_id();
    } else {
      link.among = {some_id(), some_id()};
      link.topology = *rc::gen::element(Topology::star, Topology::chain, Topology::ring);
    }
    cluster.links.push_back(std::move(link));
  }
  return cluster;
}

TEST_CASE("random machines of a scenario read back as they were written", "[scenario]") {
  const DataFixture data;
  CHECK(rc::check("to_yaml and read_scenario are inverse", [&] {
    ScenarioSpec spec;
    const int machines = *rc::gen::inRange(0, 3);
    if (machines == 0) {
      spec.system.value = some_id();
      spec.count = maybe(rc::gen::inRange(1, 10000));
      spec.topology = maybe(rc::gen::element(Topology::star, Topology::chain, Topology::mesh));
    } else if (machines == 1) {
      spec.cluster.value = some_id();
    } else {
      spec.own_cluster = std::make_shared<const ClusterSpec>(some_cluster());
    }
    if (machines == 0) {
      spec.sockets = maybe(rc::gen::inRange(1, 9));
      if (*rc::gen::arbitrary<bool>()) spec.host.value = some_id();
      if (*rc::gen::arbitrary<bool>()) spec.device_link.value = some_id();
      if (*rc::gen::arbitrary<bool>()) spec.power_limit.value = Watts(*rc::gen::inRange(1, 999));
    }
    if (*rc::gen::arbitrary<bool>()) spec.engine_date.value = parse_date("2024-05");
    spec.flash_attention = maybe(rc::gen::arbitrary<bool>());
    spec.prefill_chunk = maybe(rc::gen::inRange(1, 9999));
    spec.accelerators = maybe(rc::gen::inRange(1, 100));
    spec.raise_gpu_limit = maybe(rc::gen::arbitrary<bool>());
    spec.nodes = maybe(rc::gen::inRange(1, 100));
    spec.tensor = maybe(rc::gen::inRange(1, 100));
    spec.replicas = maybe(rc::gen::inRange(1, 100));
    spec.spare = maybe(rc::gen::inRange(0, 100));
    spec.monthly_input = maybe(rc::gen::inRange(std::int64_t{0}, std::int64_t{1} << 49));
    spec.monthly_requests = maybe(rc::gen::inRange(std::int64_t{0}, std::int64_t{1} << 40));
    const ScenarioSpec back = read_text(data, to_yaml(spec));
    RC_ASSERT(same(back.system, spec.system));
    RC_ASSERT(same(back.count, spec.count));
    RC_ASSERT(same(back.topology, spec.topology));
    RC_ASSERT(same(back.cluster, spec.cluster));
    RC_ASSERT(same(back.own_cluster.get(), spec.own_cluster.get()));
    RC_ASSERT(same(back.sockets, spec.sockets));
    RC_ASSERT(same(back.host, spec.host));
    RC_ASSERT(same(back.device_link, spec.device_link));
    RC_ASSERT(back.power_limit.value == spec.power_limit.value);
    RC_ASSERT(same(back.engine_date, spec.engine_date));
    RC_ASSERT(same(back.flash_attention, spec.flash_attention));
    RC_ASSERT(same(back.prefill_chunk, spec.prefill_chunk));
    RC_ASSERT(same(back.accelerators, spec.accelerators));
    RC_ASSERT(same(back.raise_gpu_limit, spec.raise_gpu_limit));
    RC_ASSERT(same(back.nodes, spec.nodes));
    RC_ASSERT(same(back.tensor, spec.tensor));
    RC_ASSERT(same(back.replicas, spec.replicas));
    RC_ASSERT(same(back.spare, spec.spare));
    RC_ASSERT(same(back.monthly_input, spec.monthly_input));
    RC_ASSERT(same(back.monthly_requests, spec.monthly_requests));
  }));
}

TEST_CASE("a system on the command line takes the place of a cluster in the file", "[scenario]") {
  const DataFixture data;
  const ScenarioSpec machine = read_text(data, own_cluster, {"system=2x box"});
  CHECK(*machine.system.value == "box");
  CHECK_FALSE(machine.own_cluster);
  const ScenarioSpec cluster = read_text(data, full, {"cluster=hall"});
  CHECK(*cluster.cluster.value == "hall");
  CHECK_FALSE(cluster.system.has());
  CHECK_FALSE(cluster.count.has());
  // A part of the one does not replace the other.
  CHECK(complaints(data, own_cluster, {"system.id=box"}) ==
        std::vector<std::string>{"inconsistent 2:1"});
}

TEST_CASE("options for machines", "[scenario]") {
  const ScenarioSpec spec =
      scenario_from_options({{"cluster", "hall"}, {"nodes", "3"}, {"replicas", "2"}}, {"spare=1"});
  CHECK(*spec.cluster.value == "hall");
  CHECK(spec.cluster.place.file == "--cluster");
  CHECK(*spec.nodes.value == 3);
  CHECK(spec.nodes.place.file == "--nodes");
  CHECK(*spec.replicas.value == 2);
  CHECK(*spec.spare.value == 1);
}

TEST_CASE("broken scenario files are refused at the place", "[scenario]") {
  const DataFixture data;
  struct Case {
    const char* code;
    std::string marked;
  };
  const Case cases[] = {
      {"wrong-kind-of-file", "kind: @model\n"},
      {"missing-key", "@model: m\n"},
      {"unknown-key", "kind: scenario\n@modell: m\n"},
      {"unknown-key", "kind: scenario\nworkload: {@promt: 5}\n"},
      {"wrong-kind", "kind: scenario\nworkload: @7\n"},
      {"wrong-kind", "kind: scenario\nmodel: @[a, b]\n"},
      {"bad-machines", "kind: scenario\nsystem: @0x box\n"},
      {"bad-machines", "kind: scenario\nsystem: @4x box x2\n"},
      {"wrong-kind", "kind: scenario\nsystem: @[a]\n"},
      {"missing-key", "kind: scenario\nsystem: @{count: 2}\n"},
      {"out-of-range", "kind: scenario\nsystem: {id: a, count: @0}\n"},
      {"out-of-range", "kind: scenario\nsystem: {id: a, count: @10001}\n"},
      {"unit", "kind: scenario\nsystem: {id: a, memory: @48}\n"},
      {"unknown-value", "kind: scenario\nsystem: {id: a, topology: @tree}\n"},
      {"inconsistent", "kind: scenario\nsystem: a\ncluster: @b\n"},
      {"missing-key", "kind: scenario\ncluster: @{accelerators: 2}\n"},
      {"wrong-kind", "kind: scenario\ncluster: @[a]\n"},
      {"unknown-key", "kind: scenario\ncluster: {id: a, @count: 2}\n"},
      {"unknown-key", "kind: scenario\ncluster: {@id: a, nodes: [{id: b, system: c}]}\n"},
      {"missing-key", "kind: scenario\ncluster: {nodes: [@{id: b}]}\n"},
      {"out-of-range", "kind: scenario\nplacement: {nodes: @0}\n"},
      {"out-of-range", "kind: scenario\nplacement: {tensor: @-1}\n"},
      {"out-of-range", "kind: scenario\nreplicas: @0\n"},
      {"out-of-range", "kind: scenario\nspare: @-1\n"},
      {"bad-load", "kind: scenario\nload: @5\n"},
      {"unknown-key", "kind: scenario\nload: {@tokens: 5}\n"},
      {"out-of-range", "kind: scenario\nload: {input_tokens_per_month: @-1}\n"},
      {"number", "kind: scenario\nload: {output_tokens_per_month: @2.5}\n"},
      {"out-of-range", "kind: scenario\nsystem: {id: a, memory: @-1 GiB}\n"},
      {"unknown-value", "kind: scenario\nplacement: @pipeline\n"},
      {"bad-date", "kind: scenario\nengine: {id: a, date: @soon}\n"},
      {"out-of-range", "kind: scenario\nworkload: {prompt: @0}\n"},
      {"out-of-range", "kind: scenario\nworkload: {prompt: @-5}\n"},
      {"out-of-range", "kind: scenario\nworkload: {depth: @-1}\n"},
      {"out-of-range", "kind: scenario\nworkload: {batch: @0}\n"},
      {"number", "kind: scenario\nworkload: {prompt: @1e30}\n"},
      {"number", "kind: scenario\nworkload: {prompt: @nan}\n"},
      {"number", "kind: scenario\nworkload: {batch: @2.5}\n"},
      {"out-of-range", "kind: scenario\nworkload: {context: @1000000001}\n"},
      {"out-of-range", "kind: scenario\nexperts_per_token: @0\n"},
      {"wrong-kind", "kind: scenario\nimportance_matrix: @maybe\n"},
      {"duplicate-key", "kind: scenario\nmodel: a\n@model: b\n"},
  };
  for (const Case& c : cases) {
    const MarkedText text(c.marked);
    INFO(text.text);
    CHECK(complaints(data, text.text) ==
          std::vector<std::string>{std::string(c.code) + " " + std::to_string(text.line) + ":" +
                                   std::to_string(text.column)});
  }
}

TEST_CASE("all problems of a scenario file are told at once", "[scenario]") {
  const DataFixture data;
  CHECK(complaints(data,
                   "kind: scenario\n"            // 1
                   "system: 0x box\n"            // 2
                   "placement: sideways\n"       // 3
                   "workload:\n"                 // 4
                   "  prompt: -1\n"              // 5
                   "  batch: many\n"             // 6
                   "  colour: red\n"             // 7
                   "experts_per_token: 1e30\n")  // 8
        == std::vector<std::string>{"bad-machines 2:9", "unknown-value 3:12", "out-of-range 5:11",
                                    "number 6:10", "unknown-key 7:3", "number 8:20"});
}

TEST_CASE("overrides change a scenario, later ones winning", "[scenario]") {
  const DataFixture data;
  const ScenarioSpec spec =
      read_text(data, full,
                {"workload.prompt=2048", "workload.prompt=4096", "quantization=q8_0",
                 "engine=other:vulkan", "placement=single"});
  CHECK(*spec.prompt.value == 4096);
  CHECK(spec.prompt.place.file == "--set workload.prompt");
  CHECK(*spec.quantization.value == "q8_0");
  CHECK(*spec.engine.value == "other");
  CHECK(*spec.backend.value == "vulkan");
  CHECK(*spec.placement.value == PlacementStrategy::single);
  CHECK(*spec.batch.value == 5);
}

TEST_CASE("a wrong override is refused in its own name", "[scenario]") {
  const DataFixture data;
  const auto refused = [&](const std::string& assignment) {
    try {
      read_text(data, full, {assignment});
    } catch (const InputError& error) {
      const Diagnostic first = error.diagnostics().sorted().front();
      return first.place.file + ": " + first.code;
    }
    return std::string("accepted");
  };
  CHECK(refused("workload.prompt=0") == "--set workload.prompt: out-of-range");
  CHECK(refused("workload.prompt=1e30") == "--set workload.prompt: number");
  CHECK(refused("system=0x box") == "--set system: bad-machines");
  CHECK(refused("placement=sideways") == "--set placement: unknown-value");
  CHECK(refused("nonsense") == "--set nonsense: bad-override");
}

TEST_CASE("options make the same scenario as a file", "[scenario]") {
  const DataFixture data;
  const ScenarioSpec from_options = scenario_from_options({{"model", "m"},
                                                           {"quantization", "q"},
                                                           {"system", "2x box over wire"},
                                                           {"engine", "e:cuda"},
                                                           {"context", "4096"},
                                                           {"prompt", "100"},
                                                           {"generate", "50"},
                                                           {"batch", "2"}},
                                                          {});
  const ScenarioSpec from_file = read_text(
      data,
      "kind: scenario\nmodel: m\nquantization: q\nsystem: 2x box over wire\nengine: e:cuda\n"
      "workload: {context: 4096, prompt: 100, generate: 50, batch: 2}\n");
  check_same(from_options, from_file);
  CHECK(from_options.prompt.place.file == "--prompt");
  try {
    scenario_from_options({{"prompt", "-4"}, {"batch", "x"}}, {});
    FAIL("accepted");
  } catch (const InputError& error) {
    std::vector<std::string> files;
    for (const Diagnostic& d : error.diagnostics().sorted()) files.push_back(d.place.file);
    CHECK(files == std::vector<std::string>{"--batch", "--prompt"});
  }
}

// The report prints `--set system.accelerators=1`; it must work on a machine named in short form.
TEST_CASE("an override of one machine field keeps a machine named in short form", "[scenario]") {
  const ScenarioSpec spec =
      scenario_from_options({{"system", "2x box over wire"}}, {"system.accelerators=1"});
  CHECK(spec.system.value == std::optional<std::string>("box"));
  CHECK(spec.count.value == std::optional<int>(2));
  CHECK(spec.link.value == std::optional<std::string>("wire"));
  CHECK(spec.accelerators.value == std::optional<int>(1));
}

}  // namespace
}  // namespace plimsoll
