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
  std::string host_link{};  // id of its link to the host; empty: none
  std::string engine;
  const BackendSpec* backend = nullptr;
};

// The part of the profile that was measured on that unit: by the entry, else the only one of its
// kind; null where there is none or it cannot be told.
const BackendResult* measured_on(const Profile& profile, const ProfileTarget& target);

// In the order of the rules; what the profile does not tell is not in it.
std::vector<MovedParameter> apply_profile(const Profile& profile, const ProfileTarget& target);

}  // namespace plimsoll::calibrate
