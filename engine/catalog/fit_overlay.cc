#include "catalog/fit_overlay.h"

#include <string>
#include <string_view>

#include "catalog/words.h"

namespace plimsoll {

namespace {

template <class Q>
void fill(Figure<Q>& figure, const FittedValue& fitted, const FitTable& fit) {
  figure.value = Q(fitted.value);
  figure.low = Q(fitted.low);
  figure.high = Q(fitted.high);
  figure.from.status = FigureStatus::fitted;
  figure.from.confidence = Confidence::medium;
  figure.from.source = fit.source + ": " + fit.name + ", " + fit.date;
}

// "era_matrix:2024-06"
void set_era(KernelEra& era, std::string_view key, const FittedValue& fitted, const FitTable& fit) {
  if (key == "era_matrix:" + era.id) fill(era.matrix, fitted, fit);
  if (key == "era_experts:" + era.id) fill(era.experts, fitted, fit);
  if (key == "era_unpacking:" + era.id) fill(era.unpacking, fitted, fit);
  if (key == "era_unpacking_f16:" + era.id) fill(era.unpacking_f16, fitted, fit);
  if (key == "era_attention:" + era.id) fill(era.attention, fitted, fit);
  if (key == "era_gap:" + era.id) fill(era.gap, fitted, fit);
}

// Of all backends together.
void set_software(EngineSpec& engine, const std::string& key, const FittedValue& fitted,
                  const FitTable& fit) {
  if (key == "message_overhead") fill(engine.message_overhead, fitted, fit);
  if (key == "weight_upload" && engine.weight_upload) fill(*engine.weight_upload, fitted, fit);
  if (key == "request_overhead") fill(engine.serving.request_overhead, fitted, fit);
  if (key == "token_overhead") fill(engine.serving.token_overhead, fitted, fit);
  if (key == "sampling") fill(engine.serving.sampling, fitted, fit);
  if (key == "hop_overhead" && engine.remote) fill(engine.remote->hop_overhead, fitted, fit);
  if (key == "collective_overhead" && engine.remote)
    fill(engine.remote->collective_overhead, fitted, fit);
}

// By the key of a device's unit, else by that of all devices of its vendor.
std::optional<FittedReach> reach(const FitTable& fit, const std::string& own,
                                 const std::string& vendor, double new_sigma) {
  for (const std::string& key : {own, vendor})
    if (const auto found = fit.devices.find(key); found != fit.devices.end())
      return FittedReach{.factor = found->second.value,
                         .log_sigma = found->second.log_sigma(),
                         .known = key == own};
  return FittedReach{.factor = 1.0, .log_sigma = new_sigma};
}

}  // namespace

void lay_over(const std::shared_ptr<const FitTable>& fit, EngineSpec& engine) {
  engine.fit = fit;
  if (const auto found = fit->factors.find(engine.id); found != fit->factors.end())
    for (const auto& [key, fitted] : found->second) set_software(engine, key, fitted, *fit);
  for (BackendSpec& backend : engine.backends) {
    const auto found = fit->factors.find(engine.id + "/" + backend.id);
    if (found == fit->factors.end()) continue;
    visit_factors(backend, [&](const std::string& key, auto& figure) {
      const auto fitted = found->second.find(key);
      if (fitted != found->second.end()) fill(figure, fitted->second, *fit);
    });
    for (const EngineEra& era : engine.eras) {
      KernelEra kernels = era.kernels;
      for (const auto& [key, fitted] : found->second) set_era(kernels, key, fitted, *fit);
      backend.eras[kernels.id] = kernels;
    }
  }
}

void lay_over(const FitTable& fit, DeviceSpec& device) {
  for (ComputeUnitSpec& unit : device.units) {
    const std::string kind = "/" + std::string(word(unit.kind));
    const std::string own = device.id + kind;
    const std::string vendor = "vendor:" + device.vendor + kind;
    unit.memory_reach = reach(fit, own + ":memory", vendor + ":memory", fit.new_memory_sigma);
    unit.compute_reach = reach(fit, own + ":compute", vendor + ":compute", fit.new_compute_sigma);
  }
}

}  // namespace plimsoll
