// Each rule of lint with a file that passes and one that fails, and where the complaint stands.
#include "lint/lint.h"

#include <algorithm>

#include "catalog/data_fixture.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

// 4096 bits / 8 x 2000 MT/s = 1.024 TB/s.
const std::string sound_device =
    replaced(valid_device, "{value: 1 TB/s, range: [0.9 TB/s, 1.1 TB/s]",
             "{value: 1.024 TB/s, range: [0.9 TB/s, 1.1 TB/s]");

struct Folder {
  Folder() {
    data.write_all();
    data.write("hwdb/devices/card-a.yaml", sound_device);
    data.write("hwdb/sources.yaml",
               replaced(valid_sources, "  T: \"https://example.org/t\"\n", ""));
  }
  std::vector<std::string> codes() const {
    const LintResult result = lint({.folders = data.only(), .paths = {}});
    Diagnostics all;
    for (const Diagnostic& problem : result.problems) all.add(problem);
    return codes_and_places(all);
  }
  DataFixture data;
};

using Codes = std::vector<std::string>;

// What lint says of the folder with one file changed; '@' in the text is where.
void expect(const std::string& path, const std::string& marked_text, const std::string& code) {
  const MarkedText marked(marked_text);
  const Folder folder;
  folder.data.write(path, marked.text);
  const std::string place = std::to_string(marked.line) + ":" + std::to_string(marked.column);
  CHECK(folder.codes() == Codes{code + " " + place});
}

void expect_clean(const std::string& path, const std::string& text) {
  const Folder folder;
  folder.data.write(path, text);
  CHECK(folder.codes().empty());
}

const std::string card = "hwdb/devices/card-a.yaml";
const std::string bandwidth = "{value: 1.024 TB/s, range";
const std::string fp16 = "      fp16: {peak: {value: 100 TFLOP/s, source: S, status: datasheet}}\n";

// A GPU of the architecture whose cores do 256 FLOP a cycle: 100 x 2 GHz x 256 = 51.2 TFLOP/s.
std::string with_fp32(const std::string& rate) {
  const std::string device = replaced(sound_device, "architecture: first", "architecture: ada");
  return replaced(device, "    cores: 100\n    rates:\n",
                  "    cores: 100\n    clock: {value: 2 GHz, source: S, status: datasheet}\n"
                  "    rates:\n      fp32: {peak: " +
                      rate + "}\n");
}

}  // namespace

TEST_CASE("a sound folder is clean, and every file is counted", "[lint]") {
  const Folder folder;
  const LintResult result = lint({.folders = folder.data.only(), .paths = {}});
  CHECK(result.problems.empty());
  CHECK(result.files == 11);  // 7 kinds in hwdb, 3 tables, a model
}

TEST_CASE("bandwidth is bus width times transfer rate within 2 %", "[lint]") {
  // 1.024 x 1.02 = 1.0445, x 0.98 = 1.0035.
  expect_clean(card, replaced(sound_device, bandwidth, "{value: 1.044 TB/s, range"));
  expect_clean(card, replaced(sound_device, bandwidth, "{value: 1.004 TB/s, range"));
  expect(card, replaced(sound_device, bandwidth, "@{value: 1.046 TB/s, range"),
         "bandwidth-mismatch");
  expect(card, replaced(sound_device, bandwidth, "@{value: 1.002 TB/s, range"),
         "bandwidth-mismatch");
}

TEST_CASE("FLOP/s are cores times clock times width within 10 %", "[lint]") {
  expect_clean(card, with_fp32("{value: 51.2 TFLOP/s, source: S, status: datasheet}"));
  expect_clean(card, with_fp32("{value: 56 TFLOP/s, source: S, status: datasheet}"));
  expect(card, with_fp32("@{value: 57 TFLOP/s, source: S, status: datasheet}"), "compute-mismatch");
  expect(card, with_fp32("@{value: 25.6 TFLOP/s, source: S, status: datasheet}"),
         "compute-mismatch");
}

TEST_CASE("of CPUs, whose cores differ, the product is a ceiling", "[lint]") {
  const auto cpu = [](const std::string& rate) {
    // zen5: 100 cores x 2 GHz x 64 = 12.8 TFLOP/s.
    return replaced(replaced(with_fp32(rate), "architecture: ada", "architecture: zen5"),
                    "kind: gpu", "kind: cpu");
  };
  expect_clean(card, cpu("{value: 5 TFLOP/s, source: S, status: datasheet}"));
  expect(card, cpu("@{value: 15 TFLOP/s, source: S, status: datasheet}"), "compute-mismatch");
}

