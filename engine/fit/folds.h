// Predictions of points that were left out, and how wide their intervals have to be.
//
// Known device: all points of one (source, device, variant, model) are left out; it counts where
// the device keeps points of another model or source. New device: every point of a device is left
// out, its variants and multiples included. Parameters are refitted for each.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/parallel.h"
#include "fit/posterior.h"

namespace plimsoll {

enum class Protocol { known_device, new_device };
std::string_view to_text(Protocol protocol);

// Points that are left out together, and those of them that count.
struct Fold {
  std::string name;
  std::vector<std::size_t> left_out;
  std::vector<std::size_t> scored;
};
std::vector<Fold> folds_of(const std::vector<const LoweredPoint*>& points, Protocol protocol);

// By point; nothing where no fold scores it. Stops early when asked to.
std::vector<std::optional<LogPrediction>> predict_left_out(const Fitter& fitter,
                                                           const Posterior& full,
                                                           const std::vector<Fold>& folds,
                                                           const ParallelOptions& options);

// What standard deviations have to be multiplied by for nine tenths of the weight to lie within.
using WidthFactors = std::map<SpeedCell, double>;

// The points with their intervals. Factors come from the errors themselves, each point's from those
// of all other folds (cross-fitted).
struct ScoredPoints {
  std::vector<SpeedPoint> points;
  WidthFactors factors;  // from all of them: for points to come
  // The same points, each with the constant band that is best on its cell's points of all other
  // folds: what a program without a model of its own uncertainty would print.
  std::vector<SpeedPoint> banded;
};
ScoredPoints score(const std::vector<const LoweredPoint*>& points, const std::vector<Fold>& folds,
                   const std::vector<std::optional<LogPrediction>>& predictions);

}  // namespace plimsoll
