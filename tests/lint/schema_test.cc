// The generated JSON Schemas, held against every file we ship by a small checker of its own.
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>

#include "base/quantity_text.h"
#include "catalog/data_fixture.h"
#include "config/document.h"
#include "lint/schemas.h"
#include "report/schema_json.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

// As YAML 1.2 types plain scalars.
Json json_of(const Node& node) {
  switch (node.kind()) {
    case NodeKind::sequence: {
      Json list = Json::array();
      for (const Node& item : node.items()) list.push_back(json_of(item));
      return list;
    }
    case NodeKind::map: {
      Json map = Json::object();
      for (const MapEntry& entry : node.entries()) map[entry.key] = json_of(entry.value);
      return map;
    }
    case NodeKind::scalar: {
      const std::string& text = node.text();
      if (node.quoted()) return text;
      if (text == "true" || text == "false") return text == "true";
      if (const auto number = parse_integer(text)) return *number;
      if (const auto number = parse_number(text)) return *number;
      return text;
    }
    case NodeKind::null:
    case NodeKind::invalid:
      break;
  }
  return nullptr;
}

// The part of draft 2020-12 that schema_json writes; an unknown keyword fails the test.
class Checker {
 public:
  bool accepts(const Json& schema, const Json& value) {
    if (schema.is_boolean()) return schema.get<bool>();
    for (const auto& [keyword, rule] : schema.items())
      if (!keyword_accepts(keyword, rule, schema, value)) return false;
    return true;
  }

 private:
  bool keyword_accepts(const std::string& keyword, const Json& rule, const Json& schema,
                       const Json& value) {
    if (keyword == "$schema" || keyword == "title" || keyword == "description" ||
        keyword == "then" || keyword == "else")
      return true;
    if (keyword == "type") return type_accepts(rule, value);
    if (keyword == "const") return value == rule;
    if (keyword == "enum") return std::find(rule.begin(), rule.end(), value) != rule.end();
    if (keyword == "pattern") return !value.is_string() || matches(rule, value);
    if (keyword == "minimum") return !value.is_number() || value >= rule;
    if (keyword == "maximum") return !value.is_number() || value <= rule;
    if (keyword == "minItems") return !value.is_array() || value.size() >= rule.get<std::size_t>();
    if (keyword == "maxItems") return !value.is_array() || value.size() <= rule.get<std::size_t>();
    if (keyword == "items") return items_accept(rule, value);
    if (keyword == "required") return required_accepts(rule, value);
    if (keyword == "properties") return properties_accept(rule, value);
    if (keyword == "additionalProperties") return others_accept(rule, schema, value);
    if (keyword == "not") return !accepts(rule, value);
    if (keyword == "anyOf")
      return std::any_of(rule.begin(), rule.end(),
                         [&](const Json& each) { return accepts(each, value); });
    if (keyword == "allOf")
      return std::all_of(rule.begin(), rule.end(),
                         [&](const Json& each) { return accepts(each, value); });
    if (keyword == "if") return accepts(schema.at(accepts(rule, value) ? "then" : "else"), value);
    FAIL("keyword " << keyword);
    return false;
  }

  bool type_accepts(const Json& rule, const Json& value) {
    if (rule.is_array())
      return std::any_of(rule.begin(), rule.end(),
                         [&](const Json& each) { return type_accepts(each, value); });
    const std::string type = rule;
    return type == "object"    ? value.is_object()
           : type == "array"   ? value.is_array()
           : type == "string"  ? value.is_string()
           : type == "boolean" ? value.is_boolean()
           : type == "integer" ? value.is_number_integer()
                               : value.is_number();
  }
  bool matches(const std::string& pattern, const std::string& text) {
    auto known = patterns_.find(pattern);
    if (known == patterns_.end()) known = patterns_.emplace(pattern, std::regex(pattern)).first;
    return std::regex_search(text, known->second);
  }
  bool items_accept(const Json& rule, const Json& value) {
    return !value.is_array() || std::all_of(value.begin(), value.end(),
                                            [&](const Json& item) { return accepts(rule, item); });
  }
  bool required_accepts(const Json& rule, const Json& value) {
    return !value.is_object() || std::all_of(rule.begin(), rule.end(), [&](const Json& key) {
      return value.contains(key.get<std::string>());
    });
  }
  bool properties_accept(const Json& rule, const Json& value) {
    if (!value.is_object()) return true;
    for (const auto& [key, member] : value.items())
      if (rule.contains(key) && !accepts(rule.at(key), member)) return false;
    return true;
  }
  bool others_accept(const Json& rule, const Json& schema, const Json& value) {
    if (!value.is_object()) return true;
    for (const auto& [key, member] : value.items())
      if (!(schema.contains("properties") && schema["properties"].contains(key)) &&
          !accepts(rule, member))
        return false;
    return true;
  }

  std::map<std::string, std::regex> patterns_;
};

const Json& schema_of(const std::string& kind) {
  static const std::map<std::string, Json> schemas = [] {
    std::map<std::string, Json> all;
    for (const Schema& schema : file_schemas())
      all[file_kind(schema)] = Json::parse(schema_json(schema));
    return all;
  }();
  INFO("kind " << kind);
  REQUIRE(schemas.contains(kind));
  return schemas.at(kind);
}

