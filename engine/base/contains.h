// Membership in a list.
#pragma once

#include <algorithm>
#include <concepts>
#include <ranges>

namespace plimsoll {

// Whether an element of the list equals it.
template <std::ranges::input_range List, class Item>
requires std::equality_comparable_with<std::ranges::range_value_t<List>, Item>
bool contains(const List& list, const Item& item) {
  return std::ranges::find(list, item) != std::ranges::end(list);
}

}  // namespace plimsoll
