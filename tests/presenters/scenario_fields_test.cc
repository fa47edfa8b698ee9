#include "presenters/scenario_fields.h"

#include <map>
#include <set>

#include "scenario/scenario_edit.h"
#include "scenario/scenario_schema.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::gui;

namespace {

// A value of every field, other than what it is when left open.
const std::map<std::string, std::string> samples = {
    {"model", "qwen3-8b"},
    {"quantization", "q4_k_m"},
    {"system", "rtx-4090"},
    {"system.count", "3"},
    {"system.memory", "96 GiB"},
    {"system.os", "linux"},
    {"system.link", "ethernet-5g"},
    {"system.topology", "ring"},
    {"system.accelerators", "2"},
    {"system.raise_gpu_limit", "true"},
    {"cluster", "two-kinds"},
    {"engine", "vllm"},
    {"engine.backend", "cuda"},
    {"placement", "pipeline_parallel"},
    {"placement.gpu_layers", "12"},
    {"placement.cpu_expert_layers", "7"},
    {"placement.tensor", "2"},
    {"placement.nodes", "2"},
    {"replicas", "4"},
    {"spare", "1"},
    {"workload.context", "131072"},
    {"workload.prompt", "2048"},
    {"workload.depth", "100"},
    {"workload.generate", "77"},
    {"workload.batch", "8"},
    {"workload.kv_format", "Q8_0"},
    {"load.input_tokens_per_month", "999999999999"},
    {"load.output_tokens_per_month", "5"},
    {"load.cached_tokens_per_month", "6"},
    {"load.requests_per_month", "7"},
    {"experts_per_token", "4"},
    {"importance_matrix", "false"},
    {"streaming.access", "direct"},
    {"streaming.threads", "16"},
    {"streaming.reads_per_expert", "3"},
    {"streaming.page_cache", "two_list"},
    {"streaming.cache.policy", "lfu"},
    {"streaming.cache.size", "8 GiB"},
    {"streaming.cache.memory", "anonymous"},
    {"streaming.dense_weights", "wired"},
    {"streaming.start", "warm"},
    {"streaming.prefetch.predicts", "predictor"},
    {"streaming.prefetch.accuracy", "0.85"},
    {"streaming.prefetch.before", "router"},
    {"streaming.prefetch.hint", "false"},
    {"streaming.other_memory", "2 GiB"},
    {"streaming.extent", "4 MiB"},
    {"streaming.routing", "/data/routing.csv"},
    {"streaming.seed", "42"},
};

// The keys of a scenario file that hold one value, as paths.
void collect(const Schema& schema, const std::string& path, std::set<std::string>& leaves) {
  for (const FieldSchema& field : schema.fields) {
    const std::string here = path.empty() ? field.key : path + "." + field.key;
    const Schema* inner = field.fields.empty() ? nullptr : &field.fields.front();
    for (const FieldSchema& alternative : field.alternatives)
      if (!alternative.fields.empty()) inner = &alternative.fields.front();
    if (inner)
      collect(*inner, here, leaves);
    else
      leaves.insert(here);
  }
}

}  // namespace

TEST_CASE("every field is set, read back, written, read from the file and left open again",
          "[scenario_fields]") {
  for (const std::string& name : field_names()) {
    INFO(name);
    REQUIRE(samples.contains(name));
    ScenarioSpec spec;
    // Parts of a section stand in a file only beside what the section is about.
    if (name.starts_with("system.")) REQUIRE(set_field(spec, "system", "rtx-4090"));
    const std::string empty = to_yaml(spec);
    REQUIRE_FALSE(field_text(spec, name));
    REQUIRE(set_field(spec, name, samples.at(name)));
    const std::optional<std::string> written = field_text(spec, name);
    REQUIRE(written);
    if (!name.ends_with("memory") && !name.ends_with("size") && name != "streaming.extent")
      CHECK(*written == samples.at(name));
    const ScenarioSpec read = parse_scenario(to_yaml(spec), "test");
    CHECK(field_text(read, name) == written);
    CHECK(to_yaml(read) == to_yaml(spec));
    REQUIRE(set_field(spec, name, std::nullopt));
    CHECK(to_yaml(spec) == empty);
  }
}

TEST_CASE("sizes read back to the same bytes", "[scenario_fields]") {
  ScenarioSpec spec;
  REQUIRE(set_field(spec, "streaming.cache.size", "8 GiB"));
  CHECK(spec.streaming.cache_size.value->base() == 8.0 * 1024 * 1024 * 1024);
  ScenarioSpec again;
  REQUIRE(set_field(again, "streaming.cache.size", field_text(spec, "streaming.cache.size")));
  CHECK(again.streaming.cache_size.value == spec.streaming.cache_size.value);
}

TEST_CASE("the fields are all keys of a scenario file", "[scenario_fields]") {
  std::set<std::string> leaves;
  collect(scenario_schema(), "", leaves);
  // What names the file, claims, and clusters written out, which the Cluster panel edits.
  for (const char* other : {"kind", "name", "description", "claimed", "published", "cluster.name",
                            "cluster.nodes", "cluster.switches", "cluster.links"})
    CHECK(leaves.erase(other) <= 1);
  // Sections go by the field that they are about; a cluster has the settings of a system.
  const std::map<std::string, std::string> renamed = {
      {"system.id", "system"},
      {"cluster.id", "cluster"},
      {"engine.id", "engine"},
      {"placement.strategy", "placement"},
      {"cluster.accelerators", "system.accelerators"},
      {"cluster.raise_gpu_limit", "system.raise_gpu_limit"}};
  // What panels to come will edit, and what only measurements state; a scenario keeps all of it.
  const auto elsewhere = [](const std::string& leaf) {
    return (leaf.starts_with("load.") && !leaf.ends_with("_per_month")) ||
           leaf.starts_with("savings.") || leaf == "engine.date" ||
           leaf == "engine.flash_attention" || leaf == "engine.prefill_chunk" ||
           leaf == "system.device_link" || leaf == "system.host" || leaf == "system.power_limit" ||
           leaf == "system.sockets";
  };
  std::set<std::string> keys;
  for (const std::string& leaf : leaves)
    if (!elsewhere(leaf)) keys.insert(renamed.contains(leaf) ? renamed.at(leaf) : leaf);
  const std::vector<std::string> names = field_names();
  CHECK(keys == std::set<std::string>(names.begin(), names.end()));
}

TEST_CASE("what is no value of the field leaves the scenario as it was", "[scenario_fields]") {
  ScenarioSpec spec;
  REQUIRE(set_field(spec, "workload.batch", "4"));
  for (const auto& [name, text] :
       {std::pair("workload.batch", "four"), std::pair("workload.batch", "99999999999999"),
        std::pair("placement", "sideways"), std::pair("streaming.start", "?"),
        std::pair("system.memory", "24"), std::pair("importance_matrix", "yes"),
        std::pair("no.such.field", "1")}) {
    INFO(name << "=" << text);
    CHECK_FALSE(set_field(spec, name, text));
  }
  CHECK(field_text(spec, "workload.batch") == "4");
}

TEST_CASE("a system takes the place of a cluster, and the other way round", "[scenario_fields]") {
  ScenarioSpec spec;
  set_field(spec, "system", "rtx-4090-pc");
  set_field(spec, "system.count", "2");
  set_field(spec, "cluster", "two-kinds");
  CHECK_FALSE(spec.system.has());
  CHECK_FALSE(spec.count.has());
  set_field(spec, "system", "rtx-4090-pc");
  CHECK_FALSE(spec.cluster.has());
}
