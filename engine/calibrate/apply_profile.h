// How a profile moves predictions: parameters of the cost model (cost/cost_model.h) with the values
// and spreads that the measurements leave them.
//
//   roofs         what the best kernel reached, with its error
//   efficiencies  of an engine's kernel e, of ours m: log e ~ N(log m + log T, s_T^2 + s_m^2),
//   where
//                 T is how far engines' kernels are behind ours; combined with what the engine's
//                 entry or the fit says by their precisions
//
// The rules, with T for each, are a table in apply_profile.cc and doc/calibration.md.
#pragma once

#include <string>
#include <vector>

#include "calibrate/profile.h"
#include "catalog/engine_spec.h"

namespace plimsoll::calibrate {

// A parameter of the cost model by its key, as what it now is.
struct MovedParameter {
  std::string key;         // "device:h200-sxm/gpu:memory", "llama.cpp/cuda:bandwidth:q4"
  double value = 0.0;      // in base units
  double log_sigma = 0.0;  // standard deviation of its logarithm
  Provenance from;
};

// What is asked about: one device under one backend of an engine.
struct ProfileTarget {
  std::string device;  // id of the catalogue, as in the keys of parameters
  UnitKind unit = UnitKind::gpu;
  std::string
      host_link{};  // id of its link to the host, of a part "link" of that link; empty: none
  std::string engine;
  const BackendSpec* backend = nullptr;
  std::string kernels{};  // id of the engine whose kernels it runs
};

// Whether a part of a profile is about units of that kind.
bool part_runs_on(const BackendResult& part, UnitKind unit);

// The part of the profile that was measured on that unit: by the entry, else the only one of its
// kind; null where there is none or it cannot be told.
const BackendResult* measured_on(const Profile& profile, const ProfileTarget& target);

// What one part of a profile tells: of the unit and its link to the host, whatever runs there; and
// of the kernels of the target's backend. In the order of the rules; what the profile does not tell
// is not in it.
std::vector<MovedParameter> moved_roofs(const Profile& profile, const BackendResult& part,
                                        const ProfileTarget& target);
std::vector<MovedParameter> moved_factors(const Profile& profile, const BackendResult& part,
                                          const ProfileTarget& target);

// Beside what was known of it without the profile: precisions add.
MovedParameter combined_with(MovedParameter moved, double value, double log_sigma);

// Both, of the part that was measured on the target.
std::vector<MovedParameter> apply_profile(const Profile& profile, const ProfileTarget& target);

}  // namespace plimsoll::calibrate
