// The drives of hwdb/storage that somebody measured at several sizes and depths.
#pragma once

#include <vector>

#include "catalog/catalog.h"

namespace plimsoll {

inline std::vector<StorageSpec> drives_with_points() {
  const std::filesystem::path root = PLIMSOLL_SOURCE_DIR;
  Catalog catalog({{.hwdb = root / "hwdb", .models = root / "models"}});
  Diagnostics problems;
  std::vector<StorageSpec> drives;
  for (const CatalogEntry& entry : catalog.headers(EntryKind::storage)) {
    const StorageSpec* drive = catalog.storage(entry.id, {}, problems);
    if (drive && !drive->random_reads.empty()) drives.push_back(*drive);
  }
  return drives;
}

}  // namespace plimsoll
