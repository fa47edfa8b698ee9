#include "import/nearest.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/contains.h"
#include "import/model_yaml.h"

namespace plimsoll {
namespace {

bool same_tensors(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Tensor& x, const Tensor& y) {
    return x.name == y.name && x.row == y.row && x.rows == y.rows;
  });
}

std::vector<std::string> lines_without(const std::vector<std::string>& lines,
                                       const std::vector<std::string>& others) {
  std::vector<std::string> rest;
  for (const std::string& line : lines) {
    if (!contains(others, line)) rest.push_back(line);
  }
  return rest;
}

}  // namespace

std::optional<Bytes> difference_from(const QuantizationSpec& recipe, const ModelSpec& model,
                                     const std::vector<Tensor>& tensors, Catalog& catalog) {
  Diagnostics problems;
  std::vector<Tensor> predicted = tensors;
  assign_formats(predicted, model, recipe, {}, catalog, problems);
  if (problems.has_errors()) return std::nullopt;
  double sum = 0.0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    sum += std::abs(predicted[i].bytes.base() - tensors[i].bytes.base());
  }
  return Bytes(sum);
}

NearestQuantization nearest_quantization(const ModelSpec& model, const std::vector<Tensor>& tensors,
                                         const std::string& family, const std::string& likely,
                                         Catalog& catalog) {
  NearestQuantization nearest;
  // Of recipes that come equally near, a general one before a publisher's, and then the plainest:
  // its rules are not about other models.
  const auto plainness = [](const QuantizationSpec& recipe) {
    return std::pair(recipe.recipe != "exact", recipe.rules.size());
  };
  auto best = plainness({});
  const auto consider = [&](const std::string& id) {
    Diagnostics ignored;
    const QuantizationSpec* recipe = catalog.quantization(id, {}, ignored);
    if (!recipe || recipe->family != family) return;
    const auto bytes = difference_from(*recipe, model, tensors, catalog);
    if (!bytes) return;
    const bool nearer =
        *bytes < nearest.difference || (*bytes == nearest.difference && plainness(*recipe) < best);
    if (nearest.compared && !nearer) return;
    nearest = {.id = id, .difference = *bytes, .compared = true};
    best = plainness(*recipe);
  };
  if (!likely.empty()) consider(likely);
  if (nearest.compared) best = {};  // the one the file names is not outdone by equals
  if (nearest.compared && nearest.difference == Bytes()) return nearest;
  for (const CatalogEntry& entry : catalog.headers(EntryKind::quantization)) consider(entry.id);
  return nearest;
}

std::optional<CatalogMatch> catalog_match(const ModelSpec& model, Catalog& catalog) {
  const std::vector<Tensor> tensors = enumerate_tensors(model);
  const std::vector<std::string> lines = architecture_lines(model);
  std::optional<CatalogMatch> best;
  bool same_context = false;  // of the best
  for (const CatalogEntry& entry : catalog.headers(EntryKind::model)) {
    Diagnostics ignored;
    const ModelSpec* known = catalog.model(entry.id, {}, ignored);
    if (!known || known->hidden != model.hidden || known->vocab != model.vocab ||
        known->layers.size() != model.layers.size() ||
        !same_tensors(enumerate_tensors(*known), tensors))
      continue;
    CatalogMatch match{entry.id, lines_without(lines, architecture_lines(*known))};
    const bool context = known->max_context == model.max_context;
    const bool fewer = best && match.differences.size() < best->differences.size();
    const bool equal = best && match.differences.size() == best->differences.size();
    if (best && !fewer && !(equal && context && !same_context)) continue;
    best = std::move(match);
    same_context = context;
  }
  return best;
}

}  // namespace plimsoll
