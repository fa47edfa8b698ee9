// The shipped catalogue, for presenters that name its entries, and none.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "catalog/catalog.h"
#include "plan/plan.h"

namespace plimsoll::gui {

inline std::unique_ptr<Catalog> new_shipped_catalog() {
  const std::filesystem::path root = PLIMSOLL_SOURCE_DIR;
  return std::make_unique<Catalog>(
      std::vector{DataFolders{.hwdb = root / "hwdb", .models = root / "models"}});
}

inline CatalogFactory no_data() {
  return [] { return std::make_unique<Catalog>(std::vector<DataFolders>{}); };
}

}  // namespace plimsoll::gui
