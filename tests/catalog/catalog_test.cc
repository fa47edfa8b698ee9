// Finding entries: ids, names, paths, overlays, and reading no more than what was asked for.
#include "catalog/catalog.h"

#include <cstdlib>
#include <set>

#include "catalog/codes.h"
#include "config/codes.h"
#include "data_fixture.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

const SourcePlace asked{"scenario.yaml", 3, 8};

std::vector<DataFolders> overlaid(const DataFixture& data) {
  std::vector<DataFolders> folders = data.only();
  folders.push_back(data.folders("more"));
  return folders;
}

TEST_CASE("names resolve folded, ids directly", "[catalog]") {
  const DataFixture data;
  data.write_all();
  Catalog catalog(data.only());
  Diagnostics problems;
  const DeviceSpec* device = catalog.device("card-a", asked, problems);
  REQUIRE(device != nullptr);
  for (const char* name : {"Card A", "CARD A", "card_a", "Card-Alpha", "card alpha", "CardA"}) {
    INFO(name);
    CHECK(catalog.device(name, asked, problems) == device);
  }
  CHECK(problems.empty());
  CHECK(device->memory.capacity->value.base() == 80.0 * 1024 * 1024 * 1024);
  CHECK(device->units.front().rates.at(Precision::fp16).peak.value.base() == 100e12);
  CHECK(find_unit(*device, UnitKind::gpu) == &device->units.front());
  CHECK(find_unit(*device, UnitKind::npu) == nullptr);
}

TEST_CASE("a name that says too little lists who it could be", "[catalog]") {
  const DataFixture data;
  data.write_all();
  Catalog catalog(data.only());
  Diagnostics problems;
  CHECK(catalog.device("alpha card", asked, problems) == nullptr);
  REQUIRE(problems.sorted().size() == 1);
  CHECK(problems.sorted().front().code == "unknown-device");
  CHECK(problems.sorted().front().expected == "one of card-a");
}

TEST_CASE("unknown names suggest the nearest, at the asker's place", "[catalog]") {
  const DataFixture data;
  data.write_all();
  Catalog catalog(data.only());
  Diagnostics problems;
  CHECK(catalog.device("Card Alhpa", asked, problems) == nullptr);
  REQUIRE(problems.sorted().size() == 1);
  const Diagnostic problem = problems.sorted().front();
  CHECK(problem.code == "unknown-device");
  CHECK(problem.place == asked);
  CHECK(problem.suggestion == "Card Alpha");
}

TEST_CASE("every kind has its own code for an unknown name", "[catalog]") {
  const DataFixture data;
  data.write_all();
  Catalog catalog(data.only());
  Diagnostics problems;
  catalog.device("zzzzzz", {"", 1, 1}, problems);
  catalog.system("zzzzzz", {"", 2, 1}, problems);
  catalog.storage("zzzzzz", {"", 3, 1}, problems);
  catalog.link("zzzzzz", {"", 4, 1}, problems);
  catalog.os("zzzzzz", {"", 5, 1}, problems);
  catalog.engine("zzzzzz", {"", 6, 1}, problems);
  catalog.quantization("zzzzzz", {"", 7, 1}, problems);
  catalog.model("zzzzzz", {"", 8, 1}, problems);
  catalog.format("zzzzzz", {"", 9, 1}, problems);
  catalog.cluster("zzzzzz", {"", 10, 1}, problems);
  CHECK(codes_and_places(problems) ==
        std::vector<std::string>{"unknown-device 1:1", "unknown-system 2:1", "unknown-storage 3:1",
                                 "unknown-link 4:1", "unknown-os 5:1", "unknown-engine 6:1",
                                 "unknown-quantization 7:1", "unknown-model 8:1",
                                 "unknown-format 9:1", "unknown-cluster 10:1"});
}