TEST_CASE("GDDR has whole chips on 32 bits each", "[lint]") {
  const auto gddr = [](const std::string& capacity) {
    // 384 bits: 12 chips; 48 GB/s x ... : 384 / 8 x 21333 MT/s = 1.024 TB/s.
    std::string device =
        replaced(sound_device, "type: HBM3\n  bus_bits: 4096", "type: GDDR6X\n  bus_bits: 384");
    device = replaced(device, "megatransfers_per_second: 2000", "megatransfers_per_second: 21333");
    return replaced(device, "{value: 80 GiB", capacity);
  };
  expect_clean(card, gddr("{value: 24 GiB"));  // 2 GiB each
  expect_clean(card, gddr("{value: 23 GiB"));  // of 24, less what error correction takes
  expect(card, gddr("@{value: 20 GiB"), "odd-capacity");
}

TEST_CASE("narrower operands are not slower", "[lint]") {
  const auto fp8 = [](const std::string& peak) {
    return replaced(sound_device, fp16, fp16 + "      fp8: {peak: " + peak + "}\n");
  };
  expect_clean(card, fp8("{value: 200 TFLOP/s, source: S, status: datasheet}"));
  expect(card, fp8("@{value: 50 TFLOP/s, source: S, status: datasheet}"), "rate-order");
}

TEST_CASE("nothing draws more when idle", "[lint]") {
  const auto power = [](const std::string& idle) {
    return sound_device +
           "power_limit: {value: 100 W, source: S, status: datasheet}\nidle_power: " + idle + "\n";
  };
  expect_clean(card, power("{value: 20 W, source: S, status: measured}"));
  expect(card, power("@{value: 120 W, source: S, status: measured}"), "power-order");
  const auto reading = [&](const std::string& watts) {
    return power("@{value: 20 W, source: S, status: measured}") +
           "reading_power: {value: " + watts + ", source: S, status: claimed}\n";
  };
  expect(card, reading("15 W"), "power-order");
  const auto unlimited = [](const std::string& watts) {
    return sound_device +
           "power_limit: {value: 100 W, source: S, status: datasheet}\nunlimited_power: " + watts +
           "\n";
  };
  expect_clean(card, unlimited("{value: 100 W, source: S, status: claimed}"));
  expect(card, unlimited("@{value: 90 W, source: S, status: claimed}"), "power-order");
}

TEST_CASE("a price is not older than the thing by more than a year", "[lint]") {
  const auto price = [](const std::string& year, const char* mark) {
    return sound_device + "price: " + mark + "{value: 100 USD, date: " + year +
           ", source: S, status: datasheet}\n";
  };
  expect_clean(card, price("2023", ""));
  expect(card, price("2022", "@"), "early-price");
}

TEST_CASE("an SoC has a memory it is sold with", "[lint]") {
  std::string soc = replaced(sound_device, "form: card", "form: soc");
  soc = replaced(soc, "  capacity: {value: 80 GiB, source: S, status: datasheet}\n", "");
  soc = replaced(soc, "host_link: link-a\n", "");
  const auto codes_with = [&](const std::string& sizes) {
    const Folder folder;
    folder.data.write(card,
                      replaced(soc, "  bandwidth:", "  sold_sizes: " + sizes + "\n  bandwidth:"));
    return folder.codes();
  };
  CHECK(codes_with("[32 GiB, 64 GiB]").empty());
  CHECK(codes_with("[32 GiB, 48 GiB]") == Codes{"unsold-size 1:1"});
  // The device's place of the complaint is its memory's bandwidth.
  CHECK(codes_with("[64 GiB, 32 GiB]").front().starts_with("odd-capacity"));
}

TEST_CASE("random reads stay below sequential ones", "[lint]") {
  const auto drive = [](const std::string& rate) {
    return replaced(valid_storage, "{value: 1 GB/s", rate);
  };
  expect_clean("hwdb/storage/drive-a.yaml", drive("{value: 7.6 GB/s"));
  expect("hwdb/storage/drive-a.yaml", drive("@{value: 7.8 GB/s"), "rate-over-peak");
}

