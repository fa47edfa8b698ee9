// Bytes of an element that is kept in floating point.
#pragma once

namespace plimsoll {

inline constexpr double f32_bytes = 4.0;
inline constexpr double f16_bytes = 2.0;

}  // namespace plimsoll
