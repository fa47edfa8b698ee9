// Writes a model of the catalogue as a GGUF file that llama.cpp runs, with random weights: to time
// an engine on a machine that has none of the real files (hwdb/measurements/own.yaml).
//
// random_gguf MODEL QUANTIZATION OUT.gguf
#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/rng.h"
#include "calibrate/reference/floating_point.h"
#include "catalog/catalog.h"
#include "footprint/footprint.h"
#include "import/model_files.h"

namespace {

using namespace plimsoll;

// The blocks of a format: their bytes, and where the half-precision scales stand in one.
struct Block {
  std::size_t bytes = 0;
  std::vector<std::size_t> scales{};
};

const std::map<std::string, Block>& blocks() {
  static const std::map<std::string, Block> table = {
      {"Q4_0", {18, {0}}},
      {"Q5_0", {22, {0}}},
      {"Q8_0", {34, {0}}},
      {"IQ4_NL", {18, {0}}},
      {"Q2_K", {84, {80, 82}}},
      {"Q3_K", {110, {108}}},
      {"Q4_K", {144, {0, 2}}},
      {"Q5_K", {176, {0, 2}}},
      {"Q6_K", {210, {208}}},
      {"F16", {2, {0}}},
      {"F32", {4}},
      {"MXFP4", {17}},
  };
  return table;
}

float draw(Rng& random, double largest) {
  return static_cast<float>((2.0 * random.uniform() - 1.0) * largest);
}

void put(std::vector<char>& bytes, std::size_t at, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i));
}

// Whole blocks of weights around +-0.05: small enough that no layer's output overflows, and never
// not-a-number, which would send every token to the same experts.
std::vector<char> random_blocks(const std::string& format, Rng& random) {
  const auto found = blocks().find(format);
  if (found == blocks().end()) throw std::runtime_error("cannot write weights as " + format);
  const Block& block = found->second;
  std::vector<char> bytes((std::size_t{64} << 20) / block.bytes * block.bytes);
  for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) put(bytes, i, random.next(), 8);
  // A K-quant's scale is multiplied by up to 63 x 15, another's by up to 127.
  const double scale = block.bytes > 34 ? 5e-5 : 4e-4;
  for (std::size_t at = 0; at < bytes.size(); at += block.bytes) {
    if (format == "F32") {
      const float value = draw(random, 0.05);
      std::copy_n(reinterpret_cast<const char*>(&value), 4, bytes.data() + at);
    } else if (format == "MXFP4") {
      bytes[at] = 120;  // E8M0: 2^-7
    } else {
      const double value = format == "F16" ? draw(random, 0.05) : scale * (0.5 + random.uniform());
      for (const std::size_t place : block.scales)
        put(bytes, at + place, calibrate::reference::f16_bits(value), 2);
    }
  }
  return bytes;
}

// Norms multiply by one; all others are random.
class WeightFile {
 public:
  WeightFile(const test::GgufWriter& writer, const std::string& name)
      : header_(writer.header()), file_(name, std::ios::binary) {
    file_ << header_;
    for (const auto& placed : writer.placed()) write(placed);
    file_.seekp(static_cast<std::streamoff>(header_.size() + writer.data_bytes()) - 1);
    file_.put('\0').flush();
    if (!file_) throw std::runtime_error("cannot write " + name);
  }

 private:
  void write(const test::GgufWriter::Placed& placed) {
    file_.seekp(static_cast<std::streamoff>(header_.size() + placed.begin));
    if (placed.tensor.name.find("norm") != std::string::npos) {
      const std::vector<float> ones(placed.bytes / sizeof(float), 1.0F);
      file_.write(reinterpret_cast<const char*>(ones.data()),
                  static_cast<std::streamsize>(placed.bytes));
      return;
    }
    auto [entry, fresh] = weights_.try_emplace(placed.tensor.format);
    if (fresh) entry->second = random_blocks(placed.tensor.format, random_);
    for (std::uint64_t left = placed.bytes; left > 0;) {
      const std::uint64_t now = std::min<std::uint64_t>(left, entry->second.size());
      file_.write(entry->second.data(), static_cast<std::streamsize>(now));
      left -= now;
    }
  }

  std::string header_;
  std::ofstream file_;
  Rng random_{1, "weights"};
  std::map<std::string, std::vector<char>> weights_;
};

void write_model(const std::string& id, const std::string& recipe, const std::string& out) {
  Catalog catalog(std::vector<DataFolders>{find_data_folders({})});
  Diagnostics diagnostics;
  const ModelSpec* model = catalog.model(id, {}, diagnostics);
  const QuantizationSpec* quantization = catalog.quantization(recipe, {}, diagnostics);
  if (!model || !quantization) throw std::runtime_error("no such model or quantization");
  std::vector<Tensor> tensors = enumerate_tensors(*model);
  assign_formats(tensors, *model, *quantization, {}, catalog, diagnostics);
  test::GgufWriter writer = test::gguf_of(*model, tensors);
  writer.add("tokenizer.ggml.model", "no_vocab");
  writer.add(model->family + ".vocab_size", static_cast<std::uint32_t>(model->vocab));
  if (model->family == "qwen35" || model->family == "qwen35moe") {
    // The loader asks how the rotated part of a head is dealt out to time, height and width.
    writer.add(model->family + ".rope.dimension_count", std::uint32_t{64});
    writer.add(model->family + ".rope.dimension_sections",
               std::vector<std::uint32_t>{11, 11, 10, 0});
  }
  const WeightFile written(writer, out);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "random_gguf MODEL QUANTIZATION OUT.gguf\n");
    return 2;
  }
  try {
    write_model(argv[1], argv[2], argv[3]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
