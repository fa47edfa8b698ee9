// How wide intervals have to be, learned from predictions of points that were left out.
//
// Nine tenths of them have to lie within (split conformal prediction). The standard deviations of
// predictions are multiplied by a factor for that, and made more alike where they say little about
// the errors (WidthLaw). Both come from the errors themselves, for each point from those that were
// not left out with it (cross-fitted): the factor from the other folds of its protocol, the share
// from the other devices in all protocols, as it is the model that knows much or little.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "fit/folds.h"

namespace plimsoll {

// Of a protocol; predictions by point.
struct FoldPredictions {
  std::vector<Fold> folds;
  std::vector<std::optional<LogPrediction>> predictions;
};

// The points with their intervals.
struct ScoredPoints {
  std::vector<SpeedPoint> points;
  std::map<SpeedCell, WidthLaw> widths;  // from all of them: for points to come
  // The same points, each with the constant band that is best on its cell's points of all other
  // folds: what a program without a model of its own uncertainty would print.
  std::vector<SpeedPoint> banded;
};
// By protocol.
std::vector<ScoredPoints> score(const std::vector<const LoweredPoint*>& points,
                                const std::vector<FoldPredictions>& protocols);

}  // namespace plimsoll
