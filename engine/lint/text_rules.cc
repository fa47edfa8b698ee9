#include <map>
#include <string>

#include "base/names.h"
#include "config/node_fields.h"
#include "lint/rules.h"
#include "scenario/scenario.h"

namespace plimsoll {

namespace {

// "2x RTX 3090" as --system is two machines called "RTX 3090".
bool counts_machines(const std::string& name) {
  const auto machines = parse_machines(name);
  return !machines || machines->system != name;
}

// Why a lookup never gets to it; empty where it does.
std::string unreachable_because(const std::string& name) {
  if (fold_name(name).empty()) return "no letter or digit is left of it when it is compared";
  if (name.ends_with(".yaml") || name.ends_with(".yml")) return "it is taken for a file";
  return {};
}

class NameCheck {
 public:
  NameCheck(EntryKind kind, Diagnostics& diagnostics) : kind_(kind), diagnostics_(diagnostics) {}

  void see(const Node* node) {
    if (!node || node->text().empty()) return;
    const std::string& name = node->text();
    const std::string quoted = "'" + name + "'";
    if (const std::string why = unreachable_because(name); !why.empty()) {
      diagnostics_.error("unreachable-name", node->place(), "nobody finds " + quoted + ": " + why,
                         "a name that lookups compare");
    } else if (kind_ == EntryKind::engine && name.find_first_of(":/") != std::string::npos) {
      diagnostics_.warning(
          "unreachable-name", node->place(),
          "as the engine of a scenario " + quoted + " is read as one with a backend",
          "a name without ':' and '/'");
    } else if (kind_ == EntryKind::system && counts_machines(name)) {
      diagnostics_.warning(
          "unreachable-name", node->place(),
          "as the system of a scenario " + quoted + " is read as a count of machines",
          "a name without a count, 'over' or a topology");
    }
    const auto [first, fresh] = seen_.emplace(fold_name(name), name);
    if (!fresh)
      diagnostics_.warning("repeated-name", node->place(),
                           quoted + " and '" + first->second + "' are one name when compared",
                           "each name once");
  }

 private:
  EntryKind kind_;
  Diagnostics& diagnostics_;
  std::map<std::string, std::string> seen_;
};

}  // namespace

void check_figures(const Node& root, Diagnostics& diagnostics) {
  if (root.find("value") && text_of(root, "confidence") == "low" && !root.find("range"))
    diagnostics.warning("missing-range", root.place(),
                        "the confidence is low, and nothing says how far off it may be",
                        "range: [low, high]");
  for (const MapEntry& entry : root.entries()) check_figures(entry.value, diagnostics);
  for (const Node& item : root.items()) check_figures(item, diagnostics);
}

void check_names(EntryKind kind, const Node& root, Diagnostics& diagnostics) {
  NameCheck name_check(kind, diagnostics);
  name_check.see(root.find("name"));
  const Node* names = root.find("names");
  if (!names) return;
  NameCheck others(kind, diagnostics);  // `name` may stand among `names` again
  for (const Node& name : names->items()) others.see(&name);
}

}  // namespace plimsoll
