// The shipped catalogue, for presenters that name its entries.
#pragma once

#include <filesystem>
#include <memory>

#include "catalog/catalog.h"

namespace plimsoll::gui {

inline std::unique_ptr<Catalog> shipped_catalog() {
  const std::filesystem::path root = PLIMSOLL_SOURCE_DIR;
  return std::make_unique<Catalog>(
      std::vector{DataFolders{.hwdb = root / "hwdb", .models = root / "models"}});
}

}  // namespace plimsoll::gui
