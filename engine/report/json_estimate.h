// How every figure with an interval stands in our JSON.
#pragma once

#include <optional>
#include <string_view>

#include "base/estimate.h"
#include "report/json_writer.h"

namespace plimsoll {

// "name": {"value": 54.1, "low": 47, "high": 62.3}, or null where nothing is known.
inline void write_estimate(JsonWriter& json, std::string_view name,
                           const std::optional<Estimate>& estimate) {
  json.key(name);
  if (!estimate) return json.null();
  json.open_object(JsonWriter::Layout::inline_);
  json.member("value", estimate->value);
  json.member("low", estimate->low);
  json.member("high", estimate->high);
  json.close();
}

}  // namespace plimsoll
