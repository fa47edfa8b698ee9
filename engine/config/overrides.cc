#include "config/overrides.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/quantity_text.h"
#include "config/document.h"

namespace plimsoll {
namespace {

struct Step {
  std::string key;
  bool quoted = false;
};

struct Assignment {
  std::string path;
  std::vector<Step> steps;
  std::string_view value;
};

// "--set a.b", for places and messages.
std::string origin(std::string_view path) {
  return "--set " + std::string(path);
}

void refuse(std::string_view path, std::string message, std::string expected,
            Diagnostics& diagnostics, std::string code = "bad-override") {
  diagnostics.error(std::move(code), {.file = origin(path)}, std::move(message),
                    std::move(expected));
}

// The '=' that ends the path; one inside quotes belongs to a key.
std::size_t end_of_path(std::string_view assignment) {
  bool quoted = false;
  for (std::size_t i = 0; i < assignment.size(); ++i) {
    if (assignment[i] == '"') quoted = !quoted;
    if (assignment[i] == '=' && !quoted) return i;
  }
  return std::string_view::npos;
}

// Steps between dots; nothing when one is empty or a quote is left open.
std::optional<std::vector<Step>> split_path(std::string_view path) {
  std::vector<Step> steps(1);
  bool quoted = false;
  for (const char c : path) {
    if (c == '"') {
      quoted = !quoted;
      steps.back().quoted = true;
    } else if (c == '.' && !quoted) {
      steps.emplace_back();
    } else {
      steps.back().key += c;
    }
  }
  const bool has_empty =
      std::any_of(steps.begin(), steps.end(), [](const Step& step) { return step.key.empty(); });
  if (quoted || has_empty) return std::nullopt;
  return steps;
}

std::optional<Assignment> split_assignment(std::string_view assignment, Diagnostics& diagnostics) {
  const std::size_t equals = end_of_path(assignment);
  const std::string_view path = assignment.substr(0, std::min(equals, assignment.size()));
  const auto steps = split_path(path);
  if (equals == std::string_view::npos || !steps) {
    refuse(path, "this is no assignment", "path.to.key=value", diagnostics);
    return std::nullopt;
  }
  return Assignment{std::string(path), *steps, assignment.substr(equals + 1)};
}

// Puts one value at the end of a path, copying the nodes along it.
class Setter {
 public:
  Setter(const Assignment& assignment, Node value, Diagnostics& diagnostics)
      : assignment_(assignment), value_(std::move(value)), diagnostics_(diagnostics) {}

  // Nothing after a complaint.
  std::optional<Node> set(const Node* node, std::size_t depth) {
    if (depth == assignment_.steps.size()) return value_;
    const bool absent =
        !node || node->kind() == NodeKind::null || node->kind() == NodeKind::invalid;
    if (absent) return set_in_map(Node::map({}, value_.node_place()), depth);
    if (node->kind() == NodeKind::map) return set_in_map(*node, depth);
    if (node->kind() == NodeKind::sequence) return set_in_list(*node, depth);
    refuse(assignment_.path, "'" + path_to(depth) + "' is a single value, it has no parts",
           "a path to a map or list", diagnostics_);
    return std::nullopt;
  }

 private:
  std::optional<Node> set_in_map(const Node& map, std::size_t depth) {
    const std::string& key = assignment_.steps[depth].key;
    std::optional<Node> value = set(map.find(key), depth + 1);
    if (!value) return std::nullopt;
    std::vector<MapEntry> entries = map.entries();
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const MapEntry& entry) { return entry.key == key; });
    if (found == entries.end()) {
      entries.push_back({key, value_.node_place(), *std::move(value)});
    } else {
      found->value = *std::move(value);
    }
    return Node::map(std::move(entries), map.node_place());
  }

  std::optional<Node> set_in_list(const Node& list, std::size_t depth) {
    const std::size_t size = list.items().size();
    const std::optional<long long> position = parse_integer(assignment_.steps[depth].key);
    if (!position || *position < 0 || *position > static_cast<long long>(size)) {
      refuse(assignment_.path,
             "'" + path_to(depth) + "' is a list of " + std::to_string(size) + " elements",
             "a position from 0 to " + std::to_string(size), diagnostics_, "out-of-range");
      return std::nullopt;
    }
    const auto index = static_cast<std::size_t>(*position);
    std::optional<Node> value = set(index < size ? &list.items()[index] : nullptr, depth + 1);
    if (!value) return std::nullopt;
    std::vector<Node> items = list.items();
    if (index == size) items.emplace_back();
    items[index] = *std::move(value);
    return Node::sequence(std::move(items), list.node_place());
  }

  std::string path_to(std::size_t depth) const {
    std::string path;
    for (std::size_t i = 0; i < depth; ++i) {
      path += (i > 0 ? "." : "") + assignment_.steps[i].key;
    }
    return path;
  }

  const Assignment& assignment_;
  Node value_;
  Diagnostics& diagnostics_;
};

}  // namespace

Node apply_override(const Node& root, std::string_view assignment, Diagnostics& diagnostics) {
  const std::optional<Assignment> parts = split_assignment(assignment, diagnostics);
  if (!parts) return root;
  if (parts->steps.size() > static_cast<std::size_t>(DocumentLimits{}.depth)) {
    refuse(parts->path, "this path is too long", {}, diagnostics);
    return root;
  }
  Diagnostics problems;
  const Document value = Document::parse(parts->value, origin(parts->path), problems);
  diagnostics.append(problems);
  if (problems.has_errors()) return root;
  return Setter(*parts, value.root(), diagnostics).set(&root, 0).value_or(root);
}

Node apply_overrides(Node root, std::span<const std::string> assignments,
                     Diagnostics& diagnostics) {
  for (const std::string& assignment : assignments) {
    root = apply_override(root, assignment, diagnostics);
  }
  return root;
}

}  // namespace plimsoll
