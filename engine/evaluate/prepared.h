// A scenario with everything decided that its speed depends on: machines as a graph, exact bytes,
// the placement.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "evaluate/speed.h"
#include "fabric/fabric.h"
#include "footprint/footprint.h"
#include "placement/placement.h"
#include "scenario/scenario.h"

namespace plimsoll {

// Bits per weight below which published experience turns bad (flash-moe: 2-bit experts
// break JSON and tool calls, 4-bit do not).
inline constexpr double few_bits = 3.0;

// Owns what the stages point into; not movable once built, hence behind a pointer.
struct Prepared {
  Scenario scenario;
  std::optional<Fabric> fabric;
  Footprint footprint;
  Footprint draft;  // of what drafts for speculative decoding; empty where nothing does
  WeightDemand demand;
  std::vector<Placement> candidates;
  int chosen = -1;     // index into candidates; -1: none fits
  bool paged = false;  // it streams because nothing else fits, not because anybody asked

  bool fits() const { return chosen >= 0; }
  // Experts, or all weights, stay on the drive.
  bool streams() const { return fits() && placement().strategy == PlacementStrategy::streamed; }
  const Placement& placement() const;  // the chosen one, or the one that misses by the fewest bytes
  PlacementRequest placement_request() const;
  LoweringRequest lowering_request() const;
  const Footprint* draft_footprint() const;  // null: no model drafts
};

// Resolves and places. When the spec names no quantization, the best of the engine's list that fits
// is taken (of those that only stream, one of the usual size), or the smallest. Among placements
// that fit, the one whose decode is fastest in simulation is chosen. Returns null when there were
// errors.
std::unique_ptr<Prepared> prepare(const ScenarioSpec& spec, Catalog& catalog,
                                  Diagnostics& diagnostics);

// Weights paged in from the drive, where nothing else fits and the engine is one that can; null
// where that is not so or does not fit either.
std::unique_ptr<Prepared> paged_instead(const Prepared& prepared, Catalog& catalog);

// As prepared, or paged instead.
std::unique_ptr<Prepared> prepare_or_page(const ScenarioSpec& spec, Catalog& catalog,
                                          Diagnostics& diagnostics);

}  // namespace plimsoll
