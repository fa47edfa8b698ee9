// The scenario as a form: what each field holds, what it would hold if left open and why, and which
// values make sense for this model on these machines. Without Qt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "scenario/scenario.h"

namespace plimsoll::gui {

enum class FieldKind {
  name,    // an entry of the catalogue, or the path of a file
  choice,  // one of FieldState::choices
  count,
  share,  // 0 to 1
  bytes,
  flag,
  file,  // a path
};

enum class FieldGroup { model, machines, engine, work, streaming, advanced };

struct FieldChoice {
  std::string value;
};

struct FieldProblem {
  std::string text;
  bool refused = true;  // false: a warning

  friend bool operator==(const FieldProblem&, const FieldProblem&) = default;
};

struct FieldState {
  std::string name;  // as in scenario_fields.h
  FieldKind kind = FieldKind::name;
  FieldGroup group = FieldGroup::model;
  std::string unit;                  // of counts: "tokens"
  bool applies = true;               // false: says nothing about this scenario as it stands
  std::optional<std::string> given;  // by the user
  // If left open; empty: not known before the answer (the best quantization that fits), or nothing.
  std::string usual;
  std::string why;  // that one; empty: it is what files without the field mean
  std::optional<double> least;
  std::optional<double> most;
  std::vector<FieldChoice> choices;
  std::string source;  // of the entry that it names
  std::vector<FieldProblem> problems;

  const std::string& value() const { return given ? *given : usual; }
  bool changed() const { return given && *given != usual; }
};

struct ScenarioForm {
  std::vector<FieldState> fields;      // all, in the order of field_names()
  std::vector<FieldProblem> problems;  // of no field
  bool resolved = false;               // there are no errors
  bool own_cluster = false;            // machines written out, which no field names

  const FieldState& field(std::string_view name) const;  // throws std::out_of_range
};

// Quick enough for every edit once the catalogue has read what the scenario names. While something
// is wrong with the scenario nothing is known of what is left open: then defaults, bounds and
// choices are those of the form before.
ScenarioForm scenario_form(const ScenarioSpec& spec, Catalog& catalog,
                           const ScenarioForm& before = {});

}  // namespace plimsoll::gui
