#include "report/schema_json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "base/contains.h"
#include "report/json_writer.h"

namespace plimsoll {

namespace {

constexpr std::string_view id_pattern = "^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$";
constexpr std::string_view number_pattern = R"([0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?)";

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(", ", begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end + 2;
  }
  return words;
}

// "us" may also be written with a micro sign or a Greek mu.
std::string unit_pattern(const std::string& unit) {
  return unit.starts_with('u') ? "[uµμ]" + unit.substr(1) : unit;
}

void write_value(JsonWriter& json, const FieldSchema& field);
void write_keys(JsonWriter& json, const Schema& schema);

void write_bound(JsonWriter& json, const char* key, const std::optional<double>& bound) {
  if (bound) json.member(key, *bound);
}

void write_scalar(JsonWriter& json, const FieldSchema& field) {
  if (field.type == "string") {
    // YAML takes `name: 4090` for a number; readers take any scalar for text.
    json.texts("type", std::array{"string", "number", "boolean"}, JsonWriter::Layout::inline_);
  } else if (field.type == "id") {
    json.texts("type", std::array{"string", "number"}, JsonWriter::Layout::inline_);
    json.member("pattern", id_pattern);
  } else if (field.type == "quantity") {
    json.member("type", "string");
    json.member("pattern", std::string_view(quantity_pattern(
                               field.unit, !field.minimum || *field.minimum < 0.0)));
    json.member("description", std::string_view("a number and one of " + field.unit));
  } else if (field.type == "enumeration") {
    json.texts("enum", field.values, JsonWriter::Layout::inline_);
  } else {  // boolean, integer, number
    json.member("type", std::string_view(field.type));
    write_bound(json, "minimum", field.minimum);
    write_bound(json, "maximum", field.maximum);
  }
}

void write_list(JsonWriter& json, const FieldSchema& field) {
  json.member("type", "array");
  json.key("items");
  write_value(json, field.element.front());
  if (field.length == 0) return;
  json.member("minItems", static_cast<std::int64_t>(field.length));
  json.member("maxItems", static_cast<std::int64_t>(field.length));
}

void write_free_keys(JsonWriter& json, const FieldSchema& field) {
  json.member("type", "object");
  json.key("additionalProperties");
  write_value(json, field.element.front());
}

void write_value(JsonWriter& json, const FieldSchema& field) {
  json.open_object();
  if (field.type == "either") {
    json.list("anyOf", field.alternatives, write_value);
  } else if (field.type == "list") {
    write_list(json, field);
  } else if (!field.fields.empty()) {
    write_keys(json, field.fields.front());
  } else if (!field.element.empty()) {
    write_free_keys(json, field);
  } else {
    write_scalar(json, field);
  }
  json.close();
}

using Fields = std::vector<const FieldSchema*>;

template <class Wanted>
Fields fields_of(const Schema& schema, Wanted wanted) {
  Fields found;
  for (const FieldSchema& field : schema.fields)
    if (wanted(field)) found.push_back(&field);
  return found;
}

void write_names(JsonWriter& json, const Fields& required) {
  std::vector<std::string> keys;
  for (const FieldSchema* field : required) keys.push_back(field->key);
  if (!keys.empty()) json.texts("required", keys, JsonWriter::Layout::inline_);
}

void write_case_condition(JsonWriter& json, const SchemaCase& which) {
  json.open_object();
  if (which.absent) {
    json.key("not");
    json.open_object();
  }
  json.texts("required", std::array{which.key}, JsonWriter::Layout::inline_);
  if (!which.word.empty()) {
    json.key("properties");
    json.open_object();
    json.key(which.key);
    json.open_object();
    json.member("const", std::string_view(which.word));
    json.close();
    json.close();
  }
  if (which.absent) json.close();
  json.close();
}

// Keys of one case are required in it as they say, and refused in every other, unless they stand
// in several.
void write_case(JsonWriter& json, const Schema& schema, const SchemaCase& which) {
  const Fields required = fields_of(schema, [&](const FieldSchema& field) {
    const FieldCase* in = field.in_case(which);
    return in && in->required;
  });
  const Fields its_own = fields_of(schema, [&](const FieldSchema& field) {
    return field.cases.size() == 1 && field.in_case(which);
  });
  json.open_object();
  json.key("if");
  write_case_condition(json, which);
  json.key("then");
  json.open_object();
  write_names(json, required);
  json.close();
  json.key("else");
  json.open_object();
  json.key("properties");
  json.open_object();
  for (const FieldSchema* field : its_own) json.member(field->key, false);
  json.close();
  json.close();
  json.close();
}

// A key of several cases is refused where none of them holds.
void write_shared_key(JsonWriter& json, const FieldSchema& field) {
  json.open_object();
  json.key("anyOf");
  json.open_array();
  for (const FieldCase& each : field.cases) write_case_condition(json, each.which);
  json.open_object();
  json.key("properties");
  json.open_object();
  json.member(field.key, false);
  json.close();
  json.close();
  json.close();
  json.close();
}

std::vector<SchemaCase> cases_of(const Schema& schema) {
  std::vector<SchemaCase> cases;
  for (const FieldSchema& field : schema.fields)
    for (const FieldCase& each : field.cases)
      if (!contains(cases, each.which)) cases.push_back(each.which);
  return cases;
}

void write_keys(JsonWriter& json, const Schema& schema) {
  json.member("title", std::string_view(schema.what));
  json.member("type", "object");
  json.key("properties");
  json.open_object();
  for (const FieldSchema& field : schema.fields) {
    json.key(field.key);
    write_value(json, field);
  }
  json.close();
  write_names(json, fields_of(schema, [](const FieldSchema& field) {
                return field.cases.empty() && field.required;
              }));
  json.member("additionalProperties", false);
  const std::vector<SchemaCase> cases = cases_of(schema);
  if (cases.empty()) return;
  json.key("allOf");
  json.open_array();
  for (const SchemaCase& which : cases) write_case(json, schema, which);
  for (const FieldSchema& field : schema.fields)
    if (field.cases.size() > 1) write_shared_key(json, field);
  json.close();
}

}  // namespace

std::string quantity_pattern(const std::string& units, bool may_be_negative) {
  const std::string sign = may_be_negative ? "-?" : "";
  const std::string number = sign + std::string(number_pattern);
  if (units.starts_with('$')) {
    // Dollars may stand before the number, and thousands may be set apart.
    const std::string amount = R"([0-9][0-9,]*(\.[0-9]+)?([eE][+-]?[0-9]+)?)";
    return "^" + sign + R"((\$)" + amount + "|" + amount + " *USD)$";
  }
  std::string spellings;
  for (const std::string& unit : split(units))
    spellings += (spellings.empty() ? "" : "|") + unit_pattern(unit);
  return "^" + number + " *(" + spellings + ")$";
}

std::string schema_json(const Schema& schema) {
  JsonWriter json;
  json.open_object();
  json.member("$schema", "https://json-schema.org/draft/2020-12/schema");
  write_keys(json, schema);
  json.close();
  return json.take();
}

}  // namespace plimsoll
