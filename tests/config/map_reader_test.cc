#include "config/map_reader.h"

#include <array>
#include <string>
#include <vector>

#include "config/document.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

enum class Attention { grouped, latent };
constexpr std::array<field::Word<Attention>, 2> attention_words = {
    {{"grouped-query", Attention::grouped}, {"latent", Attention::latent}}};

struct Pool {
  std::string name;
  Bytes capacity;
  friend bool operator==(const Pool&, const Pool&) = default;
};

Pool read_pool(MapReader& reader) {
  return {.name = reader.required("name", field::text()),
          .capacity = reader.required("capacity", field::quantity<Bytes>(Bound::positive))};
}

struct Device {
  std::string id;
  std::int64_t layers = 0;
  double share = 0.0;
  bool unified = false;
  Attention attention = Attention::grouped;
  std::vector<Pool> pools;
  std::optional<Dollars> price;
  std::vector<std::string> names;
  std::vector<std::pair<std::string, Watts>> power;
  Pool cache;
};

Device read_device(MapReader& reader) {
  return {
      .id = reader.required("id", field::id()),
      .layers = reader.required("layers", field::integer(1, 1000)),
      .share = reader.value_or("share", field::number(0.5, 1.0), 0.75),
      .unified = reader.value_or("unified", field::boolean(), false),
      .attention =
          reader.value_or("attention", field::enumeration(attention_words), Attention::latent),
      .pools = reader.required("pools", field::list_of(field::object("memory pool", read_pool))),
      .price = reader.optional("price", field::quantity<Dollars>(Bound::non_negative)),
      .names = reader.value_or("names", field::list_of(field::text()), {}),
      .power = reader.value_or("power", field::map_of(field::quantity<Watts>()), {}),
      .cache = reader.value_or("cache", field::object("cache", read_pool), {})};
}

struct Outcome {
  Device device;
  std::vector<Diagnostic> problems;
};

Outcome read(std::string_view text) {
  Diagnostics diagnostics;
  const Document document = Document::parse(text, "f.yaml", diagnostics);
  Outcome outcome{.device = read_map(document.root(), "device", diagnostics, read_device),
                  .problems = {}};
  outcome.problems = diagnostics.sorted();
  for (const Diagnostic& problem : outcome.problems) UNSCOPED_INFO(to_text(problem));
  return outcome;
}

TEST_CASE("a complete map becomes a value", "[config]") {
  const Outcome outcome = read(
      "id: m3-max\nlayers: 48\nshare: 0.9\nunified: true\nattention: grouped-query\n"
      "pools:\n- {name: \"395\", capacity: 128 GB}\n- name: 395\n  capacity: 1 GiB\n"
      "price: $3,999\nnames: [M3 Max, 'm3']\npower: {idle: 5 W, peak: 0.14 kW}\n"
      "cache: {name: L2, capacity: 32 MiB}\n");
  CHECK(outcome.problems.empty());
  const Device& device = outcome.device;
  CHECK(device.id == "m3-max");
  CHECK(device.layers == 48);
  CHECK(device.share == 0.9);
  CHECK(device.unified);
  CHECK(device.attention == Attention::grouped);
  CHECK(device.pools == std::vector<Pool>{{"395", Bytes(128e9)}, {"395", Bytes(0x1p30)}});
  CHECK(device.price == Dollars(3999));
  CHECK(device.names == std::vector<std::string>{"M3 Max", "m3"});
  CHECK(device.power ==
        std::vector<std::pair<std::string, Watts>>{{"idle", Watts(5)}, {"peak", Watts(140)}});
  CHECK(device.cache == Pool{"L2", Bytes(33554432)});
}

TEST_CASE("absent optional keys have their fallback", "[config]") {
  const Outcome outcome = read("id: x\nlayers: 1\npools: []\n");
  CHECK(outcome.problems.empty());
  CHECK(outcome.device.share == 0.75);
  CHECK(outcome.device.attention == Attention::latent);
  CHECK_FALSE(outcome.device.price.has_value());
}

struct WrongValue {
  std::string line;  // the third line of an otherwise complete file
  std::string code;
  int column;
  std::string suggestion = {};
};

TEST_CASE("every wrong value has its code and place", "[config]") {
  const WrongValue cases[] = {
      {"share: 0.4", "out-of-range", 8},
      {"share: .nan", "number", 8},
      {"share: .inf", "number", 8},
      {"share: 1e400", "number", 8},
      {"share: 0,9", "number", 8},
      {"share: '0.9'", "wrong-kind", 8},
      {"share: [0.9]", "wrong-kind", 8},
      {"share:", "wrong-kind", 1},
      {"unified: yes", "wrong-kind", 10},
      {"unified: 'true'", "wrong-kind", 10},
      {"unified: True", "wrong-kind", 10},
      {"attention: latnet", "unknown-value", 12, "latent"},
      {"attention: zzz", "unknown-value", 12},
      {"attention: {a: b}", "wrong-kind", 12},
      {"price: 3999", "unit", 8},
      {"price: 3 GB", "unit", 8},
      {"price: $1e999", "unit", 8},
      {"price: -$1", "out-of-range", 8},
      {"names: x", "wrong-kind", 8},
      {"names: [a, [b]]", "wrong-kind", 12},
      {"power: [5 W]", "wrong-kind", 8},
      {"power: {idle: 5}", "unit", 15},
      {"cache: 5", "wrong-kind", 8},
      {"cache: {name: L2}", "missing-key", 8},
      {"cache: {name: L2, capacity: 0 B}", "out-of-range", 29},
      {"cache: {name: L2, capacity: 1 B, size: 1}", "unknown-key", 34},
      {"prcie: $5", "unknown-key", 1, "price"},
      {"temperature-limit: 90", "unknown-key", 1},
      {"<<: {a: b}", "unknown-key", 1},
  };
  for (const WrongValue& c : cases) {
    CAPTURE(c.line);
    const Outcome outcome = read("id: x\nlayers: 1\n" + c.line + "\npools: []\n");
    REQUIRE(outcome.problems.size() == 1);
    CHECK(outcome.problems[0].code == c.code);
    CHECK(outcome.problems[0].place == SourcePlace{"f.yaml", 3, c.column});
    CHECK(outcome.problems[0].suggestion == c.suggestion);
  }
}

