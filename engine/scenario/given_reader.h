// Reads values that a user may leave out, with the place where they stand.
#pragma once

#include <cstdint>
#include <string_view>

#include "config/map_reader.h"
#include "scenario/scenario.h"

namespace plimsoll {

template <class Field>
void take(MapReader& reader, std::string_view key, const Field& field,
          Given<typename Field::Value>& given) {
  given.place = reader.place_of(key);
  given.value = reader.optional(key, field);
}

inline void take_int(MapReader& reader, std::string_view key, std::int64_t minimum,
                     std::int64_t maximum, Given<int>& given) {
  Given<std::int64_t> wide;
  take(reader, key, field::integer(minimum, maximum), wide);
  given.place = wide.place;
  if (wide.value) given.value = static_cast<int>(*wide.value);
}

}  // namespace plimsoll
