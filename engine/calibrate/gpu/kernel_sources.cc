#include "calibrate/gpu/kernel_sources.h"

#include "base/contains.h"
#include "calibrate/gpu/embedded_kernels.h"
#include "calibrate/kernel_failure.h"

namespace plimsoll::calibrate {
namespace {

using TextOfFile = std::string (*)(const std::string& name);

// What each file defines; the macros that make families of kernels keep a program from reading it
// off.
std::vector<KernelSource> all_sources(TextOfFile text) {
  std::vector<KernelSource> sources{
      {.name = "memory",
       .kernels = {"read_words", "copy_words", "triad", "repeat_words", "count_launch"}},
      {.name = "matrix_vector",
       .kernels = {"matrix_vector_q8_0", "matrix_vector_q4_0", "matrix_vector_mxfp4",
                   "matrix_vector_q4_k", "matrix_vector_q6_k", "matrix_vector_f16",
                   "matrix_vector_bf16", "matrix_vector_affine4_dequantize",
                   "matrix_vector_affine4_fused_multiply_add",
                   "matrix_vector_affine4_sum_per_group", "matrix_vector_affine2_dequantize",
                   "matrix_vector_affine2_fused_multiply_add",
                   "matrix_vector_affine2_sum_per_group"}},
      {.name = "layer",
       .kernels = {"swiglu", "rms_norm", "rope", "route", "combine", "quantize_activations",
                   "delta_net_step"}},
      {.name = "attention",
       .kernels = {"decode_attention_f16_1", "decode_attention_f16_4", "decode_attention_f16_8",
                   "decode_attention_q8_1", "decode_attention_q8_4", "decode_attention_q8_8",
                   "join_attention"}},
      {.name = "matrix_matrix", .kernels = {"matrix_matrix_f16", "expert_matrix_matrix_f16"}}};
  for (KernelSource& source : sources) source.text = text(source.name);
  return sources;
}

// Of the embedded files, those that all share first.
std::string joined(const embedded::Files& files, const std::vector<std::string>& shared,
                   const std::string& name) {
  std::string text;
  for (const std::string& each : shared) text += files.at(each);
  return text += files.at(name);
}

}  // namespace

const std::vector<KernelSource>& kernel_sources() {
  static const std::vector<KernelSource> sources = all_sources([](const std::string& name) {
    return joined(embedded::gpu_files(), {"shapes", "platform", "common"}, name);
  });
  return sources;
}

const std::vector<KernelSource>& metal_kernel_sources() {
  static const std::vector<KernelSource> sources = all_sources([](const std::string& name) {
    return std::string(embedded::gpu_files().at("shapes")) +
           joined(embedded::metal_files(), {"common"}, name);
  });
  return sources;
}

const KernelSource& source_of_kernel(const std::vector<KernelSource>& sources,
                                     const std::string& kernel) {
  for (const KernelSource& source : sources)
    if (contains(source.kernels, kernel)) return source;
  throw KernelFailure("no kernel " + kernel);
}

}  // namespace plimsoll::calibrate
