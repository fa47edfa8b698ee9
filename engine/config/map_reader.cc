#include "config/map_reader.h"

#include <algorithm>

#include "base/contains.h"
#include "base/names.h"
#include "base/utf8.h"

namespace plimsoll {
namespace {

// A file of another kind would otherwise fill the screen.
constexpr std::size_t most_unknown_keys = 20;

std::string key_label(std::string_view key) {
  return "key '" + shorten(key, 40) + "'";
}

}  // namespace

MapReader::MapReader(const Node& node, std::string what, Diagnostics& diagnostics, Schema* schema)
    : node_(&node), what_(std::move(what)), diagnostics_(diagnostics), schema_(schema) {
  if (schema_ && schema_->what.empty()) schema_->what = what_;
  const NodeKind kind = node.kind();
  if (kind == NodeKind::map || kind == NodeKind::invalid) return;
  diagnostics_.error("wrong-kind", place(), what_ + " is " + std::string(describe(kind)), "a map");
}

const Node* MapReader::take(std::string_view key) {
  if (!contains(accepted_, key)) {
    accepted_.emplace_back(key);
  }
  return node_->find(key);
}

const Node* MapReader::take_required(std::string_view key) {
  const Node* value = take(key);
  if (!value && valid()) {
    diagnostics_.error("missing-key", place(), what_ + " has no key '" + std::string(key) + "'");
  }
  return value;
}

field::Context MapReader::context(std::string_view key) {
  return {key_label(key), diagnostics_};
}

SourcePlace MapReader::place_of(std::string_view key) const {
  const Node* value = node_->find(key);
  return value ? value->place() : place();
}

void MapReader::error(std::string_view key, std::string code, std::string message,
                      std::string expected, std::string suggestion) {
  diagnostics_.error(std::move(code), place_of(key), std::move(message), std::move(expected),
                     std::move(suggestion));
}

void MapReader::finish() {
  std::size_t unknown = 0;
  for (const MapEntry& entry : node_->entries()) {
    if (contains(accepted_, entry.key)) continue;
    if (++unknown > most_unknown_keys) continue;
    // Keys that stand in the map already are no answer.
    std::vector<std::string> free;
    std::copy_if(accepted_.begin(), accepted_.end(), std::back_inserter(free),
                 [&](const std::string& key) { return !has(key); });
    diagnostics_.error("unknown-key", entry.key_place.source(),
                       what_ + " has no " + key_label(entry.key) + " to set", {},
                       nearest_name(entry.key, free).value_or(""));
  }
  if (unknown > most_unknown_keys) {
    diagnostics_.error("unknown-key", place(),
                       what_ + " has " + std::to_string(unknown - most_unknown_keys) +
                           " more keys that nobody knows");
  }
}

}  // namespace plimsoll
