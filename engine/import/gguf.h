// The header of a GGUF file, versions 2 and 3: metadata and tensor table, never the weights.
//
// Layout after the specification (github.com/ggml-org/ggml, docs/gguf.md) and ggml/src/gguf.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "import/byte_source.h"
#include "import/properties.h"
#include "import/stored_tensor.h"

namespace plimsoll {

// How ggml stores a tensor: enum ggml_type of ggml/include/ggml.h and the blocks of
// ggml/src/ggml-common.h. Names are those of hwdb/formats.yaml where it has the type.
struct GgmlType {
  std::uint32_t number;
  std::string_view name;
  std::uint32_t block;  // weights
  std::uint32_t bytes;  // of a block
};
std::span<const GgmlType> ggml_types();
const GgmlType* ggml_type(std::uint32_t number);

struct GgufHeader {
  std::uint32_t version = 0;
  Properties metadata;
  std::vector<StoredTensor> tensors;  // in the file's order
  std::uint64_t data_begin = 0;       // offset of the first tensor's bytes in the file
  std::uint64_t data_bytes = 0;       // that the table speaks of
  std::optional<std::uint64_t> file_bytes;
};

struct GgufLimits {
  std::uint64_t header_bytes = std::uint64_t{256} << 20;
  std::uint64_t entries = 100'000;
  std::uint64_t tensors = 1'000'000;
};

// Codes: malformed (with the offset of the first byte that is wrong), unsupported-file; warning
// incomplete-file where the data are shorter than the table says.
std::optional<GgufHeader> read_gguf(ByteSource& source, const std::string& file,
                                    Diagnostics& diagnostics, const GgufLimits& limits = {});

}  // namespace plimsoll