TEST_CASE("only the file that was asked for is opened", "[catalog]") {
  const DataFixture data;
  data.write_all();
  data.write("hwdb/devices/broken.yaml", "kind: [device\n");
  data.write("hwdb/formats.yaml", "not: [yaml\n");
  data.write("hwdb/sources.yaml", "not: [yaml\n");
  Catalog catalog(data.only());
  Diagnostics problems;
  CHECK(catalog.device("card-a", asked, problems) != nullptr);
  CHECK(catalog.device("Card Alpha", asked, problems) != nullptr);  // by a scan of headers
  CHECK(problems.empty());
  CHECK(catalog.device("broken", asked, problems) == nullptr);
  CHECK(problems.has_errors());
  // The devices are read once: removing the file does not disturb.
  std::filesystem::remove(data.root() / "hwdb/devices/card-a.yaml");
  Diagnostics later;
  CHECK(catalog.device("card-alpha", asked, later) != nullptr);
}

TEST_CASE("problems of a broken file are told to everybody who asks", "[catalog]") {
  const DataFixture data;
  data.write("hwdb/links/link-a.yaml", replaced(valid_link, "32 GB/s", "32"));
  Catalog catalog(data.only());
  for (int ask = 0; ask < 2; ++ask) {
    Diagnostics problems;
    CHECK(catalog.link("link-a", asked, problems) == nullptr);
    CHECK(codes_and_places(problems) == std::vector<std::string>{"unit 5:14"});
  }
}

TEST_CASE("a later folder overlays entry by entry", "[catalog]") {
  const DataFixture data;
  data.write_all();
  data.write("more/hwdb/links/link-a.yaml", replaced(valid_link, "26 GB/s", "27 GB/s"));
  data.write("more/hwdb/links/link-b.yaml",
             replaced(replaced(valid_link, "id: link-a", "id: link-b"), "Link A", "Link B"));
  data.write("more/hwdb/formats.yaml",
             "kind: formats\nformats:\n  F16: {block: 1, bytes: 3, kernel_family: odd}\n");
  data.write("more/hwdb/roofs.yaml",
             "kind: roofs\nmemory:\n  ddr: {value: 0.8, source: S, status: measured}\n");
  Catalog catalog(overlaid(data));
  Diagnostics problems;
  CHECK(catalog.link("link-a", asked, problems)->reached.value.base() == 27e9);
  CHECK(catalog.link("Link A", asked, problems)->reached.value.base() == 27e9);
  CHECK(catalog.link("link b", asked, problems)->id == "link-b");
  CHECK(catalog.device("card-a", asked, problems) != nullptr);
  CHECK(catalog.format("F16", asked, problems)->block_bytes == 3.0);
  CHECK(catalog.format("Q4_K", asked, problems)->block_bytes == 144.0);
  CHECK(catalog.roofs(problems).memory.size() == 2);
  CHECK(problems.empty());
  REQUIRE(catalog.headers(EntryKind::link).size() == 2);
  CHECK(catalog.headers(EntryKind::link)[0].file ==
        data.folders("more").hwdb / "links/link-a.yaml");
  CHECK(catalog.headers(EntryKind::link)[1].name == "Link B");
}

TEST_CASE("a path to a file serves for any name", "[catalog]") {
  const DataFixture data;
  data.write_all();
  const std::string path =
      data.write("elsewhere/link-z.yaml", replaced(valid_link, "id: link-a", "id: link-z"));
  Catalog catalog(data.only());
  Diagnostics problems;
  const LinkSpec* link = catalog.link(path, asked, problems);
  REQUIRE(link != nullptr);
  CHECK(link->id == "link-z");
  CHECK(catalog.link((data.root() / "absent.yaml").string(), asked, problems) == nullptr);
  CHECK(codes_and_places(problems) == std::vector<std::string>{"unreadable 0:0"});
}

