#include <algorithm>
#include <map>
#include <string>

#include "base/names.h"
#include "config/node_fields.h"
#include "lint/rules.h"
#include "scenario/machines.h"
#include "scenario/named_backend.h"

namespace plimsoll {

namespace {

// "2x RTX 3090" as --system is that name before it is two machines; with a link or a topology it
// is never one.
bool counts_machines(const std::string& name) {
  const auto machines = parse_machines(name);
  if (!machines || !machines->link.empty() || machines->topology) return true;
  if (machines->system == name) return false;
  const auto spellings = counted_names(machines->count, machines->system);
  return std::none_of(spellings.begin(), spellings.end(), [&](const std::string& spelling) {
    return fold_name(spelling) == fold_name(name);
  });
}

// Why a lookup never gets to it; empty where it does.
std::string unreachable_because(const std::string& name) {
  if (fold_name(name).empty()) return "no letter or digit is left of it when it is compared";
  if (name.ends_with(".yaml") || name.ends_with(".yml")) return "it is taken for a file";
  return {};
}

class NameCheck {
 public:
  NameCheck(EntryKind kind, Catalog& catalog, Diagnostics& diagnostics)
      : kind_(kind), catalog_(catalog), diagnostics_(diagnostics) {}

  void see(const Node* node) {
    if (!node || node->text().empty()) return;
    const std::string& name = node->text();
    const std::string quoted = "'" + name + "'";
    if (const std::string why = unreachable_because(name); !why.empty()) {
      diagnostics_.error("unreachable-name", node->place(), "nobody finds " + quoted + ": " + why,
                         "a name that lookups compare");
    } else if (kind_ == EntryKind::engine && names_backend(name)) {
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
  // "a/b" as --engine is engine a with backend b where an engine a has such a backend.
  bool names_backend(const std::string& name) {
    const std::size_t cut = name.find_first_of(":/");
    if (cut == std::string::npos) return false;
    if (cut == 0 || cut + 1 == name.size()) return true;
    Diagnostics ignored;
    const EngineSpec* engine = catalog_.engine(name.substr(0, cut), {}, ignored);
    return engine && named_backend(*engine, name.substr(cut + 1)) != nullptr;
  }

  EntryKind kind_;
  Catalog& catalog_;
  Diagnostics& diagnostics_;
  std::map<std::string, std::string> seen_;
};

}  // namespace

void note_figures(const Node& root, Diagnostics& notes) {
  if (root.find("value") && text_of(root, "confidence") == "low" && !root.find("range"))
    notes.warning("missing-range", root.place(),
                  "no source says how far off it may be; the interval is that of every figure of "
                  "low confidence",
                  "range: [low, high], where some source gives it");
  for (const MapEntry& entry : root.entries()) note_figures(entry.value, notes);
  for (const Node& item : root.items()) note_figures(item, notes);
}

void check_names(EntryKind kind, const Node& root, Catalog& catalog, Diagnostics& diagnostics) {
  NameCheck name_check(kind, catalog, diagnostics);
  name_check.see(root.find("name"));
  const Node* names = root.find("names");
  if (!names) return;
  NameCheck others(kind, catalog, diagnostics);  // `name` may stand among `names` again
  for (const Node& name : names->items()) others.see(&name);
}

}  // namespace plimsoll
