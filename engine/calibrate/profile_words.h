// How files spell what a profile holds.
#pragma once

#include <array>
#include <string_view>

#include "calibrate/harness.h"
#include "config/fields.h"

namespace plimsoll::calibrate {

inline constexpr std::array<field::Word<PointStatus>, 4> status_words = {
    {{"measured", PointStatus::measured},
     {"wrong", PointStatus::wrong},
     {"failed", PointStatus::failed},
     {"skipped", PointStatus::skipped}}};

inline constexpr std::array<field::Word<WorkKind>, 3> work_words = {
    {{"bytes", WorkKind::bytes}, {"flop", WorkKind::flop}, {"items", WorkKind::items}}};

template <class E, std::size_t N>
std::string_view word_in(const std::array<field::Word<E>, N>& words, E value) {
  for (const field::Word<E>& each : words)
    if (each.value == value) return each.word;
  return "?";
}

}  // namespace plimsoll::calibrate