TEST_CASE("entries that are in no file are given beside the folders", "[catalog]") {
  const DataFixture data;
  data.write_all();
  DataFolders folders = data.folders();
  folders.given = {
      {EntryKind::link, "./mine", "mine",
       replaced(replaced(valid_link, "id: link-a", "id: mine"), "name: Link A", "name: Mine")},
      {EntryKind::link, "other", "link-a", replaced(valid_link, "name: Link A", "name: Other")}};
  Catalog catalog({folders});
  Diagnostics problems;
  const auto name_of = [&](const char* word) {
    const LinkSpec* link = catalog.link(word, {}, problems);
    return link ? link->name : "";
  };
  CHECK(name_of("./mine") == "Mine");
  CHECK(name_of("mine") == "Mine");      // its id, which no file has
  CHECK(name_of("link-a") == "Link A");  // a file's id stays the file's
  CHECK(name_of("other") == "Other");
  CHECK(problems.empty());
  CHECK(catalog.given().size() == 2);
  folders.given.front().yaml += "colour: red\n";
  Catalog broken({folders});
  CHECK(broken.link("./mine", {}, problems) == nullptr);
  CHECK(problems.sorted().front().code == "unknown-key");
}

TEST_CASE("ids cannot leave their folder", "[catalog]") {
  const DataFixture data;
  data.write_all();
  Catalog catalog(data.only());
  for (const std::string name : {"../links/link-a", "..", "", "/etc/passwd", "a\nb"}) {
    Diagnostics problems;
    CHECK(catalog.device(name, asked, problems) == nullptr);
    CHECK(codes_and_places(problems) == std::vector<std::string>{"unknown-device 3:8"});
  }
}

TEST_CASE("a name of two entries is an error when it is asked for", "[catalog]") {
  const DataFixture data;
  data.write_all();
  const std::string twin =
      replaced(replaced(valid_link, "id: link-a", "id: link-b"), "name: Link A", "name: LINK a");
  data.write("hwdb/links/link-b.yaml", twin);
  Catalog catalog(data.only());
  Diagnostics problems;
  CHECK(catalog.link("link-b", asked, problems) != nullptr);
  CHECK(problems.empty());
  CHECK(catalog.link("Link A", asked, problems) == nullptr);
  CHECK(codes_and_places(problems) == std::vector<std::string>{"duplicate-name 3:8"});
  Diagnostics all;
  catalog.check_all(all);
  REQUIRE(codes_and_places(all) == std::vector<std::string>{"duplicate-name 0:0"});
  CHECK(all.sorted().front().place.file == (data.root() / "hwdb/links/link-b.yaml").string());
}

TEST_CASE("formats, roofs and citations", "[catalog]") {
  const DataFixture data;
  data.write_all();
  Catalog catalog(data.only());
  Diagnostics problems;
  CHECK(catalog.format("Q4_K", asked, problems)->bits_per_weight() == 4.5);  // 144 * 8 / 256
  CHECK(catalog.format("q4-k", asked, problems) == catalog.format("Q4_K", asked, problems));
  CHECK(catalog.format("Q4_K", asked, problems)->fallback == "F16");
  CHECK(catalog.roofs(problems).memory.at("hbm").value == 0.9);
  CHECK(catalog.roofs(problems).matrix.at("acme").value == 0.8);
  CHECK(problems.empty());
  CHECK(catalog.citation("S") == "https://example.org/s: a test");
  CHECK(catalog.citation("S: page 3") == "https://example.org/s: a test - page 3");
  CHECK(catalog.citation("S, T") == "https://example.org/s: a test; https://example.org/t");
  CHECK(catalog.citation("arithmetic") == "arithmetic");
  CHECK(catalog.format("Q4_L", asked, problems) == nullptr);
  CHECK(problems.sorted().front().suggestion == "Q4_K");
}

TEST_CASE("a whole database without mistakes checks clean", "[catalog]") {
  const DataFixture data;
  data.write_all();
  Catalog catalog(data.only());
  Diagnostics problems;
  catalog.check_all(problems);
  CHECK(codes_and_places(problems).empty());
}

struct Dangling {
  std::string file;
  const std::string* valid;
  std::string from;
  std::string to;
  std::string code;
};

