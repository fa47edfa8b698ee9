#include "import/packing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/quantity_text.h"
#include "import/draft.h"

namespace plimsoll {
namespace {

// enum llama_ftype of include/llama.h
constexpr auto file_types = std::to_array<std::pair<std::int64_t, std::string_view>>({
    {0, "f32"},      {1, "f16"},      {2, "q4_0"},       {3, "q4_1"},        {7, "q8_0"},
    {8, "q5_0"},     {9, "q5_1"},     {10, "q2_k"},      {11, "q3_k_s"},     {12, "q3_k_m"},
    {13, "q3_k_l"},  {14, "q4_k_s"},  {15, "q4_k_m"},    {16, "q5_k_s"},     {17, "q5_k_m"},
    {18, "q6_k"},    {19, "iq2_xxs"}, {20, "iq2_xs"},    {21, "q2_k_s"},     {22, "iq3_xs"},
    {23, "iq3_xxs"}, {24, "iq1_s"},   {25, "iq4_nl"},    {26, "iq3_s"},      {27, "iq3_m"},
    {28, "iq2_s"},   {29, "iq2_m"},   {30, "iq4_xs"},    {31, "iq1_m"},      {32, "bf16"},
    {36, "tq1_0"},   {37, "tq2_0"},   {38, "mxfp4_moe"}, {39, "nvfp4-gguf"}, {40, "q1_0"},
    {41, "q2_0"},
});

class HintReader {
 public:
  HintReader(const Properties& config, const std::string& file, Diagnostics& diagnostics)
      : config_(config), file_(file), diagnostics_(diagnostics) {}

  QuantizationHint run() {
    // MLX writes its key twice, the second time under the name of Hugging Face.
    if (config_.has("quantization.group_size") || config_.has("quantization.mode")) {
      read_mlx();
      return std::move(hint_);
    }
    hint_.family = "safetensors";
    for (const char* prefix :
         {"quantization_config.", "text_config.quantization_config.", "compression_config."}) {
      if (config_.has_below(prefix)) {
        prefix_ = prefix;
        read_packed();
        return std::move(hint_);
      }
    }
    read_plain();
    return std::move(hint_);
  }

 private:
  std::string text(std::string_view key) const {
    const std::string* found = config_.text(prefix_ + std::string(key));
    return found ? *found : std::string();
  }
  // 0 where it is absent; a group of -1 (a scale a row) is 0 too.
  int number(std::string_view key) const {
    constexpr std::int64_t most = 65536;
    const auto found = config_.integer(prefix_ + std::string(key));
    return found && *found > 0 && *found <= most ? static_cast<int>(*found) : 0;
  }
  double real(std::string_view key) const {
    const Property* found = config_.find(prefix_ + std::string(key));
    if (!found) return 0.0;
    if (const double* value = std::get_if<double>(found)) return *value;
    const auto* whole = std::get_if<std::int64_t>(found);
    return whole ? static_cast<double>(*whole) : 0.0;
  }
  static std::string with_group(const std::string& id, int group, int usual) {
    return group == 0 || group == usual ? id : id + "-g" + std::to_string(group);
  }

  void read_plain() {
    std::string type;
    for (const std::string& prefix : {text_prefix(config_), std::string()}) {
      for (const char* key : {"torch_dtype", "dtype"}) {
        const std::string* found = config_.text(prefix + key);
        if (found && type.empty()) type = *found;
      }
    }
    hint_.method = type.empty() ? "16 bit" : type;
    hint_.recipe = type == "float16"   ? "f16-safetensors"
                   : type == "float32" ? "f32-safetensors"
                                       : "bf16-safetensors";
  }

  void read_mlx() {
    prefix_ = "quantization.";
    hint_.family = "mlx";
    const std::string mode = text("mode");
    WeightPacking& packing = hint_.packing;
    packing.method = "mlx";
    packing.bits = number("bits");
    packing.group = number("group_size");
    const std::string bits = std::to_string(packing.bits);
    constexpr int usual_group = 64;
    if (mode.empty() || mode == "affine") {
      hint_.method = "MLX affine, " + bits + " bit, group " + std::to_string(packing.group);
      packing.format = "mlx-" + bits + "bit-g" + std::to_string(packing.group);
      hint_.recipe = with_group("mlx-" + bits + "bit", packing.group, usual_group);
    } else {
      hint_.method = "MLX " + mode;
      packing.format = "mlx-" + mode;
      hint_.recipe = mode == "mxfp4" ? "mlx-mxfp4-q8" : "";
    }
    read_modules();
  }

  // quantization.model.layers.0.mlp.gate.bits: 8
  void read_modules() {
    constexpr std::string_view ending = ".bits";
    for (const auto& [name, value] : config_.all()) {
      if (!name.starts_with(prefix_) || !name.ends_with(ending) ||
          name.size() <= prefix_.size() + ending.size())
        continue;
      const std::string module =
          name.substr(prefix_.size(), name.size() - prefix_.size() - ending.size());
      const int group = number(module + ".group_size");
      hint_.packing.modules[module] = {.bits = number(module + ".bits"),
                                       .group = group > 0 ? group : hint_.packing.group};
    }
    std::erase_if(hint_.packing.modules, [](const auto& each) { return each.second.bits == 0; });
  }

