// Names of other people's files: which there are, and what the catalogue makes of them.
#include "measurements/stated_names.h"

#include <string>
#include <vector>

#include "base/quantity_text.h"
#include "scenario/small_world.h"

namespace plimsoll {
namespace {

const std::string list = R"(# Names

Some words about them.

## device

- Card A |  | 24
- Card A | overclocked |
- Card A |  | 24

## parallelism

- {'kind': 'tensor'}

## link

- pcie-a
- N/A

## streaming engine

- llama.cpp
)";

std::vector<StatedName> read(const std::string& name, const std::string& text,
                             Diagnostics& diagnostics) {
  const DataFixture data;
  return read_stated_names(data.write(name, text), diagnostics);
}

// "device 7: Card A |  | 24"
std::vector<std::string> lines_of(const std::vector<StatedName>& names) {
  std::vector<std::string> lines;
  for (const StatedName& name : names) {
    lines.push_back(std::string(word(name.kind)) + " " + std::to_string(name.place.line) + ": " +
                    name.text);
  }
  return lines;
}

StatedName stated(StatedKind kind, const std::string& text) {
  return {.kind = kind, .text = text, .machine = {}, .place = {}};
}
StatedName device(const std::string& name, const std::string& variant = {},
                  std::optional<double> memory_gb = {}) {
  return {.kind = StatedKind::device,
          .text = name,
          .machine = {.device = name, .variant = variant, .memory_gb = memory_gb},
          .place = {}};
}

}  // namespace

TEST_CASE("a Markdown list names each thing once, at its line", "[measurements]") {
  Diagnostics diagnostics;
  const std::vector<StatedName> names = read("names.md", list, diagnostics);
  CHECK(diagnostics.empty());
  CHECK(lines_of(names) == std::vector<std::string>{"device 7: Card A |  | 24",
                                                    "device 8: Card A | overclocked | ",
                                                    "link 17: pcie-a", "engine 22: llama.cpp"});
  CHECK(names[0].machine.memory_gb == std::optional<double>(24));
  CHECK(names[1].machine.variant == "overclocked");
  CHECK_FALSE(names[1].machine.memory_gb.has_value());
}

TEST_CASE("mistakes of a Markdown list are told at their lines", "[measurements]") {
  Diagnostics diagnostics;
  read("names.md", "## devices\n- Card A\n## device\n- Card A | | plenty\n", diagnostics);
  const std::vector<Diagnostic> told = diagnostics.sorted();
  REQUIRE(told.size() == 2);
  CHECK(told[0].code == "unknown-section");
  CHECK(told[0].place.line == 1);
  CHECK(told[0].suggestion == "device");
  CHECK(told[1].code == "bad-value");
  CHECK(told[1].place.line == 4);

  Diagnostics missing;
  CHECK(read_stated_names("no-such-file.md", missing).empty());
  REQUIRE(missing.sorted().size() == 1);
  CHECK(missing.sorted()[0].code == "unreadable");
}

TEST_CASE("measurements name what they ran on", "[measurements]") {
  const std::string point = R"(- id: a
  hardware: {device: Card A, variant: quiet, memory_gb: 24}
  model: dense
  quant: q8
  kv_type: F16
  engine: llama.cpp
  backend: CUDA 12
  link: N/A
  metric: decode_tps
  value: 1
)";
  Diagnostics diagnostics;
  const std::vector<StatedName> names =
      read("points.yaml", point + replaced(point, "id: a", "id: b"), diagnostics);
  CHECK(diagnostics.empty());
  CHECK(lines_of(names) == std::vector<std::string>{"device 1: Card A | quiet | 24",
                                                    "model 1: dense", "quantization 1: q8",
                                                    "kv_format 1: F16", "engine 1: llama.cpp",
                                                    "backend 1: CUDA 12"});
}

