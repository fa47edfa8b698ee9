// Turns yaml-cpp's events into our tree. Only for the .cc files of this room: it sees yaml-cpp.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include "config/document.h"

namespace plimsoll {

// Thrown out of the parser when reading on makes no sense; the diagnostic has been given.
struct StopParsing {};

// Enforces the limits while events arrive, which is before the parser recurses into the next level.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, std::shared_ptr<const std::string> file,
              Diagnostics& diagnostics, const DocumentLimits& limits);

  Node take_root() { return std::move(root_); }
  // yaml-cpp counts from 0 and columns in bytes; nothing when the mark is unset.
  NodePlace place(const YAML::Mark& mark) const;
  [[noreturn]] void stop(std::string code, const YAML::Mark& mark, std::string message,
                         std::string expected = {});

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override;
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override;
  void OnAnchor(const YAML::Mark& mark, const std::string& anchor_name) override;

 private:
  // A collection that is still open.
  struct Level {
    bool is_map = false;
    NodePlace place;
    std::vector<Node> items;
    std::vector<MapEntry> entries;
    std::unordered_set<std::string> keys;  // those seen, for duplicates in linear time
    bool has_key = false;                  // of a map: the next event is the value of `key`
    std::string key;
    NodePlace key_place;
  };

  bool expects_key() const {
    return !levels_.empty() && levels_.back().is_map && !levels_.back().has_key;
  }
  // The key's place for a value that has no character of its own there.
  NodePlace place_of_value(const YAML::Mark& mark, bool own_character) const;
  void count_node(const YAML::Mark& mark);
  void check_tag(const YAML::Mark& mark, const std::string& tag);
  [[noreturn]] void stop_too_deep(const YAML::Mark& mark);
  [[noreturn]] void refuse_collection_as_key(const YAML::Mark& mark);
  void set_key(const YAML::Mark& mark, const std::string& key);
  void open(bool is_map, const YAML::Mark& mark, const std::string& tag,
            YAML::EmitterStyle::value style);
  void close();
  void add(Node node);

  std::string_view text_;
  std::shared_ptr<const std::string> file_;
  Diagnostics& diagnostics_;
  DocumentLimits limits_;
  std::vector<Level> levels_;
  Node root_;
  std::size_t nodes_ = 0;
  std::size_t duplicates_ = 0;
};

}  // namespace plimsoll