  void read_packed() {
    const std::string method = text("quant_method");
    hint_.method = method;
    hint_.packing.method = method;
    if (method == "gptq" || method == "awq" || method == "auto-round" || method == "gptq_marlin") {
      read_integer(method == "awq" ? "awq" : "gptq-int");
    } else if (method == "fp8" || method == "fbgemm_fp8") {
      read_fp8();
    } else if (method == "compressed-tensors") {
      read_compressed();
    } else if (method == "bitsandbytes") {
      read_bitsandbytes();
    } else if (method == "mxfp4") {
      set("mxfp4", "mxfp4-serving", 4);
    } else if (method == "modelopt" || method == "modelopt_fp4") {
      read_modelopt();
    } else if (method == "exl2") {
      read_exl2();
    } else {
      unknown(method.empty() ? "no quant_method" : "quant_method '" + method + "'");
    }
  }

  void set(std::string recipe, std::string format, int bits) {
    hint_.recipe = std::move(recipe);
    hint_.packing.format = std::move(format);
    hint_.packing.bits = bits;
  }
  void unknown(const std::string& what) {
    diagnostics_.warning("unknown-quantization", {.file = file_},
                         what + " is no quantization of the catalogue");
  }

  void read_integer(const std::string& name) {
    constexpr int usual_group = 128;
    const int bits = number("bits");
    const int group = number("group_size");
    hint_.packing.group = group;
    const std::string format =
        "gptq-int" + std::to_string(bits) + "-g" + std::to_string(group == 0 ? usual_group : group);
    const std::string id = name == "awq" ? name : name + std::to_string(bits);
    set(with_group(id, group, usual_group), format, bits);
  }

  void read_fp8() {
    const auto* block = config_.integers(prefix_ + "weight_block_size");
    constexpr std::int64_t only_block = 128;
    const bool blocks = block && block->size() == 2 && block->back() == only_block;
    set(blocks ? "fp8-block128" : "fp8", blocks ? "fp8-block128" : "fp8", 0);
    if (blocks) hint_.method += ", blocks of 128 x 128";
  }

  // One group of layers is all that published files have; others are read as the first.
  void read_compressed() {
    const std::string format = text("format");
    hint_.method += format.empty() ? "" : " " + format;
    const std::string group_0 = "config_groups.group_0.weights.";
    const int bits = number(group_0 + "num_bits");
    const int group = number(group_0 + "group_size");
    const bool floating = text(group_0 + "type") == "float";
    constexpr int half_byte = 4;
    constexpr int byte = 8;
    constexpr int expert_group = 32;
    constexpr int micro_group = 16;
    hint_.packing.group = group;
    if (floating && bits == byte) {
      set("fp8", "fp8", 0);
    } else if (floating && bits == half_byte) {
      set(group == micro_group ? "nvfp4" : "mxfp4",
          group == micro_group ? "nvfp4-serving" : "mxfp4-serving", bits);
    } else if (bits == byte) {
      set("int8-w8a8", "int8", bits);
    } else if (bits == half_byte && group == expert_group) {
      // Everything else left out of it: the experts alone.
      set("int4-experts", "int4-g32", bits);
    } else if (bits == half_byte) {
      set(with_group("gptq-int4", group, 128), "gptq-int4-g" + std::to_string(group), bits);
    } else {
      unknown("compressed-tensors of " + std::to_string(bits) + " bit");
    }
  }

  void read_bitsandbytes() {
    const auto truth = [&](const char* key) {
      return config_.truth(prefix_ + key).value_or(false);
    };
    if (truth("load_in_8bit") || truth("_load_in_8bit")) {
      hint_.method += " 8 bit";
      return set("int8-w8a8", "int8", 8);
    }
    hint_.method += " 4 bit";
    set("nf4", truth("bnb_4bit_use_double_quant") ? "nf4-double" : "nf4", 4);
  }

  // "bits" is an average and need not be whole; every tensor has a width of its own.
  void read_exl2() {
    const double bits = real("bits");
    if (bits <= 0.0) return unknown("exl2 of no width");
    hint_.family = "exl2";
    hint_.method += " " + print_number(bits, 3) + " bpw";
    const std::string id = exl2_format(bits);
    set(id, id, static_cast<int>(std::lround(bits)));
  }

  void read_modelopt() {
    const std::string algorithm = text("quant_algo");
    hint_.method += " " + algorithm;
    if (algorithm == "NVFP4") return set("nvfp4", "nvfp4-serving", 4);
    if (algorithm == "FP8") return set("fp8", "fp8", 0);
    unknown("quant_algo '" + algorithm + "'");
  }

  const Properties& config_;
  const std::string& file_;
  Diagnostics& diagnostics_;
  std::string prefix_;
  QuantizationHint hint_;
};

}  // namespace

QuantizationHint quantization_hint(const Properties& config, const std::string& file,
                                   Diagnostics& diagnostics) {
  return HintReader(config, file, diagnostics).run();
}

std::string exl2_format(double bits) {
  constexpr auto widths = std::to_array<double>({2.5, 3.0, 4.0, 5.0, 6.0});
  const double nearest = *std::min_element(widths.begin(), widths.end(), [&](double a, double b) {
    return std::abs(a - bits) < std::abs(b - bits);
  });
  const std::string text = print_number(nearest, 2);
  return "exl2-" + text + (text.find('.') == std::string::npos ? ".0bpw" : "bpw");
}

std::string recipe_of_file_type(std::int64_t file_type) {
  const auto found = std::find_if(file_types.begin(), file_types.end(),
                                  [&](const auto& each) { return each.first == file_type; });
  return found == file_types.end() ? std::string() : std::string(found->second);
}

}  // namespace plimsoll
