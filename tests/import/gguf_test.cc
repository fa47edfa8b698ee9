// The reader of GGUF headers against files written byte by byte.

#include "import/gguf.h"

#include "import_world.h"

using namespace plimsoll;
using namespace plimsoll::test;
using Catch::Contains;

namespace {

struct Read {
  std::optional<GgufHeader> header;
  Diagnostics diagnostics;
  std::string text() const { return problems_of(diagnostics); }
};

Read read(const std::string& bytes) {
  Read result;
  const auto source = in_memory(bytes);
  result.header = read_gguf(*source, "file.gguf", result.diagnostics);
  return result;
}

GgufWriter small(std::uint32_t version = 3) {
  GgufWriter file(version);
  file.add("general.architecture", "llama");
  file.add("count", std::uint32_t{7});
  file.add("yes", true);
  file.add("list", std::vector<std::uint32_t>{1, 2, 3});
  file.add("tokens", std::vector<std::string>{"a", "bc", ""});
  file.add_tensor({"a", {64, 3}, "F32"});
  file.add_tensor({"b", {256, 2}, "Q4_K"});
  return file;
}

std::string whole(const GgufWriter& file) {
  return file.header() + std::string(file.data_bytes(), '\0');
}

void check_refused(const std::string& bytes, const std::string& words) {
  const Read result = read(bytes);
  CHECK_FALSE(result.header);
  CHECK_THAT(result.text(), Contains(words));
}

}  // namespace

TEST_CASE("both versions are read", "[import]") {
  for (const std::uint32_t version : {2U, 3U}) {
    const GgufWriter file = small(version);
    const Read result = read(whole(file));
    INFO(result.text());
    REQUIRE(result.header);
    CHECK(result.diagnostics.empty());
    CHECK(result.header->version == version);
    const Properties& metadata = result.header->metadata;
    CHECK(*metadata.text("general.architecture") == "llama");
    CHECK(metadata.integer("count") == 7);
    CHECK(metadata.truth("yes") == true);
    CHECK(*metadata.integers("list") == std::vector<std::int64_t>{1, 2, 3});
    CHECK(metadata.length("tokens") == 3);
    REQUIRE(result.header->tensors.size() == 2);
    CHECK(result.header->tensors[0].bytes == 64 * 3 * 4);
    CHECK(result.header->tensors[1].bytes == 2 * 144);
    CHECK(result.header->data_begin == file.header().size());
  }
}

TEST_CASE("every type has the block the catalogue says", "[import]") {
  for (const GgmlType& type : ggml_types()) {
    Diagnostics ignored;
    const FormatSpec* format = shipped().format(type.name, {}, ignored);
    if (!format) continue;  // integers and formats of activations
    CAPTURE(type.name);
    CHECK(format->block == static_cast<int>(type.block));
    CHECK(format->block_bytes == type.bytes);
  }
}

TEST_CASE("other versions and byte orders are refused by name", "[import]") {
  std::string bytes = whole(small());
  bytes[4] = 1;
  check_refused(bytes, "GGUF version 1; expected version 2 or 3 [unsupported-file]");
  bytes.replace(4, 4, std::string("\0\0\0\3", 4));
  check_refused(bytes, "a big-endian GGUF file");
  bytes[0] = 'g';
  check_refused(bytes, "byte 0: no GGUF file [malformed]");
}

TEST_CASE("a file cut anywhere is told, and where", "[import]") {
  const GgufWriter file = small();
  const std::string bytes = whole(file);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Read result = read(bytes.substr(0, size));
    CAPTURE(size, result.text());
    if (result.header) {
      CHECK(size + 32 > file.header().size());
      CHECK_THAT(result.text(), Contains("[incomplete-file]"));
    } else {
      CHECK_THAT(result.text(), Contains("file.gguf: error: byte "));
      CHECK_THAT(result.text(), Contains("[malformed]"));
    }
  }
}

