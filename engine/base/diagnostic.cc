#include "base/diagnostic.h"

#include <algorithm>
#include <utility>

namespace plimsoll {
namespace {

std::string_view severity_word(Severity severity) {
  return severity == Severity::error ? "error" : "warning";
}

// "file:line:col: ", as far as it is known.
std::string place_prefix(const SourcePlace& place) {
  std::string text = place.file;
  if (place.line > 0) {
    text += ':' + std::to_string(place.line);
    if (place.column > 0) text += ':' + std::to_string(place.column);
  }
  if (!text.empty()) text += ": ";
  return text;
}

std::string all_lines(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics.sorted()) {
    if (!text.empty()) text += '\n';
    text += to_text(diagnostic);
  }
  return text;
}

}  // namespace

void Diagnostics::add(Diagnostic diagnostic) {
  items_.push_back(std::move(diagnostic));
}

void Diagnostics::error(std::string code, SourcePlace place, std::string message,
                        std::string expected, std::string suggestion) {
  add({.severity = Severity::error,
       .code = std::move(code),
       .place = std::move(place),
       .message = std::move(message),
       .expected = std::move(expected),
       .suggestion = std::move(suggestion)});
}

void Diagnostics::warning(std::string code, SourcePlace place, std::string message,
                          std::string expected, std::string suggestion) {
  add({.severity = Severity::warning,
       .code = std::move(code),
       .place = std::move(place),
       .message = std::move(message),
       .expected = std::move(expected),
       .suggestion = std::move(suggestion)});
}

void Diagnostics::append(const Diagnostics& other) {
  // Not insert(): `other` may be *this.
  const std::size_t count = other.items_.size();
  items_.reserve(items_.size() + count);
  for (std::size_t i = 0; i < count; ++i) items_.push_back(other.items_[i]);
}

bool Diagnostics::has_errors() const {
  return std::any_of(items_.begin(), items_.end(),
                     [](const Diagnostic& item) { return item.severity == Severity::error; });
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<Diagnostic> ordered = items_;
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.place < b.place; });
  std::vector<Diagnostic> unique;
  unique.reserve(ordered.size());
  std::size_t same_place = 0;  // index of the first one kept for the current place
  for (Diagnostic& diagnostic : ordered) {
    if (!unique.empty() && unique.back().place != diagnostic.place) same_place = unique.size();
    const auto first = unique.begin() + static_cast<std::ptrdiff_t>(same_place);
    if (std::find(first, unique.end(), diagnostic) == unique.end()) {
      unique.push_back(std::move(diagnostic));
    }
  }
  return unique;
}

std::string to_text(const Diagnostic& diagnostic) {
  std::string text = place_prefix(diagnostic.place);
  text += severity_word(diagnostic.severity);
  text += ": " + diagnostic.message;
  if (!diagnostic.expected.empty()) text += "; expected " + diagnostic.expected;
  if (!diagnostic.suggestion.empty()) text += "; did you mean '" + diagnostic.suggestion + "'?";
  return text + " [" + diagnostic.code + "]";
}

InputError::InputError(Diagnostics diagnostics)
    : std::runtime_error(all_lines(diagnostics)), diagnostics_(std::move(diagnostics)) {}

void throw_if_errors(const Diagnostics& diagnostics) {
  if (diagnostics.has_errors()) throw InputError(diagnostics);
}

}  // namespace plimsoll
