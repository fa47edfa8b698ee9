#include "measurements/measured_weights.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/contains.h"
#include "footprint/footprint.h"

namespace plimsoll {

namespace {

bool loads(const EngineSpec& engine, const QuantizationSpec& quantization) {
  const auto has = [&](const std::string& family) {
    return contains(engine.weight_families, family);
  };
  return has(quantization.family) ||
         std::any_of(quantization.counterparts.begin(), quantization.counterparts.end(),
                     [&](const auto& pair) { return has(pair.first); });
}

bool multiplies_in(const DeviceSpec& device, Precision precision) {
  const ComputeUnitSpec* gpu = find_unit(device, UnitKind::gpu);
  return gpu && gpu->rates.contains(precision);
}

class WeightChooser {
 public:
  WeightChooser(const Measurement& m, const ModelSpec& model, const EngineSpec& engine,
                const DeviceSpec& device, Catalog& catalog)
      : m_(m), model_(model), engine_(engine), device_(device), catalog_(catalog) {
    for (const std::string& id : engine.default_quantizations)
      if (const QuantizationSpec* found = named(id)) usual_.push_back(found);
  }

  MeasuredWeights run() { return m_.quantization.empty() ? not_stated() : stated(); }

 private:
  const QuantizationSpec* named(const std::string& name) {
    Diagnostics quiet;
    return catalog_.quantization(name, m_.place, quiet);
  }

  static int whole_bits(const QuantizationSpec& quantization) {
    return static_cast<int>(quantization.nominal_bits);
  }

  // The engine's first usual one of so many whole bits, or null.
  const QuantizationSpec* usual(int bits) const {
    const auto found = std::find_if(usual_.begin(), usual_.end(),
                                    [bits](const auto* each) { return whole_bits(*each) == bits; });
    return found == usual_.end() ? nullptr : *found;
  }

  MeasuredWeights stated() {
    const QuantizationSpec* named_so = named(m_.quantization);
    if (!named_so)
      return {.quantization = {},
              .assumed = {},
              .reason = "unresolved-quantization",
              .why_not = "unresolved quantization '" + m_.quantization + "'"};
    if (loads(engine_, *named_so)) return taken(*named_so);
    const QuantizationSpec* own = usual(whole_bits(*named_so));
    if (!own)
      return {.quantization = {},
              .assumed = {},
              .reason = "unsupported-quantization",
              .why_not = engine_.name + " does not load " + named_so->name};
    return assumed(*own, m_.quantization + " means " + own->name + " with " + engine_.name,
                   log_ratio(*own, *named_so));
  }

  MeasuredWeights not_stated() {
    if (const QuantizationSpec* submitted = submitted_format()) return taken(*submitted);
    const QuantizationSpec* native = named(model_.native_format);
    if (native && serves_checkpoints() && loads(engine_, *native)) return chosen(*native);
    if (const QuantizationSpec* usual_one = usual_that_fits()) return chosen(*usual_one);
    return {.quantization = {},
            .assumed = {},
            .reason = "quantization-not-stated",
            .why_not = "no quantization is stated"};
  }

  // One of 4 bits before others, but none that the devices cannot hold where one is that they can.
  const QuantizationSpec* usual_that_fits() const {
    constexpr int usual_bits = 4;
    std::vector<const QuantizationSpec*> ordered = usual_;
    std::stable_partition(ordered.begin(), ordered.end(), [](const QuantizationSpec* each) {
      return whole_bits(*each) == usual_bits;
    });
    const auto found = std::find_if(ordered.begin(), ordered.end(),
                                    [&](const QuantizationSpec* each) { return fits(*each); });
    if (found != ordered.end()) return *found;
    return ordered.empty() ? nullptr : ordered.front();
  }

  bool fits(const QuantizationSpec& quantization) const {
    const auto& capacity = device_.memory.capacity;
    if (!m_.placement.empty() || (!m_.memory_gb && !capacity)) return true;
    const double memory = m_.memory_gb ? *m_.memory_gb * memory_gigabyte : capacity->value.base();
    Diagnostics quiet;
    return weight_bytes(model_, quantization, {}, catalog_, quiet).base() <= memory * m_.count;
  }

  // MLPerf's closed division leaves the format open and counts accuracy: submissions run the
  // narrowest that the chip multiplies in (precision: fp8 on Hopper, fp4 on Blackwell, in
  // closed/NVIDIA/configs of github.com/mlcommons/inference_results_v4.1, whose code others
  // submit with).
  const QuantizationSpec* submitted_format() {
    if (!m_.engine.starts_with("MLPerf")) return nullptr;
    using Choice = std::pair<Precision, const char*>;
    for (const auto& [precision, id] :
         {Choice{Precision::fp4, "nvfp4"}, Choice{Precision::fp8, "fp8"}})
      if (const QuantizationSpec* found = multiplies_in(device_, precision) ? named(id) : nullptr;
          found && loads(engine_, *found))
        return found;
    return nullptr;
  }

  bool serves_checkpoints() const { return contains(engine_.weight_families, "safetensors"); }

  static MeasuredWeights taken(const QuantizationSpec& quantization) {
    return {.quantization = quantization.id, .assumed = {}, .reason = {}, .why_not = {}};
  }
  static MeasuredWeights assumed(const QuantizationSpec& quantization, std::string what,
                                 double log_sigma) {
    return {.quantization = quantization.id,
            .assumed = AssumedFact{.what = std::move(what), .log_sigma = log_sigma},
            .reason = {},
            .why_not = {}};
  }

  // What is read per token, and so the time, is in proportion to the bits.
  static double log_ratio(const QuantizationSpec& a, const QuantizationSpec& b) {
    return std::fabs(std::log(a.nominal_bits / b.nominal_bits));
  }

  // The others that it may have been are those that the engine usually runs.
  MeasuredWeights chosen(const QuantizationSpec& quantization) const {
    double squares = 0.0;
    for (const QuantizationSpec* other : usual_)
      squares += std::pow(log_ratio(quantization, *other), 2.0);
    const double sigma =
        usual_.empty() ? 0.0 : std::sqrt(squares / static_cast<double>(usual_.size()));
    return assumed(quantization, "quantization: " + quantization.name, sigma);
  }

  const Measurement& m_;
  const ModelSpec& model_;
  const EngineSpec& engine_;
  const DeviceSpec& device_;
  Catalog& catalog_;
  std::vector<const QuantizationSpec*> usual_;
};

}  // namespace

MeasuredWeights weights_of(const Measurement& measurement, const ModelSpec& model,
                           const EngineSpec& engine, const DeviceSpec& device, Catalog& catalog) {
  return WeightChooser(measurement, model, engine, device, catalog).run();
}

}  // namespace plimsoll
