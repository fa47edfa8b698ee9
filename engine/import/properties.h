// What a header says by name: GGUF metadata, or a JSON file with the keys of its objects joined by
// dots ("text_config.hidden_size").
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace plimsoll {

using Property = std::variant<std::monostate, bool, std::int64_t, double, std::string,
                              std::vector<std::int64_t>, std::vector<std::string>>;

// Lists keep their values only where they are short and of whole numbers, truths (as 0 and 1) or
// texts; of all others the length alone is known.
class Properties {
 public:
  // False where the name is taken; the first one counts.
  bool add(std::string name, Property value);
  void add_length(const std::string& name, std::uint64_t length);

  bool has(std::string_view name) const;  // and is not null
  const Property* find(std::string_view name) const;
  const std::string* text(std::string_view name) const;
  std::optional<std::int64_t> integer(std::string_view name) const;
  std::optional<bool> truth(std::string_view name) const;
  std::optional<std::uint64_t> length(std::string_view name) const;
  const std::vector<std::int64_t>* integers(std::string_view name) const;
  const std::vector<std::string>* texts(std::string_view name) const;
  // Whether some name begins so.
  bool has_below(std::string_view prefix) const;

  const std::map<std::string, Property, std::less<>>& all() const { return values_; }

 private:
  std::map<std::string, Property, std::less<>> values_;
  std::map<std::string, std::uint64_t, std::less<>> lengths_;
};

}  // namespace plimsoll
