#include "plan/checkpoint.h"

namespace plimsoll {

void take_checkpoint(Requirement& requirement, Catalog& catalog) {
  if (!requirement.model.has() || requirement.quantization.has()) return;
  Diagnostics told_by_plan;
  const ModelSpec* model = catalog.model(*requirement.model.value, {}, told_by_plan);
  if (model && !model->default_quantization.empty())
    requirement.quantization = {.value = model->default_quantization,
                                .place = requirement.model.place};
}

}  // namespace plimsoll