TEST_CASE("names of entries, of backends, and of engines with their backend", "[measurements]") {
  SmallWorld world;
  world.data.write("hwdb/engines/serve.yaml",
                   replaced(small_world::engine("serve", "safetensors", "tensor_parallel",
                                                "host_embedding: false\n",
                                                small_world::backend("cuda", "gpu", false)),
                            "[cuda 12]", "[cuda 12, serve on cuda]"));
  const auto entry = [&](StatedKind kind, const std::string& text) {
    return resolve(stated(kind, text), world.catalog()).entry;
  };
  CHECK(entry(StatedKind::model, "mixture") == "moe");
  CHECK(entry(StatedKind::quantization, "Q8") == "q8");
  CHECK(entry(StatedKind::kv_format, "f16") == "f16");
  CHECK(entry(StatedKind::link, "pcie-a") == "pcie-a");
  CHECK(entry(StatedKind::hardware, "box-2") == "box-2");
  CHECK(entry(StatedKind::hardware, "Card B") == "card-b");
  CHECK(entry(StatedKind::backend, "CUDA 12") == "llama.cpp:cuda");
  CHECK(entry(StatedKind::engine, "serve") == "serve");
  CHECK(entry(StatedKind::engine, "serve on cuda") == "serve:cuda");
  // Two engines have a backend of that name: alone it says nothing about the engine.
  CHECK(entry(StatedKind::engine, "cuda 12").empty());
  CHECK(entry(StatedKind::model, "moo").empty());
}

TEST_CASE("a device goes by its name, its variant and its memory", "[measurements]") {
  SmallWorld world;
  world.data.write("hwdb/devices/card-c.yaml",
                   replaced(replaced(small_world::card_a, "id: card-a", "id: card-c"),
                            "name: Card A", "name: Card C\nnames: [Card A overclocked]"));
  const auto entry = [&](const StatedName& name) { return resolve(name, world.catalog()).entry; };
  CHECK(entry(device("Card A")) == "card-a");
  CHECK(entry(device("Card A", "", 24)) == "card-a");
  CHECK(entry(device("Card A", "overclocked", 24)) == "card-c");
  CHECK(entry(device("Card A", "undervolted", 24)).empty());
  CHECK(entry(device("Card A", "", 48)).empty());
  CHECK(resolve(device("Card A", "", 48), world.catalog()).hint == "card-a does not have 48 GB");
  // ECC leaves 15 of 16 parts of the memory.
  CHECK(entry(device("Card A", "", 24.0 * 15 / 16)) == "card-a");
  CHECK(entry(device("Card A", "", 24.0 * 14 / 16)).empty());
  // A SoC has one of the sizes it was sold with, the part of a machine what the machine has.
  CHECK(entry(device("SoC A", "", 64)) == "soc-a");
  CHECK(entry(device("SoC A", "", 32)).empty());
  CHECK(entry(device("box-2", "", 24)) == "box-2");
  CHECK(entry(device("box-2", "", 64)).empty());
}

TEST_CASE("a name of several entries stays unresolved and says whose it is", "[measurements]") {
  SmallWorld world;
  for (const char* id : {"pair-a", "pair-b"}) {
    world.data.write("hwdb/devices/" + std::string(id) + ".yaml",
                     replaced(replaced(small_world::card_a, "id: card-a", "id: " + std::string(id)),
                              "name: Card A", "name: Twin " + std::string(id)));
  }
  const NameAnswer answer = resolve(device("Twin pair"), world.catalog());
  CHECK(answer.entry.empty());
  CHECK(answer.hint == "one of pair-a, pair-b");
}

// A device like soc-a under another name, with so many GPU cores.
std::string soc(const std::string& id, const std::string& name, int cores,
                const std::string& bandwidth = "250 GB/s") {
  std::string text = replaced(small_world::soc_a, "id: soc-a", "id: " + id);
  text = replaced(text, "name: SoC A", "name: " + name);
  text = replaced(text, "cores: 10", "cores: " + std::to_string(cores));
  return replaced(text, "bandwidth: {value: 250 GB/s", "bandwidth: {value: " + bandwidth);
}

