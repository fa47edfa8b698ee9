#include "fit/folds.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace plimsoll {

std::vector<std::string> device_families(const std::vector<const LoweredPoint*>& points) {
  std::map<std::string, std::string> leader;
  const auto lead = [&leader](std::string name) {
    while (leader.contains(name) && leader[name] != name) name = leader[name];
    return name;
  };
  for (const LoweredPoint* point : points) {
    const std::string a = lead("name " + point->machine);
    const std::string b = lead("entry " + point->device);
    leader[a] = std::min(a, b);
    leader[b] = std::min(a, b);
  }
  std::vector<std::string> families;
  for (const LoweredPoint* point : points) families.push_back(lead("entry " + point->device));
  return families;
}

namespace {

std::vector<Fold> grouped_folds(const std::vector<std::string>& keys) {
  std::map<std::string, Fold> folds;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    Fold& fold = folds[keys[i]];
    fold.name = keys[i];
    fold.left_out.push_back(i);
  }
  std::vector<Fold> list;
  for (auto& [key, fold] : folds) list.push_back(std::move(fold));
  return list;
}

}  // namespace

std::string_view to_text(Protocol protocol) {
  return protocol == Protocol::known_device ? "known device" : "new device";
}

std::vector<Fold> folds_of(const std::vector<const LoweredPoint*>& points, Protocol protocol) {
  const std::vector<std::string> families = device_families(points);
  std::vector<std::string> witnesses;
  for (const LoweredPoint* point : points) witnesses.push_back(point->point.witness());
  const bool known = protocol == Protocol::known_device;
  std::vector<Fold> folds = grouped_folds(known ? witnesses : families);
  std::map<std::string, std::set<std::string>> witnesses_of;  // a device family
  for (std::size_t i = 0; i < points.size(); ++i) witnesses_of[families[i]].insert(witnesses[i]);
  for (Fold& fold : folds)
    for (const std::size_t i : fold.left_out)
      if (!known || witnesses_of[families[i]].size() > 1) fold.scored.push_back(i);
  std::erase_if(folds, [](const Fold& fold) { return fold.scored.empty(); });
  return folds;
}

std::vector<std::optional<LogPrediction>> predict_left_out(const Fitter& fitter,
                                                           const Posterior& full,
                                                           const std::vector<Fold>& folds,
                                                           const ParallelOptions& options) {
  std::vector<std::optional<LogPrediction>> predictions(fitter.points().size());
  parallel_for(folds.size(), options, [&](std::size_t f, int) {
    std::vector<bool> used(predictions.size(), true);
    for (const std::size_t i : folds[f].left_out) used[i] = false;
    const auto scored = fitter.predict_without(used, full.values, folds[f].scored);
    for (std::size_t k = 0; k < scored.size(); ++k) predictions[folds[f].scored[k]] = scored[k];
  });
  return predictions;
}

}  // namespace plimsoll