TEST_CASE("check_all finds every reference that leads nowhere", "[catalog]") {
  const std::vector<Dangling> all = {
      {"hwdb/devices/card-a.yaml", &valid_device, "host_link: link-a", "host_link: @link-x",
       "unknown-link"},
      {"hwdb/devices/card-a.yaml", &valid_device, "roof_class: hbm", "roof_class: @hbn",
       "unknown-roof"},
      {"hwdb/devices/card-a.yaml", &valid_device, "value: 80 GiB, source: S",
       "value: 80 GiB, source: @X", "unknown-source"},
      {"hwdb/devices/card-a.yaml", &valid_device, "value: 80 GiB, source: S",
       "value: 80 GiB, source: @\"X: S\"", "unknown-source"},
      {"hwdb/systems/box-a.yaml", &valid_system, "os: os-a", "os: @os-b", "unknown-os"},
      {"hwdb/systems/box-a.yaml", &valid_system, "device: card-a", "device: @card-x",
       "unknown-device"},
      {"hwdb/systems/box-a.yaml", &valid_system, "drive: drive-a", "drive: @drive-x",
       "unknown-storage"},
      {"hwdb/systems/box-a.yaml", &valid_system, "ports: [link-a]", "ports: [link-a, @link-x]",
       "unknown-link"},
      {"hwdb/engines/engine-a.yaml", &valid_engine, "kv_formats: [F16]", "kv_formats: [F16, @F17]",
       "unknown-format"},
      {"hwdb/quantizations/q-a.yaml", &valid_quantization, "default_format: F16",
       "default_format: @F17", "unknown-format"},
      {"hwdb/quantizations/q-a.yaml", &valid_quantization, "current: F16", "current: @F17",
       "unknown-format"},
      {"hwdb/quantizations/q-a.yaml", &valid_quantization, "family: gguf",
       "family: gguf\ncounterparts: {mlx: @q-x}", "unknown-quantization"},
      {"hwdb/formats.yaml", &valid_formats, "fallback: F16", "fallback: @F17", "unknown-format"},
      {"hwdb/roofs.yaml", &valid_roofs, "value: 0.9, source: S", "value: 0.9, source: @X",
       "unknown-source"},
      {"models/model-a.yaml", &valid_model, "native_format: q-a", "native_format: @q-x",
       "unknown-quantization"},
      {"models/model-a.yaml", &valid_model, "source: S", "source: @XY", "unknown-source"},
  };
  for (const Dangling& dangling : all) {
    INFO(dangling.file << ": " << dangling.to);
    const MarkedText marked(replaced(*dangling.valid, dangling.from, dangling.to));
    const DataFixture data;
    data.write_all();
    data.write(dangling.file, marked.text);
    Catalog catalog(data.only());
    Diagnostics problems;
    catalog.check_all(problems);
    CHECK(codes_and_places(problems) ==
          std::vector<std::string>{dangling.code + " " + std::to_string(marked.line) + ":" +
                                   std::to_string(marked.column)});
  }
}

TEST_CASE("the source of a whole file may be prose", "[catalog]") {
  const DataFixture data;
  data.write_all();
  data.write("models/model-a.yaml",
             replaced(valid_model, "source: S", "source: arithmetic on layouts"));
  Catalog catalog(data.only());
  Diagnostics problems;
  catalog.check_all(problems);
  CHECK(codes_and_places(problems).empty());
}

TEST_CASE("hostile files cost a complaint", "[catalog]") {
  const DataFixture data;
  data.write("hwdb/devices/binary.yaml", std::string("\x00\xff\x01GGUF\xfe", 8));
  data.write("hwdb/devices/empty.yaml", "");
  data.write("hwdb/devices/list.yaml", "- 1\n- 2\n");
  data.write("hwdb/devices/deep.yaml", std::string(100000, '['));
  Catalog catalog(data.only());
  for (const char* id : {"binary", "empty", "list", "deep"}) {
    INFO(id);
    Diagnostics problems;
    CHECK(catalog.device(id, asked, problems) == nullptr);
    CHECK(problems.sorted().size() == 1);
  }
  CHECK(catalog.headers(EntryKind::device).size() == 4);
}

// Sets PLIMSOLL_DATA for one scope.
class DataVariable {
 public:
  explicit DataVariable(const std::string& value) { setenv("PLIMSOLL_DATA", value.c_str(), 1); }
  ~DataVariable() { unsetenv("PLIMSOLL_DATA"); }
};

