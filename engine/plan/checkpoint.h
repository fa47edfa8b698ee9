// A requirement that names a model file.
#pragma once

#include "catalog/catalog.h"
#include "plan/plan.h"

namespace plimsoll {

// The checkpoint at hand is the one to run, where there is such a thing and no quantization is
// asked for. A model that is not there is left to plan() to tell.
void take_checkpoint(Requirement& requirement, Catalog& catalog);

}  // namespace plimsoll
