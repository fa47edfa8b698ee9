// Division of whole numbers, rounded up.
#pragma once

#include <concepts>
#include <type_traits>

namespace plimsoll {

// How many of `each` it takes for `all`; neither negative, `each` not zero.
template <std::integral A, std::integral B>
constexpr std::common_type_t<A, B> ceil_div(A all, B each) {
  static_assert(std::is_signed_v<A> == std::is_signed_v<B>);
  using T = std::common_type_t<A, B>;
  return (T{all} + T{each} - 1) / T{each};
}

// The least multiple of `unit` that is not below `value`.
template <std::integral A, std::integral B>
constexpr std::common_type_t<A, B> round_up(A value, B unit) {
  return ceil_div(value, unit) * unit;
}

}  // namespace plimsoll
