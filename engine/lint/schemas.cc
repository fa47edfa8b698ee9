#include "lint/schemas.h"

#include <stdexcept>

#include "calibrate/profile.h"
#include "catalog/entry_schema.h"
#include "plan/requirement_schema.h"
#include "scenario/scenario_schema.h"

namespace plimsoll {

const std::vector<Schema>& file_schemas() {
  static const std::vector<Schema> schemas = [] {
    std::vector<Schema> all = catalog_schemas();
    all.push_back(scenario_schema());
    all.push_back(requirement_schema());
    all.push_back(calibrate::profile_schema());
    return all;
  }();
  return schemas;
}

const std::string& file_kind(const Schema& schema) {
  const FieldSchema* kind = schema.find("kind");
  if (!kind || kind->values.size() != 1)
    throw std::logic_error("the schema of a " + schema.what + " does not say its kind");
  return kind->values.front();
}

}  // namespace plimsoll