TEST_CASE("nominal bits are those of the default format", "[lint]") {
  const auto bits = [](const std::string& text) {
    return replaced(valid_quantization, "nominal_bits: 16", "nominal_bits: " + text);
  };
  expect_clean("hwdb/quantizations/q-a.yaml", bits("15.6"));
  expect("hwdb/quantizations/q-a.yaml", "@" + bits("8"), "bits-mismatch");
}

TEST_CASE("published parameters are those of the tensors", "[lint]") {
  // A dense model: embedding and head 2 x 1000 x 64 = 128000; a layer 64 x (64 + 16 + 16) + 64 x 64
  // = 10240 attention, 3 x 64 x 256 = 49152 FFN, 2 norms of 64 = 128: 59520; two of them and the
  // last norm: 119104.
  std::string model = replaced(valid_model, "window: 128\n", "");
  model =
      replaced(model, "linear: {k_heads: 2, k_dim: 8, v_heads: 4, v_dim: 8, conv_kernel: 4}\n", "");
  model = replaced(model, "moe: {experts: 8, experts_per_token: 2, expert_width: 128}\n", "");
  model = model.substr(0, model.find("layers:")) +
          "layers: {count: 2, pattern: [{attention: full, ffn: dense}]}\n";
  const auto counted = [&](const std::string& figure) {
    return model + "published_parameters: " + figure + "\n";
  };
  const std::string path = "models/model-a.yaml";
  expect_clean(path, counted("{value: 247104, source: S, status: measured}"));
  expect(path, counted("@{value: 248000, source: S, status: measured}"), "parameter-mismatch");
  expect_clean(path, counted("{value: 0.27e6, source: S, status: datasheet}"));  // rounded
  expect(path, counted("@{value: 0.3e6, source: S, status: datasheet}"), "parameter-mismatch");
}

TEST_CASE("what nobody vouches for and has no range is a note", "[lint]") {
  const auto notes = [](const std::string& figure) {
    const Folder folder;
    folder.data.write(card, sound_device + "power_limit: " + figure + "\n");
    const LintResult result = lint({.folders = folder.data.only(), .paths = {}});
    CHECK(result.problems.empty());
    return result.notes;
  };
  CHECK(notes("{value: 100 W, source: S, status: claimed, confidence: medium}").empty());
  CHECK(notes("{value: 100 W, range: [90 W, 120 W], source: S, status: claimed, confidence: low}")
            .empty());
  const auto found = notes("{value: 100 W, source: S, status: claimed, confidence: low}");
  REQUIRE(found.size() == 1);
  CHECK(found[0].code == "missing-range");
  CHECK(found[0].place.column == 14);  // behind "power_limit: "
}

TEST_CASE("a source is cited, and what is cited is a source", "[lint]") {
  const Folder folder;
  folder.data.write("hwdb/sources.yaml", valid_sources);
  const LintResult result = lint({.folders = folder.data.only(), .paths = {}});
  CHECK(result.problems.empty());
  REQUIRE(result.notes.size() == 1);
  CHECK(result.notes[0].code == "unused-source");
  CHECK_THAT(result.notes[0].message, Catch::Contains("'T'"));
  expect(card,
         replaced(sound_device, "memory_reached: {value: 0.9 TB/s, source: S",
                  "memory_reached: {value: 0.9 TB/s, source: @NOBODY"),
         "unknown-source");
}

TEST_CASE("names are found, each once", "[lint]") {
  const std::string names = "names: [Card Alpha]";
  expect_clean(card, replaced(sound_device, names, "names: [Card Alpha, Card Beta]"));
  expect(card, replaced(sound_device, names, "names: [Card Alpha, @\"--\"]"), "unreachable-name");
  expect(card, replaced(sound_device, names, "names: [Card Alpha, @a.yaml]"), "unreachable-name");
  expect(card, replaced(sound_device, names, "names: [Card Alpha, @card-alpha]"), "repeated-name");
  const auto engine = [](const std::string& name) {
    return replaced(valid_engine, "name: Engine A", "name: " + name);
  };
  // No engine is called "acme" and none has a backend "fast", so that the whole is looked for.
  expect_clean("hwdb/engines/engine-a.yaml", engine("acme/engine"));
  expect_clean("hwdb/engines/engine-a.yaml", engine("\"engine-a:fast\""));
  expect("hwdb/engines/engine-a.yaml", engine("@\"engine-a:cuda\""), "unreachable-name");
  const auto box = [](const std::string& name) {
    return replaced(valid_system, "name: Box A", "name: " + name);
  };
  expect_clean("hwdb/systems/box-a.yaml", box("2x Box"));
  expect_clean("hwdb/systems/box-a.yaml", box("Box x2"));
  expect("hwdb/systems/box-a.yaml", box("@2x Box over Wire"), "unreachable-name");
}

