// JSON configurations and safetensors headers, good and bad.

#include "import/json.h"

#include "import_world.h"

using namespace plimsoll;
using namespace plimsoll::test;
using Catch::Contains;

namespace {

std::string refusal_of_json(const std::string& text) {
  Diagnostics diagnostics;
  const auto source = in_memory(text);
  CHECK_FALSE(read_json(*source, "config.json", diagnostics));
  return problems_of(diagnostics);
}

std::string with_length(const std::string& json) {
  return little(json.size(), 8) + json;
}

std::string refusal_of_safetensors(const std::string& bytes) {
  Diagnostics diagnostics;
  const auto source = in_memory(bytes);
  CHECK_FALSE(read_safetensors(*source, "model.safetensors", diagnostics));
  return problems_of(diagnostics);
}

}  // namespace

TEST_CASE("objects become names with dots", "[import]") {
  Diagnostics diagnostics;
  const auto source = in_memory(
      R"({"a": 1, "b": {"c": "x", "d": {"e": true}}, "f": [1, 2], "g": ["y"], "h": null,
          "i": 128.0, "j": [], "k": [{"l": 1}, {"l": 2}]})");
  const auto read = read_json(*source, "config.json", diagnostics);
  INFO(problems_of(diagnostics));
  REQUIRE(read);
  CHECK(read->integer("a") == 1);
  CHECK(*read->text("b.c") == "x");
  CHECK(read->truth("b.d.e") == true);
  CHECK(*read->integers("f") == std::vector<std::int64_t>{1, 2});
  CHECK(*read->texts("g") == std::vector<std::string>{"y"});
  CHECK_FALSE(read->has("h"));
  CHECK(read->integer("i") == 128);
  CHECK(read->length("j") == 0);
}

TEST_CASE("bad JSON is refused", "[import]") {
  CHECK_THAT(refusal_of_json("{\"a\": }"), Contains("byte 6: no JSON") && Contains("[malformed]"));
  CHECK_THAT(refusal_of_json(""), Contains("[malformed]"));
  CHECK_THAT(refusal_of_json("[1]"), Contains("[wrong-kind]"));
  CHECK_THAT(refusal_of_json("7"), Contains("[wrong-kind]"));
  CHECK_THAT(refusal_of_json(R"({"a": 1, "a": 2})"), Contains("'a' stands twice [duplicate-key]"));
  CHECK_THAT(refusal_of_json(R"({"a": {"b": 1}, "a.b": 2})"), Contains("[duplicate-key]"));
  CHECK_THAT(refusal_of_json("{\"a\": \"\xE9\"}"), Contains("byte 7: not UTF-8"));
  CHECK_THAT(refusal_of_json(std::string(100000, '[')), Contains("[wrong-kind]"));
  std::string deep = R"({"a": )" + std::string(100000, '[');
  CHECK_THAT(refusal_of_json(deep), Contains("[too-deep]"));
  CHECK_THAT(refusal_of_json(std::string(17 << 20, ' ')), Contains("[too-large]"));
}

TEST_CASE("long names around many values stay bounded", "[import]") {
  // 4000 bytes of name before each of 100000 values would be 400 MB.
  std::string text = "{\"" + std::string(4000, 'n') + "\": {";
  for (int i = 0; i < 100000; ++i) text += (i ? ",\"" : "\"") + std::to_string(i) + "\":0";
  CHECK_THAT(refusal_of_json(text + "}}"), Contains("[too-large]"));
}

TEST_CASE("a safetensors header", "[import]") {
  const std::vector<FileTensor> tensors = {{"b", {3, 4}, "BF16"}, {"a", {}, "F32"}};
  const std::string bytes = safetensors_header(tensors) + std::string(28, '\0');
  Diagnostics diagnostics;
  const auto source = in_memory(bytes);
  const auto header = read_safetensors(*source, "model.safetensors", diagnostics);
  INFO(problems_of(diagnostics));
  REQUIRE(header);
  CHECK(diagnostics.empty());
  CHECK(header->metadata.at("format") == "pt");
  REQUIRE(header->tensors.size() == 2);
  CHECK(header->tensors[0].name == "b");
  CHECK(header->tensors[0].elements == 12);
  CHECK(header->tensors[1].bytes == 4);
  CHECK(header->data_bytes == 28);
}

