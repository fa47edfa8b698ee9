// Doubly linked lists over dense ids: an id is in at most one of them, and moving it allocates
// nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace plimsoll {

class ExtentLists {
 public:
  using Id = std::uint32_t;
  using List = std::uint32_t;

  explicit ExtentLists(std::size_t ids, std::size_t lists = 1)
      : ids_(static_cast<Id>(ids)), nodes_(ids + lists) {
    clear();
  }

  bool linked(Id id) const { return nodes_[id].next != id; }
  bool empty(List list = 0) const { return !linked(head(list)); }
  // The oldest of a list; the list is not empty.
  Id back(List list = 0) const { return nodes_[head(list)].previous; }

  void push_front(Id id, List list = 0) { link_after(head(list), id); }
  void push_back(Id id, List list = 0) { link_after(nodes_[head(list)].previous, id); }
  // In front of `anchor`, which is in a list.
  void insert_before(Id anchor, Id id) { link_after(nodes_[anchor].previous, id); }
  // The neighbour towards the front; `id` itself is not the first.
  Id before(Id id) const { return nodes_[id].previous; }
  bool is_front(Id id) const { return nodes_[id].previous >= ids_; }

  void remove(Id id) {
    const Node node = nodes_[id];
    nodes_[node.previous].next = node.next;
    nodes_[node.next].previous = node.previous;
    nodes_[id] = {id, id};
  }
  void move_to_front(Id id, List list = 0) {
    remove(id);
    push_front(id, list);
  }
  void clear() {
    for (Id id = 0; id < nodes_.size(); ++id) nodes_[id] = {id, id};
  }

 private:
  // Linked to itself: an id in no list, or the head of an empty list.
  struct Node {
    Id previous = 0;
    Id next = 0;
  };

  Id head(List list) const { return ids_ + list; }
  void link_after(Id anchor, Id id) {
    const Id next = nodes_[anchor].next;
    nodes_[id] = {anchor, next};
    nodes_[anchor].next = id;
    nodes_[next].previous = id;
  }

  Id ids_;
  std::vector<Node> nodes_;  // ids, then the heads of the lists
};

}  // namespace plimsoll
