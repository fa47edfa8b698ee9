#include "config/node.h"

#include <utility>

namespace plimsoll {

std::string_view describe(NodeKind kind) {
  switch (kind) {
    case NodeKind::invalid:
    case NodeKind::null:
      return "nothing";
    case NodeKind::scalar:
      return "a single value";
    case NodeKind::sequence:
      return "a list";
    case NodeKind::map:
      return "a map";
  }
  return "";
}

// Not inline: a vector of MapEntry needs the whole type, which stands below Node.
Node::Node(NodeKind kind, NodePlace place) : kind_(kind), place_(std::move(place)) {}

Node Node::invalid(NodePlace place) {
  return Node(NodeKind::invalid, std::move(place));
}

Node Node::null(NodePlace place) {
  return Node(NodeKind::null, std::move(place));
}

Node Node::scalar(std::string text, bool quoted, NodePlace place) {
  Node node(NodeKind::scalar, std::move(place));
  node.text_ = std::move(text);
  node.quoted_ = quoted;
  return node;
}

Node Node::sequence(std::vector<Node> items, NodePlace place) {
  Node node(NodeKind::sequence, std::move(place));
  node.items_ = std::move(items);
  return node;
}

Node Node::map(std::vector<MapEntry> entries, NodePlace place) {
  Node node(NodeKind::map, std::move(place));
  node.entries_ = std::move(entries);
  return node;
}

const Node* Node::find(std::string_view key) const {
  for (const MapEntry& entry : entries_) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

}  // namespace plimsoll
