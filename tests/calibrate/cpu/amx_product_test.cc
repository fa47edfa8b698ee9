// The product on tile registers: on the processor's where it has them, and everywhere on registers
// written out after Intel's manual (TILELOADD, TDPBF16PS, TDPBSSD, TILESTORED).
#include <array>

#include "calibrate/cpu/amx_byte_product.h"
#include "calibrate/cpu/cpu_kernel.h"
#include "calibrate/cpu/packed_weights.h"
#include "calibrate/kernel_failure.h"
#include "calibrate/reference/floating_point.h"
#include "calibrate/reference/matrix_vector.h"
#include "support/catch.h"

namespace plimsoll::calibrate::cpu {
namespace {

// A tile is 16 rows of 64 bytes.
struct WrittenTile {
  std::array<std::array<std::uint8_t, 64>, 16> rows{};

  void load(const void* from, std::int64_t stride, std::size_t count = 16, std::size_t bytes = 64) {
    for (std::size_t row = 0; row < count; ++row) {
      std::memcpy(rows[row].data(),
                  static_cast<const std::uint8_t*>(from) + static_cast<std::int64_t>(row) * stride,
                  bytes);
    }
  }
  void store(void* to, std::int64_t stride) const {
    for (std::size_t row = 0; row < 16; ++row) {
      std::memcpy(static_cast<std::uint8_t*>(to) + static_cast<std::int64_t>(row) * stride,
                  rows[row].data(), 64);
    }
  }
  template <typename T>
  T at(std::size_t row, std::size_t index) const {
    T value{};
    std::memcpy(&value, rows[row].data() + index * sizeof(T), sizeof(T));
    return value;
  }
  // TDPBSSD of the first 32 bytes of a row and the first eight rows: c[m][n] += a[m][4k + i]
  // b[k][4n
  // + i].
  void add_byte_products(const WrittenTile& a, const WrittenTile& b) {
    for (std::size_t m = 0; m < 16; ++m) {
      for (std::size_t n = 0; n < 16; ++n) {
        auto sum = at<std::int32_t>(m, n);
        for (std::size_t k = 0; k < 8; ++k) {
          for (std::size_t i = 0; i < 4; ++i)
            sum += a.at<std::int8_t>(m, 4 * k + i) * b.at<std::int8_t>(k, 4 * n + i);
        }
        std::memcpy(rows[m].data() + n * sizeof(sum), &sum, sizeof(sum));
      }
    }
  }
  // TDPBF16PS: c[m][n] += a[m][2k] b[k][2n] + a[m][2k + 1] b[k][2n + 1].
  void add_products(const WrittenTile& a, const WrittenTile& b) {
    for (std::size_t m = 0; m < 16; ++m) {
      for (std::size_t n = 0; n < 16; ++n) {
        auto sum = at<float>(m, n);
        for (std::size_t k = 0; k < 16; ++k) {
          for (std::size_t i = 0; i < 2; ++i) {
            sum += static_cast<float>(reference::bf16_value(a.at<std::uint16_t>(m, 2 * k + i)) *
                                      reference::bf16_value(b.at<std::uint16_t>(k, 2 * n + i)));
          }
        }
        std::memcpy(rows[m].data() + n * sizeof(float), &sum, sizeof(float));
      }
    }
  }
};

std::array<WrittenTile, 8> written_tiles;
bool configured = false;

const TileUnit written_unit{
    .configure = [] { configured = true; },
    .release = [] { configured = false; },
    .clear =
        [] {
          for (std::size_t tile = 0; tile < 4; ++tile) written_tiles[tile] = {};
        },
    .add =
        [](const std::uint16_t* weights, const std::uint16_t* first, const std::uint16_t* second) {
          CHECK(configured);
          written_tiles[4].load(weights, 64);
          written_tiles[5].load(weights + 16 * 32, 64);
          written_tiles[6].load(first, 64);
          written_tiles[7].load(second, 64);
          for (std::size_t sum = 0; sum < 4; ++sum) {
            written_tiles[sum].add_products(written_tiles[4 + sum / 2], written_tiles[6 + sum % 2]);
          }
        },
    .store =
        [](float* sums) {
          for (std::size_t sum = 0; sum < 4; ++sum) {
            written_tiles[sum].store(sums + sum / 2 * 16 * 32 + sum % 2 * 16, 128);
          }
        }};

const ByteTileUnit written_byte_unit{
    .configure = [] { configured = true; },
    .release = [] { configured = false; },
    .multiply =
        [](const std::int8_t* weights, const std::int8_t* first, const std::int8_t* second,
           std::int32_t* sums) {
          CHECK(configured);
          written_tiles[4].load(weights, 32, 16, 32);
          written_tiles[5].load(weights + 16 * 32, 32, 16, 32);
          written_tiles[6].load(first, 64, 8);
          written_tiles[7].load(second, 64, 8);
          for (std::size_t sum = 0; sum < 4; ++sum) {
            written_tiles[sum] = {};
            written_tiles[sum].add_byte_products(written_tiles[4 + sum / 2],
                                                 written_tiles[6 + sum % 2]);
            written_tiles[sum].store(sums + sum / 2 * 16 * 32 + sum % 2 * 16, 128);
          }
        },
    .add_scaled = add_scaled_tiles};

// The first rows, and the others, as threads share them.
template <class Multiply>
std::vector<float> in_two_parts(const reference::WeightMatrix& weights, std::int64_t rows,
                                std::int64_t tokens, Multiply multiply) {
  std::vector<float> y(static_cast<std::size_t>(tokens * rows));
  for (const std::int64_t first : {0, 32})
    multiply(TileProduct{.weights = weights.codes.data(),
                         .rows = rows,
                         .first = first,
                         .last = first == 0 ? 32 : rows,
                         .tokens = tokens,
                         .y = y.data()});
  return y;
}

void check_byte_product(const ByteTileUnit& unit, WeightFormat format) {
  constexpr std::int64_t rows = 96;
  constexpr std::int64_t columns = 256;
  constexpr std::int64_t tokens = 37;
  const reference::WeightMatrix weights =
      reference::pack(format, rows, columns, random_floats(rows * columns, "amx weights"));
  const std::vector<float> x = random_floats(tokens * columns, "amx tokens");
  ActivationBuffers prepared(format, columns, tokens);
  PackedByteTokens packed(columns, tokens);
  for (std::int64_t token = 0; token < tokens; ++token) {
    const PreparedActivations to = prepared.from(token);
    matrix_operations()->prepare(format, &x[static_cast<std::size_t>(token * columns)], 0, 1, to);
    packed.set(token, to.codes, to.scales);
  }
  const std::vector<float> y = in_two_parts(weights, rows, tokens, [&](const TileProduct& part) {
    multiply_byte_tiles(unit, format, packed, part);
  });
  const std::vector<double> seen = reference::as_seen(reference::ActivationFormat::q8_0, x);
  const KernelCheck check = reference::compare(y, reference::matrix_matrix(weights, seen),
                                               reference::allowed_error(columns));
  INFO(reference::name_of(format) << ": " << check.why);
  CHECK(check.right);
}

void check_product(const TileUnit& unit) {
  constexpr std::int64_t rows = 96;
  constexpr std::int64_t columns = 64;
  constexpr std::int64_t tokens = 37;  // a block and a part of one
  const reference::WeightMatrix weights = reference::pack(
      WeightFormat::bf16, rows, columns, random_floats(rows * columns, "amx weights"));
  const std::vector<float> x = random_floats(tokens * columns, "amx tokens");
  PackedTokens packed(columns, tokens);
  std::vector<double> seen;
  for (std::int64_t token = 0; token < tokens; ++token) packed.set(token, &x[token * columns]);
  for (const float value : x) seen.push_back(reference::bf16_value(reference::bf16_bits(value)));
  const std::vector<float> y = in_two_parts(
      weights, rows, tokens, [&](const TileProduct& part) { multiply_tiles(unit, packed, part); });
  const KernelCheck check = reference::compare(y, reference::matrix_matrix(weights, seen),
                                               reference::allowed_error(columns));
  INFO(check.why);
  CHECK(check.right);
}

}  // namespace

TEST_CASE("the product on written-out tiles is the reference's") {
  check_product(written_unit);
  CHECK_FALSE(configured);
}

TEST_CASE("the product of bytes on written-out tiles is the reference's") {
  const auto format = GENERATE(WeightFormat::q8_0, WeightFormat::q4_0);
  check_byte_product(written_byte_unit, format);
  CHECK_FALSE(configured);
}

TEST_CASE("the product of bytes on the processor's tiles is the reference's where it has any") {
  const auto format = GENERATE(WeightFormat::q8_0, WeightFormat::q4_0);
  if (const ByteTileUnit* unit = amx_byte_unit()) check_byte_product(*unit, format);
}

TEST_CASE("the product on the processor's tiles is the reference's, or there are none") {
  const TileUnit* unit = amx_unit();
  if (unit != nullptr) {
    check_product(*unit);
    return;
  }
  const Topology topology;
  ThreadPool pool(topology, {topology.processors().front()});
  const Team team{.topology = &topology,
                  .pool = &pool,
                  .node = -1,
                  .matrix = matrix_operations(),
                  .layer = layer_operations()};
  const KernelCase kernel_case{.family = "matrix_matrix",
                               .format = "bf16",
                               .variant = "amx",
                               .shape = {{"m", 32}, {"n", 32}, {"k", 32}}};
  CHECK_THROWS_AS(make_amx_product(team, kernel_case), KernelFailure);
}

}  // namespace plimsoll::calibrate::cpu
