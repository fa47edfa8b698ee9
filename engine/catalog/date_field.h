// A date as a field of a configuration file: field::date().
//
//   era.before = reader.required("before", field::date());
//
// Complains with bad-date about text that is none.
#pragma once

#include <string>
#include <string_view>

#include "catalog/date.h"
#include "config/fields.h"

namespace plimsoll::field {

// What messages expect where a date belongs.
inline constexpr std::string_view date_forms = "2026, 2026-05 or 2026-05-20";

struct DateField {
  using Value = Date;
  Value read(const Node& node, const Context& context) const;
  Value placeholder() const { return {}; }
  void describe(FieldSchema& schema) const { schema.type = "string"; }
};

inline DateField date() {
  return {};
}

namespace detail {
// `expected`: the forms that would have been taken.
void report_date(const SourcePlace& place, const Context& context, const std::string& written,
                 const std::string& expected);
}  // namespace detail

}  // namespace plimsoll::field