TEST_CASE("a safetensors file cut anywhere is told", "[import]") {
  const std::string header = safetensors_header({{"a", {8}, "F32"}, {"b", {2, 2}, "I64"}});
  const std::string bytes = header + std::string(64, '\0');
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Diagnostics diagnostics;
    const std::string text = bytes.substr(0, size);
    const auto source = in_memory(text);
    const auto read = read_safetensors(*source, "f", diagnostics);
    CAPTURE(size, problems_of(diagnostics));
    CHECK(read.has_value() == (size >= header.size()));
    CHECK_THAT(problems_of(diagnostics), Contains(read ? "[incomplete-file]" : "[malformed]"));
  }
}

TEST_CASE("bad safetensors headers are refused", "[import]") {
  const auto tensor = [](const std::string& name, const std::string& rest) {
    return "\"" + name + "\":{\"dtype\":\"F32\"," + rest + "}";
  };
  const std::string a = tensor("a", R"("shape":[2],"data_offsets":[0,8])");
  CHECK_THAT(refusal_of_safetensors(little(std::uint64_t{1} << 63, 8)),
             Contains("byte 0: a header of 9223372036854775808 bytes"));
  CHECK_THAT(refusal_of_safetensors(with_length("{" + a + "," + a + "}")),
             Contains("[duplicate-key]"));
  CHECK_THAT(refusal_of_safetensors(with_length(
                 "{" + a + "," + tensor("b", R"("shape":[2],"data_offsets":[4,12])") + "}")),
             Contains("tensor 'b' overlaps"));
  CHECK_THAT(refusal_of_safetensors(with_length(
                 "{" + a + "," + tensor("b", R"("shape":[2],"data_offsets":[12,20])") + "}")),
             Contains("leaves a gap"));
  CHECK_THAT(refusal_of_safetensors(
                 with_length("{" + tensor("a", R"("shape":[3],"data_offsets":[0,8])") + "}")),
             Contains("has 8 bytes; its shape and type need 12"));
  CHECK_THAT(
      refusal_of_safetensors(with_length(
          "{" + tensor("a", R"("shape":[9223372036854775807,2],"data_offsets":[0,8])") + "}")),
      Contains("has a dimension of 9223372036854775807"));
  CHECK_THAT(refusal_of_safetensors(
                 with_length("{" + tensor("a", R"("shape":[2],"data_offsets":[8,0])") + "}")),
             Contains("no data_offsets"));
  CHECK_THAT(refusal_of_safetensors(
                 with_length(R"({"a":{"dtype":"F7","shape":[],"data_offsets":[0,0]}})")),
             Contains("unknown type 'F7' [unsupported-file]"));
  CHECK_THAT(refusal_of_safetensors(with_length(R"({"a":{"shape":[2],"data_offsets":[0,8]}})")),
             Contains("has no dtype"));
  CHECK_THAT(refusal_of_safetensors(with_length("{\"\xFF\": 1}")), Contains("byte 10: not UTF-8"));
}

TEST_CASE("an index names files beside it and no others", "[import]") {
  const auto read = [](const std::string& text) {
    Diagnostics diagnostics;
    const auto source = in_memory(text);
    return read_safetensors_index(*source, "i", diagnostics);
  };
  const auto good =
      read(R"({"metadata":{"total_size":10},"weight_map":{"a":"x","b":"x","c":"y"}})");
  REQUIRE(good);
  CHECK(good->files == std::vector<std::string>{"x", "y"});
  CHECK(good->tensors == 3);
  CHECK(good->total_bytes == 10);
  CHECK_FALSE(read(R"({"weight_map":{"a":"../../etc/passwd"}})"));
  CHECK_FALSE(read(R"({"weight_map":{"a":".."}})"));
  CHECK_FALSE(read(R"({"weight_map":{"a":7}})"));
  CHECK_FALSE(read(R"({"metadata":{}})"));
}
