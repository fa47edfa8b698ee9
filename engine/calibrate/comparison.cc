#include "calibrate/comparison.h"

#include <algorithm>
#include <cmath>

namespace plimsoll::calibrate {
namespace {

bool is_memory_kernel(const FamilyRate& rate) {
  return rate.per == WorkKind::bytes &&
         (rate.family == "read" || rate.family == "copy" || rate.family == "triad");
}

bool is_product(const FamilyRate& rate) {
  return rate.per == WorkKind::flop && rate.family == "matrix_matrix";
}

// Kernels that work in the device's own memory, whose roof is theirs.
bool works_in_memory(const FamilyRate& rate) {
  return rate.per == WorkKind::bytes && rate.family != "host_copy" &&
         !rate.family.starts_with("storage") && !rate.family.starts_with("link");
}

void raise(std::optional<double>& roof, double value) {
  roof = std::max(roof.value_or(0.0), value);
}

const DeviceSpec* device_of(const BackendResult& backend, Catalog& catalog) {
  if (backend.id == "storage" || backend.id == "link") return nullptr;
  Diagnostics unknown;
  for (const std::string& name : {backend.entry, backend.device})
    if (!name.empty())
      if (const DeviceSpec* device = catalog.device(name, {}, unknown)) return device;
  return nullptr;
}

// Of the unit that the backend's kernels run on.
Roofs datasheet_roofs(const BackendResult& backend, const DeviceSpec& device) {
  Roofs roofs{.bandwidth = device.memory.bandwidth.value.base()};
  const ComputeUnitSpec* unit =
      find_unit(device, backend.id == "cpu" ? UnitKind::cpu : UnitKind::gpu);
  if (!unit) return roofs;
  for (const Precision precision : {Precision::fp16, Precision::fp32}) {
    const auto found = unit->rates.find(precision);
    if (found == unit->rates.end()) continue;
    roofs.compute = found->second.peak.value.base();
    break;
  }
  return roofs;
}

std::optional<double> share_of(const FamilyRate& rate, const Roofs& roofs) {
  const auto& roof = rate.per == WorkKind::flop ? roofs.compute : roofs.bandwidth;
  const bool limited = rate.per == WorkKind::flop || works_in_memory(rate);
  if (!limited || !roof || *roof <= 0.0) return std::nullopt;
  return rate.fit.rate / *roof;
}

bool has_fewer_letters(const std::string& a, const std::string& b) {
  return a.size() < b.size();
}

bool is_imported(const Profile& profile) {
  return profile.depth.empty();
}

std::ptrdiff_t count_devices(const Profile& profile, const std::string& id) {
  return std::ranges::count(profile.backends, id, &BackendResult::id);
}

// Other programs name a device in fewer words or more, and a drive by a path: there a part of the
// name will do, and no name where each side has one device of the kind.
bool is_same_device(const Profile& profile, const BackendResult& backend, const Profile& earlier,
                    const BackendResult& other) {
  if (other.id != backend.id) return false;
  if (other.device == backend.device) return true;
  if (!is_imported(profile) && !is_imported(earlier)) return false;
  const std::string& longer = std::max(backend.device, other.device, has_fewer_letters);
  const std::string& shorter = std::min(backend.device, other.device, has_fewer_letters);
  if (!shorter.empty() && longer.find(shorter) != std::string::npos) return true;
  return count_devices(profile, backend.id) == 1 && count_devices(earlier, backend.id) == 1;
}

const FamilyRate* same_rate(const Profile& of, const BackendResult& backend, const FamilyRate& rate,
                            const Profile& profile) {
  for (const BackendResult& other : profile.backends) {
    if (!is_same_device(of, backend, profile, other)) continue;
    for (const FamilyRate& each : other.rates)
      if (each.family == rate.family && each.format == rate.format &&
          each.variant == rate.variant && each.per == rate.per)
        return &each;
  }
  return nullptr;
}

ComparedRate compare_rate(const Profile& of, const BackendResult& backend, const FamilyRate& rate,
                          const ComparedBackend& device, std::span<const Profile> earlier) {
  ComparedRate compared{.rate = &rate,
                        .of_datasheet = share_of(rate, device.datasheet),
                        .of_measured = share_of(rate, device.measured)};
  for (const Profile& profile : earlier) {
    const FamilyRate* before = same_rate(of, backend, rate, profile);
    compared.over_earlier.push_back(before ? std::optional(rate.fit.rate / before->fit.rate)
                                           : std::nullopt);
    if (!before) continue;
    const double error = std::hypot(rate.fit.rate_error, before->fit.rate_error);
    if (std::fabs(std::log(*compared.over_earlier.back())) > 2.0 * error) compared.changed = true;
  }
  return compared;
}

}  // namespace

Roofs measured_roofs(const BackendResult& backend) {
  Roofs roofs;
  for (const FamilyRate& rate : backend.rates) {
    if (!rate.fit.rate_known) continue;
    if (is_memory_kernel(rate)) raise(roofs.bandwidth, rate.fit.rate);
    if (is_product(rate)) raise(roofs.compute, rate.fit.rate);
  }
  return roofs;
}

std::vector<ComparedBackend> compare_profile(const Profile& profile,
                                             std::span<const Profile> earlier, Catalog& catalog) {
  std::vector<ComparedBackend> compared;
  for (const BackendResult& backend : profile.backends) {
    ComparedBackend of{.backend = &backend, .measured = measured_roofs(backend)};
    if (const DeviceSpec* device = device_of(backend, catalog)) {
      of.device_name = device->name;
      of.datasheet = datasheet_roofs(backend, *device);
    }
    for (const FamilyRate& rate : backend.rates)
      of.rates.push_back(compare_rate(profile, backend, rate, of, earlier));
    compared.push_back(std::move(of));
  }
  return compared;
}

}  // namespace plimsoll::calibrate
