// JSON files of model folders, read as properties; and the header of a safetensors file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "import/byte_source.h"
#include "import/properties.h"
#include "import/stored_tensor.h"

namespace plimsoll {

struct JsonLimits {
  std::uint64_t bytes = std::uint64_t{16} << 20;
  int depth = 32;
  std::size_t values = 1'000'000;
};

// One object: "a": {"b": 1} becomes the property a.b. Codes: malformed (with the byte offset where
// it is no JSON), too-large, too-deep, not-text, duplicate-key.
std::optional<Properties> read_json(ByteSource& source, const std::string& file,
                                    Diagnostics& diagnostics, const JsonLimits& limits = {});

struct SafetensorsHeader {
  std::vector<StoredTensor> tensors;  // by offset
  std::map<std::string, std::string> metadata;
  std::uint64_t data_begin = 0;
  std::uint64_t data_bytes = 0;
  std::optional<std::uint64_t> file_bytes;
};

// Layout and limits after the reference implementation (github.com/huggingface/safetensors,
// safetensors/src/tensor.rs): a header of at most 100 MB, tensors that fill the data without gap or
// overlap. Codes: malformed, unsupported-file (a type that is not known); warning incomplete-file.
std::optional<SafetensorsHeader> read_safetensors(ByteSource& source, const std::string& file,
                                                  Diagnostics& diagnostics);

// Bits of an element of a safetensors type ("BF16", "F8_E4M3", "U32"); 0 where it is unknown.
int safetensors_bits(std::string_view type);

// model.safetensors.index.json: which file holds which tensor, and their bytes together.
struct SafetensorsIndex {
  std::vector<std::string> files;  // sorted, each once
  std::size_t tensors = 0;
  std::optional<std::uint64_t> total_bytes;
};
// Files outside the index's own folder are refused (code malformed).
std::optional<SafetensorsIndex> read_safetensors_index(ByteSource& source, const std::string& file,
                                                       Diagnostics& diagnostics);

}  // namespace plimsoll
