// Quantised checkpoints as their tools write them, tensor by tensor: GPTQ, AWQ, FP8,
// compressed-tensors, NVFP4, EXL2 and MLX. Sizes expected are those of the layouts.

#include <functional>

#include "import/own_recipe.h"
#include "import_world.h"

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

using Shape = std::vector<std::uint64_t>;

// A linear layer of the checkpoint: out x in.
struct Linear {
  std::string module;
  std::uint64_t out = 0;
  std::uint64_t in = 0;
};

using Packer = std::function<std::vector<FileTensor>(const Linear&)>;

bool is_linear_layer(const FileTensor& tensor) {
  return tensor.shape.size() == 2 && tensor.name.find(".layers.") != std::string::npos;
}

std::vector<Linear> linear_layers(const ModelSpec& model) {
  constexpr std::size_t suffix = std::string_view(".weight").size();
  std::vector<Linear> layers;
  for (const FileTensor& tensor : safetensors_of(model))
    if (is_linear_layer(tensor))
      layers.push_back(
          {tensor.name.substr(0, tensor.name.size() - suffix), tensor.shape[0], tensor.shape[1]});
  return layers;
}

// Every linear layer packed, all else as it was.
std::vector<FileTensor> packed(const ModelSpec& model, const Packer& pack) {
  std::vector<FileTensor> tensors;
  for (const FileTensor& tensor : safetensors_of(model))
    if (!is_linear_layer(tensor)) tensors.push_back(tensor);
  for (const Linear& layer : linear_layers(model))
    for (FileTensor& tensor : pack(layer)) tensors.push_back(std::move(tensor));
  return tensors;
}

ImportedModel import_packed(const ModelSpec& model, const std::string& config, const Packer& pack) {
  const TemporaryFolder folder;
  const std::vector<FileTensor> tensors = packed(model, pack);
  folder.write("config.json", config_of(model, {config}));
  const std::string header = safetensors_header(tensors);
  write_sparse_file(folder.path("model.safetensors"), header,
                    header.size() + safetensors_bytes(tensors));
  ImportedModel result = imported(folder.path(""));
  // Whatever the packing: every weight of the model is there, and every byte of the file.
  CHECK(result.exact);
  CHECK(result.weights.base() == static_cast<double>(safetensors_bytes(tensors)));
  CHECK(count_parameters(result.tensors) == count_parameters(enumerate_tensors(model)));
  return result;
}

double sum_over(const ModelSpec& model, const std::function<double(const Linear&)>& bytes) {
  double sum = 0.0;
  for (const Linear& layer : linear_layers(model)) sum += bytes(layer);
  return sum;
}

const ModelSpec& llama() {
  return shipped_model("llama-3.1-8b");
}

constexpr std::uint64_t group = 128;

}  // namespace

TEST_CASE("GPTQ", "[import][packed]") {
  const ImportedModel result = import_packed(
      llama(),
      R"("quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 128, "desc_act": true})",
      [](const Linear& l) {
        return std::vector<FileTensor>{{l.module + ".qweight", {l.in / 8, l.out}, "I32"},
                                       {l.module + ".qzeros", {l.in / group, l.out / 8}, "I32"},
                                       {l.module + ".scales", {l.in / group, l.out}, "F16"},
                                       {l.module + ".g_idx", {l.in}, "I32"}};
      });
  CHECK(result.quantization.id == "gptq-int4");
  // The order of the columns, four bytes each, is what the block format leaves out.
  CHECK(result.quantization.difference.base() ==
        sum_over(llama(), [](const Linear& l) { return 4.0 * static_cast<double>(l.in); }));
}

TEST_CASE("AWQ", "[import][packed]") {
  const ImportedModel result = import_packed(
      llama(),
      R"("quantization_config": {"quant_method": "awq", "bits": 4, "group_size": 128, "version": "gemm", "zero_point": true})",
      [](const Linear& l) {
        return std::vector<FileTensor>{{l.module + ".qweight", {l.in, l.out / 8}, "I32"},
                                       {l.module + ".qzeros", {l.in / group, l.out / 8}, "I32"},
                                       {l.module + ".scales", {l.in / group, l.out}, "F16"}};
      });
  CHECK_THAT(result.quantization.id, Catch::StartsWith("awq") || Catch::Equals("gptq-int4"));
  CHECK(result.quantization.difference.base() == 0.0);
}

TEST_CASE("FP8 in blocks of 128 x 128", "[import][packed]") {
  const ImportedModel result = import_packed(
      llama(),
      R"("quantization_config": {"quant_method": "fp8", "fmt": "e4m3", "activation_scheme": "dynamic", "weight_block_size": [128, 128]})",
      [](const Linear& l) {
        return std::vector<FileTensor>{
            {l.module + ".weight", {l.out, l.in}, "F8_E4M3"},
            {l.module + ".weight_scale_inv", {l.out / group, l.in / group}, "F32"}};
      });
  CHECK(result.quantization.id == "fp8-block128");
  CHECK(result.quantization.difference.base() == 0.0);
}

