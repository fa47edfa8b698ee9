// The machine a published point ran on: one of the catalogue, or one put together from what the
// point says about devices, host and links.
#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "measurements/measurement.h"
#include "scenario/scenario.h"

namespace plimsoll {

// What a device name stands for.
struct MeasuredDevice {
  std::string entry;                   // system, cluster or device id; empty: unknown
  const SystemSpec* system = nullptr;  // where the entry is one
  const DeviceSpec* device = nullptr;  // that computes: card, SoC or CPU; null of a cluster
  std::vector<AssumedFact> assumed;    // of a product in several variants
};
MeasuredDevice device_of(const Measurement& measurement, Catalog& catalog);

// Instead of a bare device the first machine sold with it, as much memory and a drive: what streams
// experts reads them from there. Left as it is where there is none.
void put_beside_drive(const Measurement& measurement, MeasuredDevice& device, Catalog& catalog);

// Fills in the machines of a scenario in which `devices` of them share one copy of the model.
// Empty, or a reason and a sentence.
struct MachineProblem {
  std::string reason;
  std::string why_not;
  bool none() const { return reason.empty(); }
};
MachineProblem set_machines(const Measurement& measurement, const MeasuredDevice& device,
                            int devices, Catalog& catalog, ScenarioSpec& spec,
                            std::vector<AssumedFact>& assumed);

}  // namespace plimsoll
