// What a catalogue entry says, as a tree of named facts: described once for every kind, printed as
// text or as JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "catalog/catalog.h"

namespace plimsoll {

enum class Unit {
  none,
  bytes,
  bytes_per_second,
  flop_per_second,
  seconds,
  hertz,
  watts,
  dollars,
  bits,
};

// A number in base units of its unit.
struct Amount {
  double value = 0.0;
  Unit unit = Unit::none;
};

// A number with its interval and where it comes from.
struct SourcedAmount {
  Amount amount;
  std::optional<double> low;
  std::optional<double> high;
  Provenance from;
};

struct Fact;
using Facts = std::vector<Fact>;

// Several things of one kind; the text shows each under its title.
struct FactGroup {
  std::string title;
  Facts facts;
};
using FactGroups = std::vector<FactGroup>;

using Words = std::vector<std::string>;

struct Fact {
  std::string key;  // snake case, without the unit
  std::variant<std::string, std::int64_t, bool, Amount, SourcedAmount, Words, Facts, FactGroups>
      value;
};

// Everything an entry says beyond id, name and names, in the order of its file format.
Facts describe(const DeviceSpec& device);
Facts describe(const SystemSpec& system);
Facts describe(const ClusterSpec& cluster);
Facts describe(const StorageSpec& storage);
Facts describe(const LinkSpec& link);
Facts describe(const OsSpec& os);
Facts describe(const EngineSpec& engine);
Facts describe(const QuantizationSpec& quantization);
Facts describe(const ModelSpec& model);

// The few facts by which one chooses among entries of a kind. Every entry of a kind has the same
// keys in the same order; what is unknown is an empty text.
Facts summarize(const DeviceSpec& device);
Facts summarize(const SystemSpec& system);
Facts summarize(const ClusterSpec& cluster);
Facts summarize(const StorageSpec& storage);
Facts summarize(const LinkSpec& link);
Facts summarize(const OsSpec& os);
Facts summarize(const EngineSpec& engine);
Facts summarize(const QuantizationSpec& quantization);
// `parameters`: 0 when nobody counted them.
Facts summarize(const ModelSpec& model, double parameters);

}  // namespace plimsoll
