#include "sweep/assignments.h"

#include <algorithm>
#include <array>

#include "config/document.h"
#include "config/node.h"

namespace plimsoll {
namespace {

// Keys of a scenario that hold further keys.
constexpr std::array<std::string_view, 6> sections = {"workload",  "system",  "engine",
                                                      "placement", "cluster", "streaming"};

std::string in_quotes(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n')
      quoted += "\\n";
    else if (c == '\t')
      quoted += "\\t";
    else
      quoted += c;
  }
  return quoted + "\"";
}

std::string step(const std::string& key) {
  return key.find('.') == std::string::npos ? key : "\"" + key + "\"";
}

std::string scalar_text(const Node& node) {
  return node.quoted() ? in_quotes(node.text()) : node.text();
}

// The node as YAML on one line.
std::string in_flow(const Node& node) {
  if (node.kind() == NodeKind::scalar) return scalar_text(node);
  std::string parts;
  const auto add = [&](const std::string& part) { parts += (parts.empty() ? "" : ", ") + part; };
  for (const MapEntry& entry : node.entries())
    add(in_quotes(entry.key) + ": " + in_flow(entry.value));
  for (const Node& item : node.items()) add(in_flow(item));
  return node.kind() == NodeKind::sequence ? "[" + parts + "]" : "{" + parts + "}";
}

// One for each value, so that any of them can be replaced; a list as a whole, as assignments make
// no lists.
void add_leaves(const Node& node, const std::string& path, std::vector<std::string>& assignments) {
  if (node.kind() != NodeKind::map) {
    assignments.push_back(path + "=" + in_flow(node));
    return;
  }
  const std::string before = path.empty() ? "" : path + ".";
  for (const MapEntry& entry : node.entries())
    add_leaves(entry.value, before + step(entry.key), assignments);
}

// What the reader of scenarios says to that value at that path.
std::vector<Diagnostic> reaction(const std::string& path, const std::string& value,
                                 std::span<const std::string> base = {}) {
  std::vector<std::string> assignments(base.begin(), base.end());
  assignments.push_back(path + "=" + value);
  try {
    spec_from(assignments);
  } catch (const InputError& refused) {
    return refused.diagnostics().sorted();
  }
  return {};
}

const Diagnostic* find_code(const std::vector<Diagnostic>& diagnostics, std::string_view code) {
  const auto found = std::find_if(diagnostics.begin(), diagnostics.end(),
                                  [&](const Diagnostic& d) { return d.code == code; });
  return found == diagnostics.end() ? nullptr : &*found;
}

constexpr const char* a_fraction = "0.5";
constexpr const char* a_word = "x";

std::string joined(const std::string& parent, const std::string& key) {
  return parent.empty() ? key : parent + "." + key;
}

// The path itself below `parent` or, misspelled, what the reader would have expected there.
std::string resembling(const std::string& parent, const std::string& key) {
  const std::string path = joined(parent, key);
  const std::vector<Diagnostic> said = reaction(path, a_word);
  const Diagnostic* unknown = find_code(said, "unknown-key");
  if (!unknown) return find_code(said, "bad-override") ? "" : path;
  return unknown->suggestion.empty() ? "" : joined(parent, unknown->suggestion);
}

}  // namespace

std::vector<std::string> assignments_of(const ScenarioSpec& spec) {
  Diagnostics diagnostics;
  const Document document = Document::parse(to_yaml(spec), "scenario", diagnostics);
  throw_if_errors(diagnostics);
  std::vector<std::string> assignments;
  add_leaves(document.root(), {}, assignments);
  return assignments;
}

ScenarioSpec spec_from(const std::vector<std::string>& assignments) {
  return scenario_from_options({}, assignments);
}

PathKind kind_of_path(const std::string& path, std::span<const std::string> base) {
  const std::vector<Diagnostic> to_word = reaction(path, a_word, base);
  // A position beyond the end of a list is out of range; a word never is.
  for (const char* code : {"unknown-key", "bad-override", "out-of-range"})
    if (find_code(to_word, code)) return PathKind::unknown;
  if (find_code(to_word, "unit")) return PathKind::quantity;
  if (!find_code(to_word, "number")) return PathKind::other;
  return find_code(reaction(path, a_fraction, base), "number") ? PathKind::whole_number
                                                               : PathKind::number;
}

std::string nearest_path(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  const std::string key = dot == std::string::npos ? path : path.substr(dot + 1);
  std::vector<std::string> parents = {dot == std::string::npos ? "" : path.substr(0, dot)};
  parents.insert(parents.end(), sections.begin(), sections.end());
  parents.emplace_back();
  std::string nearest;
  for (const std::string& parent : parents) {
    std::string candidate = resembling(parent, key);
    if (candidate == path) continue;
    if (candidate == joined(parent, key)) return candidate;
    if (nearest.empty()) nearest = candidate;
  }
  return nearest;
}

std::size_t path_depth(std::string_view path) {
  bool quoted = false;
  std::size_t depth = 1;
  for (const char c : path) {
    if (c == '"') quoted = !quoted;
    if (c == '.' && !quoted) ++depth;
  }
  return depth;
}

}  // namespace plimsoll
