// One value of a configuration file and where it stands: what YAML becomes before anybody
// interprets it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"

namespace plimsoll {

// `invalid` stands for a value that could not be had and was complained about already: readers stay
// silent about it.
enum class NodeKind { invalid, null, scalar, sequence, map };

// "a map", "a list", "text or a number", for messages.
std::string_view describe(NodeKind kind);

// A place in a file whose name is shared by all nodes of that file. Lines and columns (in code
// points) count from 1.
struct NodePlace {
  std::shared_ptr<const std::string> file;
  int line = 0;
  int column = 0;

  SourcePlace source() const { return {file ? *file : std::string(), line, column}; }
};

struct MapEntry;

// An immutable tree. Block collections below a key stand at that key; everything else stands at its
// own first character.
class Node {
 public:
  Node() = default;  // invalid, nowhere
  static Node invalid(NodePlace place);
  static Node null(NodePlace place);
  static Node scalar(std::string text, bool quoted, NodePlace place);
  static Node sequence(std::vector<Node> items, NodePlace place);
  static Node map(std::vector<MapEntry> entries, NodePlace place);

  NodeKind kind() const { return kind_; }
  SourcePlace place() const { return place_.source(); }
  const NodePlace& node_place() const { return place_; }

  // Text of a scalar, empty for every other kind. `quoted` tells "5" from 5.
  const std::string& text() const { return text_; }
  bool quoted() const { return quoted_; }

  // Children in the order of the file; empty for every other kind. Keys of a map are unique.
  const std::vector<Node>& items() const { return items_; }
  const std::vector<MapEntry>& entries() const { return entries_; }
  // The value of a key, or nullptr.
  const Node* find(std::string_view key) const;

 private:
  Node(NodeKind kind, NodePlace place);

  NodeKind kind_ = NodeKind::invalid;
  bool quoted_ = false;
  NodePlace place_;
  std::string text_;
  std::vector<Node> items_;
  std::vector<MapEntry> entries_;
};

struct MapEntry {
  std::string key;
  NodePlace key_place;
  Node value;
};

}  // namespace plimsoll