TEST_CASE("a name that two entries share is told at both, with its place", "[lint]") {
  const Folder folder;
  folder.data.write("hwdb/devices/card-b.yaml",
                    replaced(replaced(replaced(sound_device, "id: card-a", "id: card-b"),
                                      "name: Card A", "name: Card B"),
                             "[Card Alpha]", "[CARD-ALPHA]"));
  CHECK(folder.codes() == Codes{"duplicate-name 4:9", "duplicate-name 4:9"});
}

TEST_CASE("files that no lookup finds, and files of no kind", "[lint]") {
  const Folder folder;
  folder.data.write("hwdb/devices/more/card-b.yaml", sound_device);
  folder.data.write("hwdb/links/link-b.yml", valid_link);
  folder.data.write("hwdb/notes.yaml", "kind: devcie\n");
  const Codes codes = folder.codes();
  CHECK(std::count(codes.begin(), codes.end(), "unreachable-file 0:0") == 2);
  CHECK(std::count(codes.begin(), codes.end(), "wrong-kind-of-file 1:7") == 1);
}

TEST_CASE("every problem of a file is told at once", "[lint]") {
  const Folder folder;
  folder.data.write("hwdb/links/link-a.yaml",
                    replaced(replaced(valid_link, "scope: inside_host", "scope: inside"),
                             "{value: 2 us, source: S", "{value: 2 GB, source: S") +
                        "colour: red\n");
  CHECK(folder.codes() == Codes{"unknown-value 4:8", "unit 7:18", "unknown-key 9:1"});
}

TEST_CASE("of a path only its own problems are told; a path that is not there is refused",
          "[lint]") {
  const Folder folder;
  folder.data.write("hwdb/os/os-a.yaml", valid_os + "colour: red\n");
  const auto system = folder.data.root() / "hwdb/systems/box-a.yaml";
  CHECK(lint({.folders = folder.data.only(), .paths = {system}}).problems.empty());
  CHECK_THROWS_AS(lint({.folders = folder.data.only(), .paths = {"/nowhere.yaml"}}), InputError);
}

TEST_CASE("a folder with entries of its own refers to them and to the others", "[lint]") {
  const Folder folder;
  const DataFixture own;
  own.write("hwdb/systems/box-b.yaml", replaced(replaced(valid_system, "id: box-a", "id: box-b"),
                                                "name: Box A", "name: Box B"));
  const LintResult result = lint({.folders = folder.data.only(), .paths = {own.root() / "hwdb"}});
  CHECK(result.files == 1);
  CHECK(result.problems.empty());
}

TEST_CASE("names in requirements resolve", "[lint]") {
  const Folder folder;
  const std::string sound =
      "kind: requirement\nmodel: model-a\nengine: engine-a\nown: [box-a x2]\n";
  const auto codes = [&](const std::string& text) {
    folder.data.write("asked/r.yaml", text);
    const LintResult result =
        lint({.folders = folder.data.only(), .paths = {folder.data.root() / "asked"}});
    Diagnostics all;
    for (const Diagnostic& problem : result.problems) all.add(problem);
    return codes_and_places(all);
  };
  CHECK(codes(sound).empty());
  CHECK(codes(replaced(sound, "model-a", "model-x")) == Codes{"unknown-model 2:8"});
  CHECK(codes(replaced(sound, "engine-a", "engine-x")) == Codes{"unknown-engine 3:9"});
  CHECK(codes(replaced(sound, "box-a", "box-x")) == Codes{"unknown-system 4:7"});
}

TEST_CASE("the shipped data are clean", "[lint][shipped]") {
  const std::filesystem::path root = PLIMSOLL_SOURCE_DIR;
  const LintResult result =
      lint({.folders = {{.hwdb = root / "hwdb", .models = root / "models"}}, .paths = {}});
  for (const Diagnostic& problem : result.problems) FAIL_CHECK(to_text(problem));
}

}  // namespace plimsoll