TEST_CASE("a product with variants of one bandwidth means the largest of them", "[measurements]") {
  SmallWorld world;
  world.data.write("hwdb/devices/max-24.yaml", soc("max-24", "Max (24-core GPU)", 24));
  world.data.write("hwdb/devices/max-32.yaml", soc("max-32", "Max (32-core GPU)", 32));
  // The small one has another bandwidth, and 8 GB of it are sold.
  world.data.write("hwdb/devices/ultra-60.yaml", soc("ultra-60", "Ultra (60-core GPU)", 60));
  world.data.write("hwdb/devices/ultra-40.yaml",
                   replaced(soc("ultra-40", "Ultra (40-core GPU)", 40, "200 GB/s"),
                            "[16 GiB, 64 GiB]", "[8 GiB, 64 GiB]"));
  for (const char* size : {"8", "16"}) {
    const std::string id = "card-" + std::string(size);
    world.data.write(
        "hwdb/devices/" + id + ".yaml",
        replaced(replaced(replaced(small_world::card_a, "id: card-a", "id: " + id), "name: Card A",
                          "name: Card Ti " + std::string(size) + " GB"),
                 "24 GiB", std::string(size) + " GiB"));
  }
  world.data.write("hwdb/devices/only.yaml",
                   replaced(replaced(small_world::card_a, "id: card-a", "id: only"), "name: Card A",
                            "name: Lone 24 GB"));
  const auto entry = [&](const StatedName& name) { return resolve(name, world.catalog()).entry; };
  CHECK(entry(device("Max")) == "max-32");
  CHECK(entry(device("Max", "", 64)) == "max-32");
  CHECK(entry(device("Max", "", 32)).empty());
  CHECK(entry(stated(StatedKind::hardware, "max")) == "max-32");
  CHECK(entry(device("Max", "24-core GPU")) == "max-24");
  CHECK(entry(device("Card Ti")) == "card-16");
  CHECK(entry(device("Card Ti", "", 8)) == "card-8");
  // Which of two bandwidths it is, only the memory can tell.
  CHECK(entry(device("Ultra")).empty());
  CHECK(entry(device("Ultra", "", 64)).empty());
  CHECK(entry(device("Ultra", "", 8)) == "ultra-40");
  const auto among = [&](const StatedName& name) { return resolve(name, world.catalog()).among; };
  const std::vector<std::string> both = {"ultra-60", "ultra-40"};  // the largest first
  CHECK(among(device("Ultra")) == both);
  CHECK(among(device("Ultra", "", 64)) == both);
  CHECK(among(device("Ultra", "", 8)).empty());
  CHECK(among(stated(StatedKind::hardware, "4x Ultra")) == both);
  // Of a single variant nobody knows whether there are others.
  CHECK(entry(device("Lone")).empty());
  CHECK(entry(device("Lone", "", 24)) == "only");
  // Less than the product's name is no product.
  CHECK(entry(device("Card", "", 16)).empty());
}

TEST_CASE("makers' words for forms of a product are no part of its name", "[measurements]") {
  SmallWorld world;
  const auto card = [&](const std::string& id, const std::string& name, const char* bandwidth) {
    world.data.write("hwdb/devices/" + id + ".yaml",
                     replaced(replaced(replaced(small_world::card_a, "id: card-a", "id: " + id),
                                       "name: Card A", "name: " + name),
                              "1 TB/s", bandwidth));
  };
  card("v9-sxm", "Maker V9 SXM5 24 GB", "2 TB/s");
  card("v9-pcie", "Maker V9 PCIe 24 GB", "1 TB/s");
  for (const char* name : {"Maker V9", "V9", "V9 24GB"}) {
    CAPTURE(name);
    const NameAnswer answer = resolve(device(name), world.catalog());
    CHECK(answer.entry.empty());
    CHECK(answer.among == std::vector<std::string>{"v9-sxm", "v9-pcie"});
  }
  CHECK_FALSE(resolve(device("V9", "", 80), world.catalog()).known());
  CHECK_FALSE(resolve(device("V"), world.catalog()).known());
  CHECK(resolve(device("Maker V9 PCIe 24 GB"), world.catalog()).entry == "v9-pcie");
}