TEST_CASE("integers are decimal digits", "[config]") {
  const std::pair<std::string, std::string> cases[] = {
      {"1e3", "number"},     {"010", "number"},      {"1.0", "number"},
      {"0x10", "number"},    {"many", "number"},     {"99999999999999999999", "number"},
      {"0", "out-of-range"}, {"-5", "out-of-range"}, {"1001", "out-of-range"},
      {"'5'", "wrong-kind"}, {"~", "wrong-kind"}};
  for (const auto& [text, code] : cases) {
    CAPTURE(text);
    const Outcome outcome = read("id: x\nlayers: " + text + "\npools: []\n");
    REQUIRE(outcome.problems.size() == 1);
    CHECK(outcome.problems[0].code == code);
    CHECK(outcome.device.layers == 1);  // a placeholder within the bounds
  }
}

TEST_CASE("ids are words", "[config]") {
  for (const char* id : {"qwen3.5-397b_A17B", "4090", "ryzen-max+395"}) {
    CHECK(read("id: " + std::string(id) + "\nlayers: 1\npools: []\n").problems.empty());
  }
  for (const char* id : {"M3 Max", "\"\"", "-a", "a/b", "../x", "\u00B5"}) {
    CAPTURE(id);
    const auto problems = read("id: " + std::string(id) + "\nlayers: 1\npools: []\n").problems;
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].code == "bad-id");
  }
}

TEST_CASE("all problems of a file show at once", "[config]") {
  const Outcome outcome = read(
      "layers: none\n"
      "pools:\n"
      "- name: a\n"
      "  capacity: 5\n"
      "- capcity: 5 GB\n"
      "  name: b\n"
      "attention: dense\n");
  std::vector<std::string> found;
  for (const Diagnostic& d : outcome.problems) {
    found.push_back(std::to_string(d.place.line) + ":" + std::to_string(d.place.column) + " " +
                    d.code);
  }
  CHECK(found == std::vector<std::string>{"1:1 missing-key",  // id
                                          "1:9 number", "4:13 unit", "5:3 missing-key",
                                          "5:3 unknown-key", "7:12 unknown-value"});
  CHECK(outcome.device.pools.size() == 2);
  CHECK(outcome.device.pools[1].capacity > Bytes(0));
}

TEST_CASE("a document that could not be read adds no second complaint", "[config]") {
  CHECK(read("a: [").problems.size() == 1);
  const auto problems = read("[1, 2]").problems;
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].code == "wrong-kind");
  CHECK(problems[0].message == "device is a list");
}

TEST_CASE("a file of another kind does not fill the screen", "[config]") {
  std::string text = "id: x\nlayers: 1\npools: []\n";
  for (int i = 0; i < 10'000; ++i) text += "other" + std::to_string(i) + ": 1\n";
  CHECK(read(text).problems.size() == 21);  // 20 keys and the count of the rest
}

TEST_CASE("raw values and cross checks", "[config]") {
  Diagnostics diagnostics;
  const Document document = Document::parse("a: 1\nb: {c: 2}\n", "f", diagnostics);
  MapReader reader(document.root(), "thing", diagnostics);
  REQUIRE(reader.take("b") != nullptr);
  CHECK(reader.take("b")->kind() == NodeKind::map);
  CHECK(reader.take("missing") == nullptr);
  CHECK(reader.has("a"));
  reader.take("a");
  reader.error("a", "own-code", "a contradicts b");
  reader.error("missing", "own-code", "and this");
  reader.finish();
  const auto problems = diagnostics.sorted();
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].place == SourcePlace{"f", 1, 1});  // of the map, as the key is absent
  CHECK(problems[1].place == SourcePlace{"f", 1, 4});
}

TEST_CASE("readers write down what they accept", "[config]") {
  Diagnostics silent;
  Schema schema;
  read_map(Node(), "device", silent, read_device, &schema);
  CHECK(silent.empty());
  CHECK(schema.what == "device");
  CHECK(schema.fields.size() == 10);
  CHECK(schema.find("id")->required);
  CHECK(schema.find("id")->type == "id");
  CHECK_FALSE(schema.find("price")->required);
  CHECK(schema.find("price")->type == "quantity");
  CHECK(schema.find("price")->minimum == 0.0);
  CHECK(schema.find("layers")->maximum == 1000.0);
  CHECK(schema.find("attention")->values == std::vector<std::string>{"grouped-query", "latent"});
  CHECK(schema.find("names")->element.at(0).type == "string");
  CHECK(schema.find("power")->type == "map");
  const FieldSchema& pool = schema.find("pools")->element.at(0);
  REQUIRE(pool.fields.size() == 1);
  CHECK(pool.fields[0].what == "memory pool");
  CHECK(pool.fields[0].find("capacity")->unit == accepted_units<Bytes>());
}

}  // namespace
}  // namespace plimsoll
