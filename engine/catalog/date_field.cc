#include "catalog/date_field.h"

#include <optional>

namespace plimsoll::field {

void detail::report_date(const SourcePlace& place, const Context& context,
                         const std::string& written, const std::string& expected) {
  context.diagnostics.error("bad-date", place, "'" + written + "' is no date", expected);
}

Date DateField::read(const Node& node, const Context& context) const {
  const std::string* written = detail::scalar_text(node, context, date_forms);
  if (!written) return placeholder();
  const std::optional<Date> date = parse_date(*written);
  if (!date) detail::report_date(node.place(), context, *written, std::string(date_forms));
  return date.value_or(placeholder());
}

}  // namespace plimsoll::field
