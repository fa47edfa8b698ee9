// The kernels of the sources in engine/calibrate/gpu/kernels and, by the same names, in
// engine/calibrate/metal/kernels: EACH_KERNEL(DO) is DO(name) for every one of them.
#pragma once

#define EACH_KERNEL(DO)                        \
  DO(read_words)                               \
  DO(copy_words)                               \
  DO(triad)                                    \
  DO(repeat_words)                             \
  DO(count_launch)                             \
  DO(matrix_vector_q8_0)                       \
  DO(matrix_vector_q4_0)                       \
  DO(matrix_vector_mxfp4)                      \
  DO(matrix_vector_q4_k)                       \
  DO(matrix_vector_q6_k)                       \
  DO(matrix_vector_f16)                        \
  DO(matrix_vector_bf16)                       \
  DO(matrix_vector_affine4_dequantize)         \
  DO(matrix_vector_affine4_fused_multiply_add) \
  DO(matrix_vector_affine4_sum_per_group)      \
  DO(matrix_vector_affine2_dequantize)         \
  DO(matrix_vector_affine2_fused_multiply_add) \
  DO(matrix_vector_affine2_sum_per_group)      \
  DO(swiglu)                                   \
  DO(rms_norm)                                 \
  DO(rope)                                     \
  DO(route)                                    \
  DO(combine)                                  \
  DO(quantize_activations)                     \
  DO(delta_net_step)                           \
  DO(decode_attention_f16_1)                   \
  DO(decode_attention_f16_4)                   \
  DO(decode_attention_f16_8)                   \
  DO(decode_attention_q8_1)                    \
  DO(decode_attention_q8_4)                    \
  DO(decode_attention_q8_8)                    \
  DO(join_attention)                           \
  DO(matrix_matrix_f16)                        \
  DO(expert_matrix_matrix_f16)
