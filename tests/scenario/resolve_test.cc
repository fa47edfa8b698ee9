// From names to entries: every complaint with its place, every default, bare devices as machines.
#include <algorithm>
#include <string>
#include <vector>

#include "scenario/small_world.h"

namespace plimsoll {
namespace {

using Options = std::vector<std::pair<std::string, std::string>>;

// "code place" of everything wrong, places being option names.
std::vector<std::string> refusals(SmallWorld& world, const Options& options,
                                  const std::vector<std::string>& overrides = {}) {
  Diagnostics diagnostics;
  const auto scenario = resolve(spec_of(options, overrides), world.catalog(), diagnostics);
  std::vector<std::string> list;
  for (const Diagnostic& item : diagnostics.sorted())
    if (item.severity == Severity::error) list.push_back(item.code + " " + item.place.file);
  CHECK(scenario.has_value() == list.empty());
  return list;
}

using Codes = std::vector<std::string>;

TEST_CASE("each mistake of a scenario is refused with its code and place", "[scenario]") {
  SmallWorld world;
  const auto with = [&](Options more, const std::vector<std::string>& overrides = {}) {
    Options options;
    for (const auto& [key, value] : Options{{"model", "dense"}, {"system", "box-1"}}) {
      bool given = false;
      for (const auto& entry : more) given = given || entry.first == key;
      if (!given) options.emplace_back(key, value);
    }
    options.insert(options.end(), more.begin(), more.end());
    return refusals(world, options, overrides);
  };
  CHECK(with({}).empty());
  CHECK(refusals(world, {{"system", "box-1"}}).front().substr(0, 11) == "missing-key");
  CHECK(refusals(world, {{"model", "dense"}}).front().substr(0, 11) == "missing-key");
  CHECK(with({{"model", "dence"}}) == Codes{"unknown-model --model"});
  CHECK(with({{"system", "box-9"}}) == Codes{"unknown-system --system"});
  CHECK(with({{"engine", "lama"}}) == Codes{"unknown-engine --engine"});
  CHECK(with({{"quantization", "q5"}}) == Codes{"unknown-quantization --quantization"});
  CHECK(with({{"system", "box-1 over nothing"}}) == Codes{"unknown-link --system"});
  CHECK(with({{"system", "2x box-1"}}) == Codes{"missing-key --system"});  // no port, no link
  CHECK(with({{"engine", "llama.cpp:cuba"}}) == Codes{"unknown-backend --engine"});
  CHECK(with({{"engine", "llama.cpp:metal"}}) == Codes{"unsupported-backend --engine"});
  CHECK(with({{"engine", "serve"}, {"system", "soc-a"}}) == Codes{"unsupported-engine --engine"});
  CHECK(with({{"engine", "serve"}, {"quantization", "q16"}}) ==
        Codes{"unsupported-quantization --quantization"});
  CHECK(with({{"kv_format", "Q5"}}) == Codes{"unknown-format --kv_format"});
  CHECK(with({{"engine", "serve"}, {"batch", "65"}}) == Codes{"out-of-range --batch"});
  CHECK(with({}, {"experts_per_token=2"}) == Codes{"out-of-range --set experts_per_token"});
  CHECK(with({{"model", "moe"}}, {"experts_per_token=17"}) ==
        Codes{"out-of-range --set experts_per_token"});
  // 100 + 4000 + 128 > 4096.
  CHECK(with({{"prompt", "4000"}, {"depth", "100"}, {"context", "4096"}}) ==
        Codes{"out-of-range --prompt"});
  CHECK(with({{"generate", "5000"}, {"context", "4096"}}) == Codes{"out-of-range --context"});
}

TEST_CASE("several mistakes are told at once", "[scenario]") {
  SmallWorld world;
  CHECK(refusals(world, {{"model", "nil"},
                         {"quantization", "nix"},
                         {"system", "box-1"},
                         {"engine", "llama.cpp:nothing"},
                         {"kv_format", "none"},
                         {"prompt", "5000"},
                         {"context", "4096"}}) ==
        Codes{"unknown-backend --engine", "unknown-format --kv_format", "unknown-model --model",
              "out-of-range --prompt", "unknown-quantization --quantization"});
}

TEST_CASE("the nearest valid name is suggested", "[scenario]") {
  SmallWorld world;
  Diagnostics diagnostics;
  resolve(spec_of({{"model", "dence"}, {"system", "box-1"}, {"engine", "llama.cpp:cuda2"}}),
          world.catalog(), diagnostics);
  Codes suggestions;
  for (const Diagnostic& item : diagnostics.sorted()) suggestions.push_back(item.suggestion);
  CHECK(suggestions == Codes{"cuda", "dense"});
}

TEST_CASE("a context beyond the model's is a warning", "[scenario]") {
  SmallWorld world;
  Diagnostics diagnostics;
  const auto at = [&](const char* context) {
    diagnostics = {};
    CHECK(resolve(spec_of({{"model", "dense"}, {"system", "box-1"}, {"context", context}}),
                  world.catalog(), diagnostics)
              .has_value());
  };
  at("8192");
  CHECK(diagnostics.empty());
  at("8193");
  REQUIRE(diagnostics.sorted().size() == 1);
  CHECK(diagnostics.sorted().front().code == "beyond-context");
  CHECK(diagnostics.sorted().front().severity == Severity::warning);
  CHECK(diagnostics.sorted().front().place.file == "--context");
}

std::vector<std::string> chosen_fields(const Scenario& scenario) {
  std::vector<std::string> fields;
  for (const ChosenDefault& choice : scenario.defaults)
    fields.push_back(choice.field + "=" + choice.value);
  return fields;
}

TEST_CASE("what the user left open is chosen and listed", "[scenario]") {
  SmallWorld world;
  const Scenario open =
      resolved(spec_of({{"model", "dense"}, {"system", "box-1"}}), world.catalog());
  CHECK(chosen_fields(open) == Codes{"engine=llama.cpp", "engine.backend=cuda",
                                     "workload.context=4096", "workload.prompt=512",
                                     "workload.generate=128", "workload.kv_format=F16"});
  CHECK(open.workload.depth == 0);
  CHECK(open.workload.batch == 1);
  CHECK(open.importance_matrix);
  CHECK(open.placement == PlacementStrategy::automatic);
  CHECK(open.quantization == nullptr);  // the caller chooses by what fits

  const Scenario said = resolved(spec_of({{"model", "dense"},
                                          {"quantization", "q8"},
                                          {"system", "box-1"},
                                          {"engine", "llama.cpp:cpu"},
                                          {"context", "2048"},
                                          {"prompt", "100"},
                                          {"generate", "10"},
                                          {"kv_format", "q8"}}),
                                 world.catalog());
  CHECK(said.defaults.empty());
  CHECK(said.backend->id == "cpu");
  CHECK(said.kv_format->id == "Q8");
  CHECK(said.quantization->id == "q8");
}

TEST_CASE("the default context makes room for prompt and answer", "[scenario]") {
  SmallWorld world;
  const auto context = [&](const char* depth, const char* prompt, const char* generate) {
    return resolved(spec_of({{"model", "dense"},
                             {"system", "box-1"},
                             {"depth", depth},
                             {"prompt", prompt},
                             {"generate", generate}}),
                    world.catalog())
        .workload.context;
  };
  CHECK(context("0", "3000", "1096") == 4096);
  CHECK(context("1", "3000", "1096") == 4097);
  CHECK(context("2000", "3000", "1000") == 6000);
}

TEST_CASE("a backend answers to its other names", "[scenario]") {
  SmallWorld world;
  const Scenario scenario =
      resolved(spec_of({{"model", "dense"}, {"system", "box-1"}, {"engine", "llama.cpp:CUDA-12"}}),
               world.catalog());
  CHECK(scenario.backend->id == "cuda");
}

TEST_CASE("a checkpoint of another family picks its counterpart or its engine", "[scenario]") {
  SmallWorld world;
  // llama.cpp loads the gguf counterpart of s16.
  const Scenario converted = resolved(
      spec_of({{"model", "dense"}, {"system", "box-1"}, {"quantization", "s16"}}), world.catalog());
  CHECK(converted.engine->id == "llama.cpp");
  CHECK(converted.quantization->id == "q16");
  // only-s has none, so the engine that loads safetensors is taken.
  const Scenario other =
      resolved(spec_of({{"model", "dense"}, {"system", "box-1"}, {"quantization", "only-s"}}),
               world.catalog());
  CHECK(other.engine->id == "serve");
  CHECK(other.quantization->id == "only-s");
}

TEST_CASE("experts per token are overridden in a copy of the model", "[scenario]") {
  SmallWorld world;
  const auto with = [&](const char* experts) {
    return resolved(spec_of({{"model", "moe"}, {"system", "box-1"}},
                            {std::string("experts_per_token=") + experts}),
                    world.catalog());
  };
  CHECK(with("3").model.moe->experts_per_token == 3);
  CHECK(with("3").fewer_experts_than_trained);
  CHECK_FALSE(with("4").fewer_experts_than_trained);
  CHECK_FALSE(with("16").fewer_experts_than_trained);
  Diagnostics quiet;
  CHECK(world.catalog().model("moe", {}, quiet)->moe->experts_per_token == 4);
}

TEST_CASE("a device named as system becomes a bare machine", "[scenario]") {
  SmallWorld world;
  const auto machine = [&](const Options& options, const std::vector<std::string>& set = {}) {
    Options all{{"model", "dense"}};
    all.insert(all.end(), options.begin(), options.end());
    return resolved(spec_of(all, set), world.catalog());
  };
  const Scenario cards = machine({{"system", "3x Card A"}});
  REQUIRE(cards.cluster.machines.size() == 1);
  REQUIRE(cards.first_system().parts.size() == 1);
  CHECK(cards.first_system().parts[0].count == 3);
  CHECK(cards.first_system().os == "linux");

  // An SoC gets the largest memory it is sold with, unless the user says otherwise.
  const Scenario soc = machine({{"system", "soc-a"}});
  CHECK(soc.first_system().host.memory.base() == 64.0 * 1024 * 1024 * 1024);
  CHECK(soc.first_system().os == "macos");
  CHECK(soc.backend->id == "metal");
  const Scenario small = machine({{"system", "soc-a"}}, {"system.memory=16 GiB"});
  CHECK(small.first_system().host.memory.base() == 16.0 * 1024 * 1024 * 1024);

  // A CPU is a host of that many sockets; how much memory stands beside it nobody knows.
  const Scenario cpu = machine({{"system", "2x cpu-a"}}, {"system.memory=128 GiB"});
  CHECK(cpu.first_system().host.device == "cpu-a");
  CHECK(cpu.first_system().host.sockets == 2);
  CHECK(cpu.first_system().parts.empty());
  CHECK(cpu.backend->id == "cpu");
  CHECK(refusals(world, {{"model", "dense"}, {"system", "cpu-a"}}) ==
        Codes{"missing-key --system"});
}

TEST_CASE("'2x NAME' may be the name of one machine", "[scenario]") {
  SmallWorld world;
  world.data.write("hwdb/systems/twin.yaml",
                   replaced(small_world::box("twin", "card-a", 2), "name: twin\n",
                            "name: twin\nnames: [2x Card Box]\n"));
  const Scenario scenario =
      resolved(spec_of({{"model", "dense"}, {"system", "2x card-box"}}), world.catalog());
  CHECK(scenario.first_system().id == "twin");
  CHECK(scenario.cluster.machines.size() == 1);
}

// 10,000 cards in one box is a slip of the finger; nothing may take minutes over it.
TEST_CASE("a machine of absurdly many devices is refused", "[scenario]") {
  SmallWorld world;
  CHECK(refusals(world, {{"model", "dense"}, {"system", "10000x card-a"}}) ==
        Codes{"out-of-range --system"});
  CHECK(refusals(world, {{"model", "dense"}, {"system", "16x card-a"}}).empty());
}

// A chip with everything on it cannot be plugged into one box twice; several are several machines.
TEST_CASE("several bare SoCs are several machines", "[scenario]") {
  SmallWorld world;
  const Scenario two =
      resolved(spec_of({{"model", "dense"}, {"system", "2x soc-a over cable-a"}}), world.catalog());
  REQUIRE(two.cluster.machines.size() == 2);
  CHECK(two.first_system().parts[0].count == 1);
  CHECK(two.cluster.machines[1].system == &two.first_system());
  // The machine lives as long as the scenario.
  const Scenario copy = Scenario(two);
  CHECK(copy.cluster.owned.size() == 1);
  CHECK(copy.first_system().name == "SoC A");
}

TEST_CASE("fields that could only be passed over are not passed over in silence", "[scenario]") {
  SmallWorld world;
  const Options base{{"model", "dense"}, {"system", "box-1"}};
  // The memory of a sold machine is what it is sold with: 64 GiB here.
  Diagnostics diagnostics;
  CHECK(resolve(spec_of(base, {"system.memory=64 GiB"}), world.catalog(), diagnostics));
  CHECK(diagnostics.empty());
  CHECK(resolve(spec_of(base, {"system.memory=128 GiB"}), world.catalog(), diagnostics));
  REQUIRE(diagnostics.sorted().size() == 1);
  CHECK(diagnostics.sorted().front().code == "inconsistent");
  CHECK(diagnostics.sorted().front().severity == Severity::warning);
  CHECK(diagnostics.sorted().front().place.file == "--set system.memory");
  // Counts of layers belong to their strategy.
  CHECK(refusals(world, base, {"placement.gpu_layers=3"}) ==
        Codes{"inconsistent --set placement.gpu_layers"});
  CHECK(refusals(world, base, {"placement.strategy=single", "placement.cpu_expert_layers=3"}) ==
        Codes{"inconsistent --set placement.cpu_expert_layers"});
  CHECK(refusals(world, base, {"placement.strategy=cpu_layers", "placement.gpu_layers=3"}).empty());
}

TEST_CASE("a load is tokens a month, cached ones among the input", "[scenario]") {
  SmallWorld world;
  const Options base{{"model", "dense"}, {"system", "box-1"}};
  Diagnostics diagnostics;
  const auto asked =
      resolve(spec_of(base, {"load.input_tokens_per_month=1000", "load.cached_tokens_per_month=400",
                             "load.output_tokens_per_month=50", "load.requests_per_month=7"}),
              world.catalog(), diagnostics);
  REQUIRE(asked);
  REQUIRE(asked->monthly_demand);
  CHECK(asked->monthly_demand->input == 1000);
  CHECK(asked->monthly_demand->cached == 400);
  CHECK(asked->monthly_demand->output == 50);
  CHECK(asked->monthly_demand->requests == 7);
  const auto open = resolve(spec_of(base, {}), world.catalog(), diagnostics);
  REQUIRE(open);
  CHECK_FALSE(open->monthly_demand);
  CHECK(
      refusals(world, base, {"load.input_tokens_per_month=5", "load.cached_tokens_per_month=6"}) ==
      Codes{"out-of-range --set load.cached_tokens_per_month"});
  CHECK(refusals(world, base, {"load.requests_per_month=6"}) ==
        Codes{"missing-key --set load.requests_per_month"});
}

TEST_CASE("a device whose file is broken is told as such", "[scenario]") {
  SmallWorld world;
  world.data.write("hwdb/devices/card-a.yaml",
                   replaced(small_world::card_a, "vendor: acme", "vendour: acme"));
  const Codes codes = refusals(world, {{"model", "dense"}, {"system", "card-a"}});
  REQUIRE(codes.size() == 2);  // vendor is missing and vendour unknown
  for (const std::string& code : codes) CHECK(code.find("card-a.yaml") != std::string::npos);
}

TEST_CASE("a name that reads like a count of machines is a name where there is such a machine",
          "[scenario]") {
  SmallWorld world;
  const std::string pair =
      replaced(small_world::box("pair", "card-a", 2), "name: pair", "name: 2x Card A");
  world.data.write("hwdb/systems/pair.yaml", pair);
  const auto machines_of = [&](const char* text) {
    const Scenario scenario =
        resolved(spec_of({{"model", "dense"}, {"system", text}}), world.catalog());
    Codes ids;
    for (const Machine& machine : scenario.cluster.machines) ids.push_back(machine.system->id);
    return ids;
  };
  for (const char* text : {"2x Card A", "Card A x2", "2 x card-a"}) {
    INFO(text);
    CHECK(machines_of(text) == Codes{"pair"});
  }
  // Three have no name of their own: a machine around three cards.
  CHECK(machines_of("3x card-a") == Codes{"card-a"});
}

TEST_CASE("an engine's name may hold what separates a backend", "[scenario]") {
  SmallWorld world;
  const std::string named =
      replaced(small_world::engine("other", "gguf", "cpu_layers", "host_embedding: true\n",
                                   small_world::backend("cuda", "gpu", true)),
               "name: other", "name: acme/other");
  world.data.write("hwdb/engines/other.yaml", named);
  const auto engine_of = [&](const char* text) {
    const Scenario scenario = resolved(
        spec_of({{"model", "dense"}, {"system", "box-1"}, {"engine", text}}), world.catalog());
    return scenario.engine->id + ":" + scenario.backend->id;
  };
  CHECK(engine_of("acme/other") == "other:cuda");
  CHECK(engine_of("llama.cpp:cuda") == "llama.cpp:cuda");
  CHECK(engine_of("llama.cpp/cpu") == "llama.cpp:cpu");
}

TEST_CASE("another operating system than the one a machine is sold with", "[scenario]") {
  SmallWorld world;
  const auto os_of = [&](const char* system) {
    const Scenario scenario = resolved(
        spec_of({{"model", "dense"}, {"system", system}}, {"system.os=macos"}), world.catalog());
    return scenario.cluster.machines.front().system->os;
  };
  CHECK(os_of("box-1") == "macos");
  CHECK(os_of("card-a") == "macos");  // a bare machine
  CHECK(refusals(world, {{"model", "dense"}, {"system", "box-1"}}, {"system.os=plan9"}) ==
        Codes{"unknown-os --set system.os"});
}

TEST_CASE("a bare machine gets the CPU, the links and the power that are asked for", "[scenario]") {
  SmallWorld world;
  world.data.write(
      "hwdb/devices/card-a.yaml",
      small_world::card_a + "power_limit: {value: 300 W, source: S, status: datasheet}\n");
  const Scenario scenario =
      resolved(spec_of({{"model", "dense"}, {"system", "3x card-a"}},
                       {"system.host=cpu-a", "system.sockets=2", "system.memory=256 GiB",
                        "system.device_link=nvlink-a", "system.power_limit=150 W"}),
               world.catalog());
  REQUIRE(scenario.cluster.machines.size() == 1);
  const SystemSpec& machine = scenario.first_system();
  CHECK(machine.host.device == "cpu-a");
  CHECK(machine.host.sockets == 2);
  CHECK(machine.host.memory.base() == 256.0 * 1024 * 1024 * 1024);
  REQUIRE(machine.parts.size() == 1);
  CHECK(machine.parts.front().count == 3);
  CHECK(machine.parts.front().peer_link == "nvlink-a");
  REQUIRE(machine.parts.front().own_device);
  CHECK(machine.parts.front().own_device->held_to == Watts(150.0));
  const auto of_power = [](const ChosenDefault& each) {
    return each.field == "system.power_limit" && each.why.find("not known") != std::string::npos;
  };
  CHECK(std::count_if(scenario.defaults.begin(), scenario.defaults.end(), of_power) == 1);
}

TEST_CASE("a card beside a CPU is a card, also where a machine goes by its name", "[scenario]") {
  SmallWorld world;
  world.data.write("hwdb/systems/box-1.yaml",
                   replaced(small_world::box("box-1", "card-a", 1), "name: box-1", "name: Card A"));
  const auto host_of = [&](const std::vector<std::string>& overrides) {
    return resolved(spec_of({{"model", "dense"}, {"system", "Card A"}}, overrides), world.catalog())
        .first_system()
        .id;
  };
  CHECK(host_of({}) == "box-1");
  CHECK(host_of({"system.host=cpu-a"}) == "card-a");
}

TEST_CASE("hosts and links that make no sense are refused", "[scenario]") {
  SmallWorld world;
  const auto refused = [&](const std::string& system, const std::vector<std::string>& overrides) {
    return refusals(world, {{"model", "dense"}, {"system", system}}, overrides);
  };
  CHECK(refused("card-a", {"system.host=soc-a"}) == Codes{"inconsistent --set system.host"});
  CHECK(refused("soc-a", {"system.sockets=2"}) == Codes{"inconsistent --set system.sockets"});
  CHECK(refused("box-2", {"system.device_link=ether-a"}) ==
        Codes{"inconsistent --set system.device_link"});
  CHECK(refused("box-2", {"system.device_link=rope"}) ==
        Codes{"unknown-link --set system.device_link"});
}

TEST_CASE("an engine is taken as it was started, in the version of its date", "[scenario]") {
  SmallWorld world;
  world.data.write(
      "hwdb/engines/llama.cpp.yaml",
      small_world::engine(
          "llama.cpp", "gguf", "layer_split",
          "eras:\n  - {before: 2024-01, without_graphs: [cuda], ungrouped_attention: [metal], "
          "source: S}\n"
          "  - {before: 2024-06, without_graphs: [metal], source: S}\n"
          "  - {before: 2024-09, backends: [rocm], without_graphs: [rocm, cuda], source: S}\n",
          small_world::backend("cuda", "gpu", true) +
              replaced(small_world::backend("metal", "gpu", true),
                       "    matrix:", "    grouped_attention: true\n    matrix:") +
              small_world::backend("rocm", "gpu", true)));
  const auto engine_of = [&](const std::vector<std::string>& overrides) {
    return *resolved(spec_of({{"model", "dense"}, {"system", "box-1"}}, overrides), world.catalog())
                .engine;
  };
  const auto captured = [&](const std::string& date, const std::string& backend) {
    return find_backend(engine_of({"engine.date=" + date}), backend)->captured_graph;
  };
  CHECK_FALSE(captured("2023-12-31", "cuda"));
  CHECK(captured("2023-12-31", "metal"));
  CHECK(captured("2024-01", "cuda"));
  CHECK_FALSE(captured("2024-05", "metal"));
  CHECK(captured("2024-06-01", "metal"));
  CHECK_FALSE(captured("2023", "rocm"));
  CHECK_FALSE(captured("2024-08", "rocm"));
  CHECK(captured("2024-09", "rocm"));
  CHECK(captured("2024-08", "cuda"));
  const auto grouped = [&](const std::string& date) {
    return find_backend(engine_of({"engine.date=" + date}), "metal")->grouped_attention;
  };
  CHECK_FALSE(grouped("2023-12-31"));
  CHECK(grouped("2024-01"));
  const EngineSpec started = engine_of({"engine.flash_attention=false", "engine.prefill_chunk=64"});
  CHECK_FALSE(started.flash_attention);
  CHECK(started.prefill_chunk == 64);
}

TEST_CASE("a model of which one checkpoint is at hand comes in its quantization", "[scenario]") {
  SmallWorld world;
  world.data.write("models/held.yaml",
                   replaced(replaced(small_world::dense_model, "id: dense", "id: held"),
                            "native_format: q16", "native_format: q16\ndefault_quantization: q8"));
  const Options asked = {{"model", "held"}, {"system", "box-1"}};
  const Scenario scenario = resolved(spec_of(asked), world.catalog());
  REQUIRE(scenario.quantization);
  CHECK(scenario.quantization->id == "q8");
  CHECK(scenario.defaults.front().field == "quantization");
  Options other = asked;
  other.emplace_back("quantization", "q16");
  CHECK(resolved(spec_of(other), world.catalog()).quantization->id == "q16");
  // An engine that cannot load it is refused, not given another one.
  Options serving = asked;
  serving.emplace_back("engine", "serve");
  CHECK(refusals(world, serving).front().starts_with("unsupported-quantization"));
}

}  // namespace
}  // namespace plimsoll