TEST_CASE("huge numbers anywhere do no harm", "[import]") {
  const std::string bytes = whole(small());
  const std::size_t header = small().header().size();
  for (const std::uint64_t number :
       {std::uint64_t{1} << 63, ~std::uint64_t{0}, (std::uint64_t{1} << 62) - 1}) {
    for (std::size_t at = 8; at + 8 <= header; ++at) {
      std::string changed = bytes;
      changed.replace(at, 8, little(number, 8));
      const Read result = read(changed);  // sanitizers watch
      if (!result.header) CHECK(result.diagnostics.has_errors());
    }
  }
}

TEST_CASE("lengths are checked before they are used", "[import]") {
  GgufWriter text;
  text.add_raw("k", 8, little(std::uint64_t{1} << 63, 8));
  check_refused(text.header(), "9223372036854775808 a text of at least 1 byte each");
  GgufWriter list;
  list.add_raw("k", 9, little(4, 4) + little(std::uint64_t{1} << 63, 8));
  check_refused(list.header(), "9223372036854775808 values of at least 4 bytes each");
  check_refused("GGUF" + little(3, 4) + little(1, 8) + little(std::uint64_t{1} << 63, 8),
                "9223372036854775808 metadata entries, more than the");
}

TEST_CASE("what is wrong is named", "[import]") {
  GgufWriter twice;
  twice.add("k", std::uint32_t{1});
  twice.add("k", std::uint32_t{2});
  twice.add_tensor({"t", {32}, "F32"});
  twice.add_tensor({"t", {32}, "F32"});
  // Magic, version and counts take 24 bytes; a key of one letter and its number 8 + 1 + 4 + 4.
  check_refused(whole(twice), "byte 41: the metadata key 'k' stands twice");
  // Then the tensors, 8 + 1 + 4 + 8 + 4 + 8 bytes each.
  check_refused(whole(twice), "byte 91: two tensors are called 't'");

  GgufWriter overlap;
  overlap.add_tensor_raw("a", {64}, 0, 0);
  overlap.add_tensor_raw("b", {64}, 0, 128);
  check_refused(overlap.header(), "byte 24: tensors 'a' and 'b' overlap");

  GgufWriter crooked;
  crooked.add_tensor_raw("a", {8}, 0, 4);
  check_refused(crooked.header(), "no multiple of the alignment 32");

  GgufWriter rows;
  rows.add_tensor_raw("a", {100}, 12, 0);
  check_refused(rows.header(), "rows of 100 in tensor 'a' are no multiple of the 256 weights");

  GgufWriter nested;
  nested.add_raw("k", 9, little(9, 4) + little(1, 8));
  check_refused(nested.header(), "a list of lists");

  GgufWriter unknown;
  unknown.add_raw("k", 13, "");
  check_refused(unknown.header() + std::string(8, '\0'), "value type 13 is unknown");

  GgufWriter flat;
  flat.add_tensor_raw("a", {1, 1, 1, 1, 1}, 0, 0);
  check_refused(flat.header(), "5 dimensions");

  GgufWriter empty;
  empty.add_tensor_raw("a", {0}, 0, 0);
  check_refused(empty.header(), "tensor 'a' has a dimension of 0");

  GgufWriter large;
  large.add_tensor_raw("a", {std::uint64_t{1} << 40, std::uint64_t{1} << 40}, 0, 0);
  check_refused(large.header(), "has a dimension of 1099511627776");

  GgufWriter alignment;
  alignment.add("general.alignment", std::uint32_t{48});
  check_refused(alignment.header(), "general.alignment is 48 and no power of two");

  GgufWriter latin;
  latin.add(std::string("k\xE9"), std::uint32_t{1});
  check_refused(latin.header(), "byte 33: a metadata key is not UTF-8");
}

TEST_CASE("a type nobody knows has the bytes up to the next tensor", "[import]") {
  GgufWriter file;
  file.add_tensor_raw("a", {256}, 139, 0);
  file.add_tensor_raw("b", {256}, 0, 192);
  const Read result = read(file.header() + std::string(192 + 1024, '\0'));
  REQUIRE(result.header);
  CHECK(result.header->tensors[0].format == "type 139");
  CHECK(result.header->tensors[0].bytes == 192);
}
