// Predictions of points that were left out.
//
// Known device: all points of one (source, device, variant, model) are left out; it counts where
// the device keeps points of another model or source. New device: every point of a device is left
// out, its variants and multiples included. Parameters are refitted for each.
#pragma once

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

// By point: which devices are the same but for variant and number.
std::vector<std::string> device_families(const std::vector<const LoweredPoint*>& points);

// By point; nothing where no fold scores it. Stops early when asked to.
std::vector<std::optional<LogPrediction>> predict_left_out(const Fitter& fitter,
                                                           const Posterior& full,
                                                           const std::vector<Fold>& folds,
                                                           const ParallelOptions& options);

}  // namespace plimsoll
