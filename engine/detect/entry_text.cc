#include "detect/entry_text.h"

namespace plimsoll {

std::string quoted_text(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const bool printable = c >= ' ' && c <= '~';
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += printable ? c : '?';
  }
  return quoted + "\"";
}

std::string EntryFigure::text() const {
  std::string figure = "{value: " + value;
  if (!range.empty()) figure += ", range: " + range;
  return figure + ", source: " + quoted_text("DET: " + source) + ", status: " + status +
         ", confidence: " + confidence + "}";
}

EntryText& EntryText::line(int indent, const std::string& text) {
  text_.append(static_cast<std::size_t>(indent), ' ');
  text_ += text + "\n";
  return *this;
}

EntryText& EntryText::comment(const std::string& text) {
  std::string clean = text;
  for (char& c : clean)
    if (c < ' ' || c > '~') c = '?';
  return line(0, "# " + clean);
}

}  // namespace plimsoll
