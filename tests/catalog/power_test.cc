// What the shipped machines say about their power, by what the keys mean.
#include <filesystem>

#include "catalog/catalog.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

TEST_CASE("a load is measured and lies between idle and maximum", "[catalog][shipped]") {
  const std::filesystem::path root = PLIMSOLL_SOURCE_DIR;
  Catalog catalog({{.hwdb = root / "hwdb", .models = root / "models"}});
  int loads = 0;
  int maxima = 0;
  for (const CatalogEntry& entry : catalog.headers(EntryKind::system)) {
    CAPTURE(entry.id);
    Diagnostics problems;
    const SystemSpec* system = catalog.system(entry.id, {}, problems);
    REQUIRE(system != nullptr);
    if (system->load_power) {
      ++loads;
      CHECK(system->load_power->from.status == FigureStatus::measured);
      if (system->idle_power) CHECK(system->idle_power->value < system->load_power->value);
      if (system->max_power) CHECK(system->load_power->value <= system->max_power->value);
    }
    if (system->max_power) {
      ++maxima;
      if (system->idle_power) CHECK(system->idle_power->value < system->max_power->value);
    }
  }
  CHECK(loads > 0);
  CHECK(maxima > 0);
}

}  // namespace
}  // namespace plimsoll
