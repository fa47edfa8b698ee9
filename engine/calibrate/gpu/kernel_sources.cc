#include "calibrate/gpu/kernel_sources.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "calibrate/gpu/embedded_kernels.h"
#include "calibrate/kernel_failure.h"

namespace plimsoll::calibrate {
namespace {

// What each file defines; the macros that make families of kernels keep a program from reading it
// off.
KernelSource source(std::string name, std::string_view text, std::vector<std::string> kernels) {
  std::string whole(embedded::platform);
  whole += embedded::common;
  whole += text;
  return {.name = std::move(name), .text = std::move(whole), .kernels = std::move(kernels)};
}

std::vector<KernelSource> all_sources() {
  return {
      source("memory", embedded::memory,
             {"read_words", "copy_words", "triad", "repeat_words", "count_launch"}),
      source("matrix_vector", embedded::matrix_vector,
             {"matrix_vector_q8_0", "matrix_vector_q4_0", "matrix_vector_mxfp4",
              "matrix_vector_q4_k", "matrix_vector_q6_k", "matrix_vector_f16", "matrix_vector_bf16",
              "matrix_vector_affine4_dequantize", "matrix_vector_affine4_fused_multiply_add",
              "matrix_vector_affine4_sum_per_group", "matrix_vector_affine2_dequantize",
              "matrix_vector_affine2_fused_multiply_add", "matrix_vector_affine2_sum_per_group"}),
      source("layer", embedded::layer,
             {"swiglu", "rms_norm", "rope", "route", "combine", "quantize_activations",
              "delta_net_step"}),
      source("attention", embedded::attention,
             {"decode_attention_f16_1", "decode_attention_f16_4", "decode_attention_f16_8",
              "decode_attention_q8_1", "decode_attention_q8_4", "decode_attention_q8_8",
              "join_attention"}),
      source("matrix_matrix", embedded::matrix_matrix,
             {"matrix_matrix_f16", "expert_matrix_matrix_f16"}),
  };
}

}  // namespace

const std::vector<KernelSource>& kernel_sources() {
  static const std::vector<KernelSource> sources = all_sources();
  return sources;
}

const KernelSource& source_of_kernel(const std::string& kernel) {
  for (const KernelSource& source : kernel_sources())
    if (std::find(source.kernels.begin(), source.kernels.end(), kernel) != source.kernels.end())
      return source;
  throw KernelFailure("no kernel " + kernel);
}

}  // namespace plimsoll::calibrate
