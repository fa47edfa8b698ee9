// A hardware figure: a value that says where it comes from and how far to trust it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/diagnostic.h"
#include "base/quantity.h"

namespace plimsoll {

enum class FigureStatus {
  datasheet,  // the vendor says so, or plain arithmetic on what the vendor says
  measured,   // somebody ran something and published the result
  fitted,     // a committed script derived it from measurements
  claimed,    // said, and measured by nobody
};

enum class Confidence { high, medium, low };

struct ProfileMove;

struct Provenance {
  FigureStatus status = FigureStatus::claimed;
  Confidence confidence = Confidence::low;
  std::string source;  // key of hwdb/sources.yaml, optionally followed by ": note"
  SourcePlace place;   // where the figure stands in our files
  std::string date{};  // of prices: "2026-05" (date.h), "undated"; empty for other figures
  std::shared_ptr<const ProfileMove> moved{};  // null: no profile was laid over it
};

// What a profile of a machine (doc/calibration.md) made of a figure.
struct ProfileMove {
  std::string file;
  std::string date;
  std::string machine;  // it was measured on
  // What the entry and the fit say without it: in base units, its standard deviation of the
  // logarithm, and where that is from.
  double before = 0.0;
  double before_log_sigma = 0.0;
  Provenance from;
};

// In files: {value: 3.35 TB/s, source: STAS, status: datasheet, confidence: high}
// and, where the source gives several values, `range: [low, high]` holding a 90 % interval.
template <class Q>
struct Figure {
  Q value{};
  std::optional<Q> low;
  std::optional<Q> high;
  Provenance from;
};

}  // namespace plimsoll
