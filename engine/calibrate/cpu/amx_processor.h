// Whether this processor has tile registers, and how they are set up; for the two files that use
// their intrinsics.
#pragma once

#include <cstdint>

// Intrinsics of the tile registers: g++ 11, clang 12.
#if defined(__x86_64__) && defined(__linux__) && (defined(__clang__) || __GNUC__ >= 11)
#define PLIMSOLL_AMX 1
#include <immintrin.h>
#else
#define PLIMSOLL_AMX 0
#endif

namespace plimsoll::calibrate::cpu {

// Intel's Software Developer's Manual, LDTILECFG: all eight tiles of 16 rows of 64 bytes, unless
// said otherwise. A variable of it is of static storage: the intrinsic of g++ 12 tells the compiler
// of its first eight bytes only, and what a local variable holds beyond them is then never stored.
struct TileConfiguration {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

// What they multiply.
enum class TileNumbers { bf16, int8 };

// Asks Linux for the registers the first time.
bool processor_has_tiles(TileNumbers numbers);

}  // namespace plimsoll::calibrate::cpu
