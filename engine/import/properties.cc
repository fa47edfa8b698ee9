#include "import/properties.h"

#include <cmath>

namespace plimsoll {
namespace {

template <class T>
const T* as(const Property* property) {
  return property ? std::get_if<T>(property) : nullptr;
}

}  // namespace

bool Properties::add(std::string name, Property value) {
  return values_.emplace(std::move(name), std::move(value)).second;
}

void Properties::add_length(const std::string& name, std::uint64_t length) {
  lengths_.emplace(name, length);
}

const Property* Properties::find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

bool Properties::has(std::string_view name) const {
  const Property* found = find(name);
  return found && !std::holds_alternative<std::monostate>(*found);
}

bool Properties::has_below(std::string_view prefix) const {
  const auto next = values_.lower_bound(prefix);
  return next != values_.end() && std::string_view(next->first).starts_with(prefix);
}

const std::string* Properties::text(std::string_view name) const {
  return as<std::string>(find(name));
}

std::optional<std::int64_t> Properties::integer(std::string_view name) const {
  const Property* found = find(name);
  if (const auto* whole = as<std::int64_t>(found)) return *whole;
  // Some configurations write counts as 128.0.
  constexpr double exact = 9007199254740992.0;
  const auto* number = as<double>(found);
  if (number && std::abs(*number) <= exact && *number == std::floor(*number)) {
    return static_cast<std::int64_t>(*number);
  }
  return std::nullopt;
}

std::optional<bool> Properties::truth(std::string_view name) const {
  const auto* found = as<bool>(find(name));
  return found ? std::optional(*found) : std::nullopt;
}

std::optional<std::uint64_t> Properties::length(std::string_view name) const {
  const auto found = lengths_.find(name);
  return found == lengths_.end() ? std::nullopt : std::optional(found->second);
}

const std::vector<std::int64_t>* Properties::integers(std::string_view name) const {
  return as<std::vector<std::int64_t>>(find(name));
}

const std::vector<std::string>* Properties::texts(std::string_view name) const {
  return as<std::vector<std::string>>(find(name));
}

}  // namespace plimsoll
