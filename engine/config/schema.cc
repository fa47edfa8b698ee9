#include "config/schema.h"

#include <utility>

namespace plimsoll {

void Schema::add(FieldSchema field) {
  if (!find(field.key)) fields.push_back(std::move(field));
}

const FieldSchema* Schema::find(const std::string& key) const {
  for (const FieldSchema& field : fields) {
    if (field.key == key) return &field;
  }
  return nullptr;
}

}  // namespace plimsoll