TEST_CASE("compressed-tensors, 4 bit weights in groups", "[import][packed]") {
  const ImportedModel result = import_packed(
      llama(),
      R"("quantization_config": {"quant_method": "compressed-tensors", "format": "pack-quantized",
         "config_groups": {"group_0": {"targets": ["Linear"], "weights":
           {"num_bits": 4, "type": "int", "symmetric": true, "strategy": "group", "group_size": 128}}},
         "ignore": ["lm_head"]})",
      [](const Linear& l) {
        return std::vector<FileTensor>{{l.module + ".weight_packed", {l.out, l.in / 8}, "I32"},
                                       {l.module + ".weight_scale", {l.out, l.in / group}, "BF16"},
                                       {l.module + ".weight_shape", {2}, "I64"}};
      });
  CHECK(result.quantization.id == "w4a16");
  // Symmetric, without zero points; what the block format leaves out is the shape, 16 bytes.
  CHECK(result.quantization.difference.base() ==
        sum_over(llama(), [](const Linear&) { return 16.0; }));
}

TEST_CASE("NVFP4 of ModelOpt", "[import][packed]") {
  const ImportedModel result = import_packed(
      llama(), R"("quantization_config": {"quant_method": "modelopt", "quant_algo": "NVFP4"})",
      [](const Linear& l) {
        return std::vector<FileTensor>{{l.module + ".weight", {l.out, l.in / 2}, "U8"},
                                       {l.module + ".weight_scale", {l.out, l.in / 16}, "F8_E4M3"},
                                       {l.module + ".weight_scale_2", {}, "F32"},
                                       {l.module + ".input_scale", {}, "F32"}};
      });
  CHECK(result.quantization.id == "nvfp4");
  // Two scales of the whole tensor.
  CHECK(result.quantization.difference.base() ==
        sum_over(llama(), [](const Linear&) { return 8.0; }));
}

TEST_CASE("EXL2, where every tensor has a width of its own", "[import][packed]") {
  // 4.25 bits on average: attention in 5 bits, the rest in 4.
  const auto bits_of = [](const Linear& l) {
    return l.module.find("self_attn") != std::string::npos ? 5U : 4U;
  };
  const ImportedModel result = import_packed(
      llama(),
      R"("quantization_config": {"quant_method": "exl2", "version": "0.2.4", "bits": 4.25, "head_bits": 6})",
      [&](const Linear& l) {
        return std::vector<FileTensor>{
            {l.module + ".q_weight", {l.in * bits_of(l) / 32, l.out}, "I32"},
            {l.module + ".q_scale", {l.in / group, l.out / 8}, "I32"},
            {l.module + ".q_scale_max", {l.in / group}, "F16"},
            {l.module + ".q_groups", {2 * l.in / group}, "I16"},
            {l.module + ".q_invperm", {l.in}, "I32"}};
      });
  CHECK(result.packing == "exl2 4.25 bpw");
  for (const Tensor& tensor : result.tensors) {
    if (tensor.cls == TensorClass::attention_q) CHECK(tensor.format->id == "exl2-5.0bpw");
    if (tensor.cls == TensorClass::ffn_down) CHECK(tensor.format->id == "exl2-4.0bpw");
  }
  CHECK(result.quantization.id == "exl2-4.0bpw");
  // The own rules have the two widths; what is left are the scales and the order of the rows.
  REQUIRE(result.recipe);
  CHECK(result.recipe_difference < result.quantization.difference);
  CHECK(result.recipe_difference.base() == Approx(sum_over(llama(), [](const Linear& l) {
          const double groups = static_cast<double>(l.in / group);
          return groups * static_cast<double>(l.out) / 2.0 + groups * (2.0 + 4.0) +
                 4.0 * static_cast<double>(l.in);
        })));
}

TEST_CASE("MLX with modules of other widths", "[import][packed]") {
  const ModelSpec& model = shipped_model("qwen3-0.6b");
  std::string modules;
  const auto bits_of = [](const Linear& l) {
    return l.module.ends_with("v_proj") || l.module.ends_with("down_proj") ? 6U : 4U;
  };
  for (const Linear& l : linear_layers(model))
    if (bits_of(l) == 6) modules += ", \"" + l.module + R"(": {"group_size": 64, "bits": 6})";
  const ImportedModel result =
      import_packed(model, R"("quantization": {"group_size": 64, "bits": 4)" + modules + "}",
                    [&](const Linear& l) {
                      return std::vector<FileTensor>{
                          {l.module + ".weight", {l.out, l.in * bits_of(l) / 32}, "U32"},
                          {l.module + ".scales", {l.out, l.in / 64}, "BF16"},
                          {l.module + ".biases", {l.out, l.in / 64}, "BF16"}};
                    });
  // No recipe of the catalogue leaves the embedding at 16 bit and gives two classes 6 bit; the
  // file's own rules do.
  REQUIRE(result.recipe);
  CHECK(result.recipe_difference.base() == 0.0);
  Catalog again({find_data_folders({})});
  for (GivenEntry& entry : given_entries(result, "./mixed")) again.lay_over(std::move(entry));
  Diagnostics diagnostics;
  const ModelSpec* read = again.model("./mixed", {}, diagnostics);
  REQUIRE(read);
  const QuantizationSpec* recipe = again.quantization(read->default_quantization, {}, diagnostics);
  INFO(problems_of(diagnostics));
  REQUIRE(recipe);
  CHECK(weight_bytes(*read, *recipe, {}, again, diagnostics) == result.weights);
}
