// Requirement files and options, by the same reader.

#include <algorithm>
#include <array>

#include "base/quantity_text.h"
#include "config/document.h"
#include "config/map_reader.h"
#include "plan/plan.h"
#include "plan/requirement_schema.h"
#include "scenario/given_reader.h"
#include "scenario/yaml_writer.h"

namespace plimsoll {
namespace {

// No real requirement comes near these; they catch slipped digits.
constexpr std::int64_t most_tokens = 1'000'000'000;
constexpr std::int64_t most_people = 1'000'000;
constexpr std::int64_t most_spares = 1'000;

constexpr std::string_view rate_unit = "token/s";

// "20 token/s".
struct RateField {
  using Value = double;

  Value read(const Node& node, const field::Context& context) const {
    const std::string* text = field::detail::scalar_text(node, context, rate_unit);
    if (!text) return placeholder();
    const std::size_t space = text->find(' ');
    const auto number = parse_number(std::string_view(*text).substr(0, space));
    const bool has_unit = space != std::string::npos && text->substr(space + 1) == rate_unit;
    if (!number || !has_unit) {
      field::detail::report_unit(node, context, rate_unit);
      return placeholder();
    }
    if (field::detail::within(*number, Bound::positive)) return *number;
    field::detail::report_bound(node, context, Bound::positive);
    return placeholder();
  }
  Value placeholder() const { return 1.0; }
  void describe(FieldSchema& schema) const {
    field::detail::describe_quantity(schema, rate_unit, Bound::positive);
  }
};

// "llama.cpp:cuda".
void read_engine(MapReader& reader, Requirement& requirement) {
  take(reader, "engine", field::text(), requirement.engine);
  if (!requirement.engine.has()) return;
  const std::string text = *requirement.engine.value;
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return;
  requirement.engine.value = text.substr(0, colon);
  requirement.backend = {.value = text.substr(colon + 1), .place = requirement.engine.place};
}

// One "ID", "ID x2" or "2x ID", or a list of them.
void read_own(MapReader& reader, Requirement& requirement) {
  const Node* node =
      reader.take("own", field::either(field::text(), field::list_of(field::text())));
  if (!node) return;
  const auto read_one = [&](const Node& item) {
    const std::string text = field::text().read(item, {"key 'own'", reader.diagnostics()});
    if (item.kind() != NodeKind::scalar) return;
    const auto machines = parse_machines(text);
    if (!machines || !machines->link.empty()) {
      reader.diagnostics().error("bad-machines", item.place(), "'" + text + "' names no machines",
                                 "'ID', 'ID x2' or '2x ID'");
      return;
    }
    requirement.own.push_back(
        {.system = machines->system, .count = machines->count, .place = item.place()});
  };
  if (node->kind() != NodeKind::sequence) return read_one(*node);
  for (const Node& item : node->items()) read_one(item);
}

constexpr std::array<field::Word<Acquisition>, 2> acquisition_words = {{
    {"buy", Acquisition::buy},
    {"rent", Acquisition::rent},
}};

Requirement read(const Node& root, Diagnostics& diagnostics, Schema* schema = nullptr) {
  const auto read_keys = [](MapReader& reader) {
    Requirement r;
    // A file must say it (read_requirement), options need not.
    const std::string kind =
        reader.wanted("kind", field::constant("requirement")).value_or("requirement");
    if (kind != "requirement")
      reader.error("kind", "wrong-kind-of-file", "this is a '" + kind + "', not a requirement",
                   "kind: requirement");
    take(reader, "model", field::text(), r.model);
    take(reader, "quantization", field::text(), r.quantization);
    read_engine(reader, r);
    take(reader, "systems", field::text(), r.systems);
    take(reader, "at_least", RateField{}, r.at_least);
    take(reader, "ttft", field::quantity<Seconds>(Bound::positive), r.ttft);
    take(reader, "context", field::integer(1, most_tokens), r.context);
    take(reader, "prompt", field::integer(1, most_tokens), r.prompt);
    take(reader, "generate", field::integer(1, most_tokens), r.generate);
    take_int(reader, "users", 1, most_people, r.users);
    take_int(reader, "replicas_to_spare", 0, most_spares, r.spare);
    take(reader, "budget", field::quantity<Dollars>(Bound::positive), r.budget);
    take(reader, "power", field::quantity<Watts>(Bound::positive), r.power);
    read_own(reader, r);
    r.acquisition = reader.value_or("pay", field::enumeration(acquisition_words), Acquisition::buy);
    return r;
  };
  return read_map(root, "requirement", diagnostics, read_keys, schema);
}

// People write "--budget 3000"; files say the unit.
std::string with_unit(const std::string& key, const std::string& value) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> units = {
      {{"at_least", rate_unit}, {"ttft", "s"}, {"budget", "USD"}, {"power", "W"}}};
  const auto found =
      std::find_if(units.begin(), units.end(), [&](const auto& unit) { return unit.first == key; });
  if (found == units.end() || !parse_number(value)) return value;
  return value + " " + std::string(found->second);
}

// The file's entries, with those of the options in their place.
Node merged(const Node& root, const std::vector<std::pair<std::string, std::string>>& options) {
  std::vector<MapEntry> entries = root.entries();
  std::vector<Node> own;
  const auto set = [&entries](MapEntry entry) {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const MapEntry& e) { return e.key == entry.key; });
    if (found == entries.end())
      entries.push_back(std::move(entry));
    else
      *found = std::move(entry);
  };
  for (const auto& [key, value] : options) {
    const NodePlace place{.file = std::make_shared<const std::string>("--" + key)};
    Node node = Node::scalar(with_unit(key, value), false, place);
    if (key == "own") {
      own.push_back(std::move(node));
      node = Node::sequence(own, place);
    }
    set({.key = key, .key_place = place, .value = std::move(node)});
  }
  return Node::map(std::move(entries), root.node_place());
}

