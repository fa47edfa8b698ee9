// Files of models as converters and trainers write them, made here: headers, with the weights left
// out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "catalog/model_spec.h"
#include "footprint/footprint.h"

namespace plimsoll::test {

// One tensor of a file.
struct FileTensor {
  std::string name;
  std::vector<std::uint64_t> shape;  // in the order of the file
  std::string format;                // "Q4_K", "BF16"
};

// Writes GGUF after the specification, not after the reader.
class GgufWriter {
 public:
  explicit GgufWriter(std::uint32_t version = 3) : version_(version) {}

  void add(const std::string& key, const std::string& text);
  void add(const std::string& key, const char* text) { add(key, std::string(text)); }
  void add(const std::string& key, std::uint32_t number);
  void add(const std::string& key, bool truth);
  void add(const std::string& key, float number);
  void add(const std::string& key, const std::vector<std::uint32_t>& numbers);
  void add(const std::string& key, const std::vector<bool>& truths);
  void add(const std::string& key, const std::vector<std::string>& texts);
  // With bytes of one's own after the key.
  void add_raw(const std::string& key, std::uint32_t type, const std::string& bytes);
  // Behind the one before, on a multiple of the alignment.
  void add_tensor(const FileTensor& tensor);
  void add_tensor_raw(const std::string& name, const std::vector<std::uint64_t>& shape,
                      std::uint32_t type, std::uint64_t offset);

  std::string header() const;  // up to where the data begin
  std::uint64_t data_bytes() const { return end_; }
  // Where the bytes of each tensor of a known format lie behind the header, in the order added.
  struct Placed {
    FileTensor tensor;
    std::uint64_t begin = 0;
    std::uint64_t bytes = 0;
  };
  const std::vector<Placed>& placed() const { return placed_; }
  // Header and as many bytes of nothing as there are weights, which take no room on the disk.
  void write_sparse(const std::filesystem::path& file) const;

 private:
  std::uint32_t version_;
  std::uint64_t entries_ = 0;
  std::uint64_t tensors_ = 0;
  std::string metadata_;
  std::string table_;
  std::uint64_t end_ = 0;
  std::vector<Placed> placed_;
};

std::string little(std::uint64_t value, int bytes);
std::string gguf_text(const std::string& text);  // length and bytes

// The file llama.cpp's converter writes of a model: keys and names of its family, tensors in the
// formats given (those of `tensors`, which footprint enumerated).
GgufWriter gguf_of(const ModelSpec& model, const std::vector<Tensor>& tensors,
                   std::uint32_t version = 3);

// A safetensors header over these tensors, one behind the other.
std::string safetensors_header(const std::vector<FileTensor>& tensors);
std::uint64_t safetensors_bytes(const std::vector<FileTensor>& tensors);

// config.json as the model's publisher has it; `more` are lines to add ("\"x\": 1").
std::string config_of(const ModelSpec& model, const std::vector<std::string>& more = {});
// Its unquantised tensors under the names of transformers.
std::vector<FileTensor> safetensors_of(const ModelSpec& model);

void write_sparse_file(const std::filesystem::path& file, const std::string& front,
                       std::uint64_t size);

}  // namespace plimsoll::test