bool accepted(const std::string& text) {
  Diagnostics none;
  const Json value = json_of(Document::parse(text, "test", none).root());
  static Checker checker;
  return checker.accepts(schema_of(value.at("kind")), value);
}

}  // namespace

TEST_CASE("every shipped file is accepted by the schema of its kind", "[lint][shipped]") {
  Checker checker;
  std::size_t files = 0;
  for (const char* folder : {"hwdb", "models", "examples"}) {
    for (const auto& at :
         fs::recursive_directory_iterator(fs::path(PLIMSOLL_SOURCE_DIR) / folder)) {
      const bool measurements = at.path().parent_path().filename() == "measurements";
      if (at.path().extension() != ".yaml" || measurements) continue;
      Diagnostics none;
      const Json value = json_of(Document::load_file(at.path(), none).root());
      INFO(at.path().string());
      CHECK(checker.accepts(schema_of(value.at("kind")), value));
      ++files;
    }
  }
  CHECK(files > 500);
}

TEST_CASE("the smallest entries of each kind are accepted", "[lint]") {
  for (const std::string& text :
       {valid_device, valid_system, valid_cluster, valid_storage, valid_link, valid_os,
        valid_engine, valid_quantization, valid_model, valid_formats, valid_roofs, valid_sources})
    CHECK(accepted(text));
}

TEST_CASE("a wrong key, a wrong unit and a missing key are rejected", "[lint]") {
  const auto rejects = [](const std::string& valid, const std::string& from,
                          const std::string& to) {
    INFO(from << " -> " << to);
    CHECK_FALSE(accepted(replaced(valid, from, to)));
  };
  rejects(valid_device, "roof_class:", "rof_class:");
  rejects(valid_device, "{value: 80 GiB", "{value: 80 GB/s");
  rejects(valid_device, "{value: 80 GiB", "{value: 80");
  rejects(valid_device, "vendor: acme\n", "");
  rejects(valid_device, "fp16: {peak: {value: 100 TFLOP/s, source: S, status: datasheet}}",
          "fp16: {peak: {value: 100 TFLOP/s, status: datasheet}}");  // no source
  rejects(valid_device, "range: [0.9 TB/s, 1.1 TB/s]", "range: [0.9 TB/s]");
  rejects(valid_device, "form: card", "form: brick");
  rejects(valid_device, "cores: 100", "cores: 0");
  rejects(valid_device, "id: card-a", "id: card a");
  rejects(valid_link, "full_duplex: true", "full_duplex: \"true\"");
  rejects(valid_storage, "queue_depth: 1", "queue_depth: [1]");
}

TEST_CASE("keys of one case are asked for in it and refused in the others", "[lint]") {
  CHECK_FALSE(accepted(replaced(valid_cluster, "{from: head, to: hub,", "{from: head,")));
  CHECK_FALSE(accepted(replaced(valid_cluster, "{from: head, to: hub,", "{among: [head],")));
  CHECK(accepted(
      replaced(valid_cluster, "{from: head, to: hub,", "{among: [head], topology: ring,")));
  CHECK_FALSE(accepted(replaced(valid_model, "kv_heads: 2, head_dim: 8", "head_dim: 8")));
  CHECK_FALSE(accepted(replaced(valid_model, "kv_heads: 2,", "kv_heads: 2, v_dim: 8,")));
  CHECK(accepted(
      replaced(valid_model, "kind: gqa, heads: 8, kv_heads: 2, head_dim: 8",
               "kind: mla, heads: 8, kv_lora_rank: 8, rope_dim: 8, nope_dim: 8, v_dim: 8")));
}

TEST_CASE("scenarios may use their short and long forms", "[lint]") {
  const std::string head = "kind: scenario\nmodel: a\n";
  CHECK(accepted(head + "system: 4x box over wire\nengine: a:cuda\nplacement: cpu\n"));
  CHECK(accepted(head +
                 "system: {id: box, count: 4}\nengine: {id: a}\nplacement: {strategy: cpu}\n"));
  CHECK_FALSE(accepted(head + "system: {count: 4}\n"));
  CHECK_FALSE(accepted(head + "placement: fastest\n"));
  CHECK_FALSE(accepted(head + "workload: {contxt: 1}\n"));
  CHECK(accepted(
      "kind: requirement\nmodel: a\nat_least: 20 token/s\nown: [box x2]\nbudget: $3,000\n"));
  CHECK_FALSE(accepted("kind: requirement\nat_least: 20 GB/s\n"));
}

TEST_CASE("the pattern of a quantity accepts what the parser accepts", "[lint]") {
  const std::string units(accepted_units<BytesPerSecond>());
  const std::regex pattern(quantity_pattern(units, false));
  for (const char* text : {"3.35 TB/s", "1e3 B/s", "100Gbit/s", "2 GiB/s", "12 MB"}) {
    INFO(text);
    CHECK(std::regex_search(text, pattern) == parse_quantity<BytesPerSecond>(text).has_value());
  }
  CHECK_FALSE(std::regex_search("-1 GB/s", pattern));
}

}  // namespace plimsoll