std::string machines_text(const OwnedMachines& owned) {
  return owned.count == 1 ? owned.system : std::to_string(owned.count) + "x " + owned.system;
}

}  // namespace

Schema requirement_schema() {
  Schema schema;
  Diagnostics silent;
  read(Node(), silent, &schema);
  return schema;
}

Requirement read_requirement(const std::filesystem::path& file,
                             const std::vector<std::pair<std::string, std::string>>& options) {
  Diagnostics diagnostics;
  const Document document = Document::load_file(file, diagnostics);
  const Node& root = document.root();
  if (root.kind() == NodeKind::invalid) throw_if_errors(diagnostics);
  if (root.kind() == NodeKind::map && !root.find("kind"))
    diagnostics.error("missing-key", root.place(), "the file does not say what it is",
                      "kind: requirement");
  Requirement requirement =
      read(root.kind() == NodeKind::map ? merged(root, options) : root, diagnostics);
  throw_if_errors(diagnostics);
  return requirement;
}

Requirement requirement_from_options(
    const std::vector<std::pair<std::string, std::string>>& options) {
  Diagnostics diagnostics;
  const NodePlace nowhere{.file = std::make_shared<const std::string>("command line")};
  Requirement requirement = read(merged(Node::map({}, nowhere), options), diagnostics);
  throw_if_errors(diagnostics);
  return requirement;
}

std::string to_yaml(const Requirement& requirement) {
  YamlWriter out;
  out.line(0, "kind", "requirement");
  out.given(0, "model", requirement.model);
  out.given(0, "quantization", requirement.quantization);
  if (requirement.engine.has()) {
    const std::string backend =
        requirement.backend.has() ? ":" + *requirement.backend.value : std::string();
    out.line(0, "engine", quoted(*requirement.engine.value + backend));
  }
  out.given(0, "systems", requirement.systems);
  const auto quantity = [&out](const char* key, const auto& given) {
    if (given.has()) out.line(0, key, print_exact(*given.value));
  };
  if (requirement.at_least.has())
    out.line(0, "at_least",
             exact_number(*requirement.at_least.value) + " " + std::string(rate_unit));
  quantity("ttft", requirement.ttft);
  out.given(0, "context", requirement.context);
  out.given(0, "prompt", requirement.prompt);
  out.given(0, "generate", requirement.generate);
  out.given(0, "users", requirement.users);
  out.given(0, "replicas_to_spare", requirement.spare);
  quantity("budget", requirement.budget);
  quantity("power", requirement.power);
  std::vector<std::string> own;
  for (const OwnedMachines& owned : requirement.own) own.push_back(machines_text(owned));
  out.texts(0, "own", own);
  out.line(0, "pay", requirement.acquisition == Acquisition::rent ? "rent" : "buy");
  return out.take();
}

}  // namespace plimsoll
