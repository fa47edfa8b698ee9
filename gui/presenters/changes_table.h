// The ranked single changes as a table. Without Qt.
#pragma once

#include <string>
#include <vector>

#include "evaluate/outcome.h"

namespace plimsoll::gui {

struct ChangeRow {
  std::string change;  // "quantization Q8_0 -> Q4_K_M"
  std::string kind;    // "quantization"
  std::string effect;  // "1.24x"; empty where the scenario itself does not run
  std::string rate;    // "54.1 token/s"
  std::string interval;
  std::string verdict;               // "fits"
  std::vector<std::string> remarks;  // what else it does; the warning of a lossy change first
  bool doubtful = false;             // there is such a warning
  std::string option;                // "--set quantization=q4_k_m"
  std::vector<std::string> set;      // the same, as overrides
  // What the columns are sorted by.
  double factor = 0.0;
  double tokens_per_second = 0.0;
};

// In the engine's order: what helps most, harmless changes before lossy ones.
std::vector<ChangeRow> change_rows(const Outcome& outcome);

// Each once, in the order of the rows.
std::vector<std::string> kinds_of(const std::vector<ChangeRow>& rows);

}  // namespace plimsoll::gui