TEST_CASE("where the data lie", "[catalog]") {
  const DataFixture data;
  const std::filesystem::path installed = data.root() / "prefix/share/plimsoll";
  for (const std::string home : {"prefix/share/plimsoll", "chosen", "variable"}) {
    std::filesystem::create_directories(data.root() / home / "hwdb");
    std::filesystem::create_directories(data.root() / home / "models");
  }
  const std::filesystem::path program = data.root() / "prefix/bin/plimsoll";
  CHECK(find_data_folders(program).hwdb == installed / "hwdb");
  CHECK(find_data_folders(program).models == installed / "models");
  CHECK(find_data_folders(program, data.root() / "chosen").hwdb == data.root() / "chosen/hwdb");
  const DataVariable variable((data.root() / "variable").string());
  CHECK(find_data_folders(program).hwdb == data.root() / "variable/hwdb");
  CHECK(find_data_folders(program, data.root() / "chosen").hwdb == data.root() / "chosen/hwdb");
}

TEST_CASE("a choice without data is not passed over", "[catalog]") {
  const DataFixture data;
  try {
    find_data_folders("plimsoll", data.root() / "nowhere");
    FAIL("no complaint");
  } catch (const InputError& error) {
    CHECK(codes_and_places(error.diagnostics()) == std::vector<std::string>{"no-database 0:0"});
    CHECK(error.diagnostics().sorted().front().message.find("nowhere") != std::string::npos);
  }
}

TEST_CASE("codes are stable words of their own", "[catalog]") {
  std::set<std::string_view> codes;
  for (const std::string_view code : config_diagnostic_codes()) codes.insert(code);
  for (const std::string_view code : catalog_diagnostic_codes()) {
    INFO(code);
    CHECK(codes.insert(code).second);
  }
}

#ifdef PLIMSOLL_SOURCE_DIR
TEST_CASE("every code is explained", "[catalog][shipped]") {
  std::ifstream file(std::string(PLIMSOLL_SOURCE_DIR) + "/doc/diagnostics.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const std::string_view code : catalog_diagnostic_codes()) {
    INFO(code);
    CHECK(text.find("`" + std::string(code) + "`") != std::string::npos);
  }
}

TEST_CASE("the shipped data load clean", "[catalog][shipped]") {
  const std::filesystem::path root = PLIMSOLL_SOURCE_DIR;
  Catalog catalog(std::vector<DataFolders>(1, {.hwdb = root / "hwdb", .models = root / "models"}));
  Diagnostics problems;
  catalog.check_all(problems);
  for (const Diagnostic& problem : problems.sorted()) UNSCOPED_INFO(to_text(problem));
  CHECK(problems.empty());
  for (const EntryKind kind :
       {EntryKind::device, EntryKind::system, EntryKind::storage, EntryKind::link, EntryKind::os,
        EntryKind::engine, EntryKind::quantization, EntryKind::model}) {
    INFO(plural(kind));
    CHECK_FALSE(catalog.headers(kind).empty());
  }
}

// What a core unpacks in a cycle limits decoding; without a clock a device would have no such limit
// and come out faster than others with the same chip.
TEST_CASE("every shipped processor has its cores and clock", "[catalog][shipped]") {
  const std::filesystem::path root = PLIMSOLL_SOURCE_DIR;
  Catalog catalog(std::vector<DataFolders>(1, {.hwdb = root / "hwdb", .models = root / "models"}));
  for (const CatalogEntry& entry : catalog.headers(EntryKind::device)) {
    CAPTURE(entry.id);
    Diagnostics problems;
    const DeviceSpec* device = catalog.device(entry.id, {}, problems);
    REQUIRE(device != nullptr);
    for (const ComputeUnitSpec& unit : device->units) {
      if (unit.kind == UnitKind::npu) continue;
      CHECK(unit.cores > 0);
      CHECK(unit.clock);
    }
  }
}
#endif

}  // namespace
}  // namespace plimsoll
