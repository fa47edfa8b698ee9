// Weight matrices in the formats that engines stream, packed from floats and decoded to doubles.
//
// The ggml formats are those of ggml-common.h (llama.cpp, MIT): rows of blocks without padding.
//   q4_0   32 values: f16 d; 16 bytes, byte i holds value i low and value i + 16 high; d * (q - 8)
//   q8_0   32 values: f16 d; 32 int8; d * q
//   mxfp4  32 values: E8M0 scale; 16 bytes of E2M1, byte i holds value i low and i + 16 high
//   q4_k   256 values in 8 sub-blocks of 32: f16 d, f16 dmin; 12 bytes with eight 6-bit scales and
//          eight 6-bit minima; 128 bytes, of which 32 hold two sub-blocks, low and high nibbles;
//          d * scale * q - dmin * minimum
//   q6_k   256 values in 16 sub-blocks of 16: 128 bytes low 4 bits, 64 bytes high 2 bits, 16 int8
//          scales, f16 d; d * scale * (q - 32)
// The affine formats are those of MLX (mlx.core.quantize, MIT): codes packed from the lowest bit
// of little-endian words, and per group of columns an f16 scale and bias; scale * q + bias.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/rng.h"

namespace plimsoll::calibrate::reference {

enum class WeightFormat { f16, bf16, q8_0, q4_0, q4_k, q6_k, mxfp4, affine4, affine2 };

// "q4_k": as KernelCase::format has it.
std::string_view name_of(WeightFormat format);
std::span<const WeightFormat> weight_formats();

// How many values one block packs, in how many bytes. Affine formats: one group's codes.
struct BlockLayout {
  std::int64_t values;
  std::int64_t bytes;
};
BlockLayout block_of(WeightFormat format, std::int64_t group = 64);

bool is_affine(WeightFormat format);
int affine_bits(WeightFormat format);

struct WeightMatrix {
  WeightFormat format = WeightFormat::f16;
  std::int64_t rows = 0;
  std::int64_t columns = 0;                   // a multiple of the block
  std::int64_t group = 64;                    // columns of one scale and bias; affine formats only
  std::vector<std::uint8_t> codes;            // row by row
  std::vector<std::uint16_t> scales, biases;  // affine formats only: f16, rows x columns / group

  std::int64_t row_bytes() const;  // of `codes`
  std::int64_t bytes() const;      // of everything a matrix-vector product reads of it
};

// Nearest codes by the plain rule (largest magnitude or the range over the codes), without the
// search for better scales that a quantizer for quality does: the kernels do not see a difference.
WeightMatrix pack(WeightFormat format, std::int64_t rows, std::int64_t columns,
                  std::span<const float> values, std::int64_t group = 64);

std::vector<double> decode_row(const WeightMatrix& matrix, std::int64_t row);

// Large matrices from few packed rows: row r is row r mod pattern.rows of the pattern. With a prime
// number of rows no power-of-two slip of an address goes unseen.
WeightMatrix repeat_rows(const WeightMatrix& pattern, std::int64_t rows);

// Uniform in [-1, 1).
std::vector<float> random_values(std::int64_t count, Rng& rng);

}  // namespace plimsoll::calibrate::reference
