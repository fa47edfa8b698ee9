// What would have to give way where nothing meets a requirement: one thing at a time, by search.
#pragma once

#include "plan/search.h"

namespace plimsoll {

// Fills in `relaxations`, smallest first, and where there is none `nearest_miss`.
void relax(const Space& space, Search& search, Catalog& catalog, const CatalogFactory& catalogs,
           const PlanOptions& options, PlanResult& result);

}  // namespace plimsoll
