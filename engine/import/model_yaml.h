// A model as a file of models/.
#pragma once

#include <string>
#include <vector>

#include "catalog/model_spec.h"
#include "import/draft.h"

namespace plimsoll {

// The text of the entry, in the order of the shipped ones; reading it gives the same architecture.
// With `missing`, a skeleton: those figures are TODO, with the keys they were looked for under.
std::string model_yaml(const ModelSpec& model, const std::vector<MissingFigure>& missing = {});

// What the tensors, the cache and the operators follow from, one line a figure: equal for models of
// one architecture, whatever they are called. `max_context` is no part of it.
std::vector<std::string> architecture_lines(const ModelSpec& model);

}  // namespace plimsoll
