#include "catalog/source_references.h"

#include "base/text.h"

namespace plimsoll {

namespace {

bool looks_like_key(std::string_view word) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  return !word.empty() && word.find_first_not_of(letters) == std::string_view::npos;
}

// A figure must name keys; the source of a whole file may be prose ("arithmetic on the layout")
// with keys in it.
enum class Wording { keys, prose };

void note_source(const Node& value, Wording wording, References& references) {
  for (std::string& key : source_keys(value.text())) {
    if (wording == Wording::prose && !looks_like_key(key)) continue;
    references.push_back({ReferenceKind::source, std::move(key), value.place()});
  }
}

void note_sources_below(const Node& node, Wording wording, References& references) {
  for (const MapEntry& entry : node.entries()) {
    if (entry.key == "source" && entry.value.kind() == NodeKind::scalar) {
      note_source(entry.value, wording, references);
    }
    note_sources_below(entry.value, Wording::keys, references);
  }
  for (const Node& item : node.items()) note_sources_below(item, Wording::keys, references);
}

}  // namespace

std::vector<std::string> source_keys(std::string_view source) {
  std::string_view rest = source.substr(0, source.find(':'));
  std::vector<std::string> keys;
  for (;;) {
    const std::size_t comma = rest.find(',');
    keys.emplace_back(trimmed(rest.substr(0, comma)));
    if (comma == std::string_view::npos) return keys;
    rest.remove_prefix(comma + 1);
  }
}

void note_sources(const Node& root, References& references) {
  note_sources_below(root, Wording::prose, references);
}

}  // namespace plimsoll