TEST_CASE("a kind of link is that of the devices it joins", "[measurements]") {
  SmallWorld world;
  const auto card = [&](const std::string& id, const std::string& peer) {
    world.data.write("hwdb/devices/" + id + ".yaml",
                     replaced(replaced(small_world::card_a, "id: card-a", "id: " + id),
                              "name: Card A", "name: " + id) +
                         "peer_link: " + peer + "\n");
  };
  for (const char* generation : {"3", "4"}) {
    const std::string id = "fast-" + std::string(generation);
    world.data.write("hwdb/links/" + id + ".yaml",
                     replaced(small_world::link(id, "300 GB/s", "2 us"), "name: " + id,
                              "name: FastLink " + std::string(generation)));
    card("board-" + std::string(generation), id);
  }
  const auto entry = [&](const std::string& kind, const std::vector<MachineName>& joined) {
    StatedName name = stated(StatedKind::link, kind);
    name.joined = joined;
    return resolve(name, world.catalog()).entry;
  };
  const MachineName third{"board-3", "", {}}, fourth{"board-4", "", {}}, unlinked{"Card A", "", {}};
  CHECK(entry("FastLink", {third}) == "fast-3");
  CHECK(entry("fastlink", {fourth}) == "fast-4");
  CHECK(entry("FastLink ring topology", {third}) == "fast-3");
  CHECK(entry("FastLink 4", {third}) == "fast-4");  // a name of its own
  CHECK(entry("FastLink", {}).empty());
  CHECK(entry("FastLink", {third, unlinked}).empty());
  CHECK(entry("FastLink of the cheap kind", {third}).empty());
}

TEST_CASE("links of measurements know what they join", "[measurements]") {
  const std::string point = R"(- id: a
  hardware: {device: Card A}
  link: FastLink
  metric: decode_tps
  value: 1
)";
  Diagnostics diagnostics;
  const std::vector<StatedName> names =
      read("points.yaml",
           point + replaced(point, "id: a", "id: b") +
               replaced(replaced(point, "id: a", "id: c"), "Card A", "Card B"),
           diagnostics);
  CHECK(diagnostics.empty());
  REQUIRE(lines_of(names) ==
          std::vector<std::string>{"device 1: Card A", "link 1: FastLink", "device 11: Card B"});
  CHECK(names[1].joined == std::vector<MachineName>{{"Card A", "", {}}, {"Card B", "", {}}});
}

// What people say when they name a machine, and what says too little.
TEST_CASE("the shipped catalogue knows machines by one line", "[measurements]") {
  Catalog catalog({find_data_folders({})});
  const auto machine = [&](const std::string& name) {
    const NameAnswer answer = resolve(stated(StatedKind::hardware, name), catalog);
    INFO(name << ": " << answer.hint);
    CHECK_FALSE(answer.entry.empty());
    return answer.entry;
  };
  CHECK(machine("MacBook Pro 16 M3 Max 48 GB") == "macbook-pro-16-m3-max-48gb");
  CHECK(machine("Framework Desktop 128 GB") == "framework-desktop-128gb");
  CHECK(machine("iPhone 17 Pro") == "iphone-17-pro");
  CHECK(machine("Mac Studio M3 Ultra 512 GB") == "mac-studio-m3-ultra-512gb");
  CHECK(machine("6x RTX 4090 box") == "rtx-4090-6x");
  CHECK(machine("used 2x 3090 PC") == "rtx-3090-2x");
  CHECK(machine("Two DGX Spark") == "two-dgx-spark");
  CHECK(machine("DGX H100") == machine("p5.48xlarge"));
  CHECK(machine("DGX Spark") == "dgx-spark");
  CHECK(machine("a2-ultragpu-8g") == "dgx-a100-640gb");
  CHECK(machine("Apple M1 Max") == "m1-max-32c");
  CHECK(resolve_machine({"Apple M4 Max", "", 36}, catalog).entry == "m4-max-32c");
  for (const char* name : {"NVIDIA H100 80GB", "NVIDIA A100 80GB", "NVIDIA A100", "Apple M3 Max",
                           "Apple M4 Max", "Apple M5 Max", "NVIDIA V100"}) {
    INFO(name);
    CHECK(resolve(stated(StatedKind::hardware, name), catalog).entry.empty());
  }
}

}  // namespace plimsoll
