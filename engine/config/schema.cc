#include "config/schema.h"

#include <algorithm>
#include <utility>

namespace plimsoll {

void Schema::add(FieldSchema field) {
  const auto known = std::find_if(fields.begin(), fields.end(),
                                  [&](const FieldSchema& each) { return each.key == field.key; });
  if (known == fields.end())
    fields.push_back(std::move(field));
  else if (!known->cases.empty())
    known->cases.insert(known->cases.end(), field.cases.begin(), field.cases.end());
}

const FieldCase* FieldSchema::in_case(const SchemaCase& which) const {
  const auto found = std::find_if(cases.begin(), cases.end(),
                                  [&](const FieldCase& each) { return each.which == which; });
  return found == cases.end() ? nullptr : &*found;
}

const FieldSchema* Schema::find(const std::string& key) const {
  for (const FieldSchema& field : fields) {
    if (field.key == key) return &field;
  }
  return nullptr;
}

}  // namespace plimsoll
