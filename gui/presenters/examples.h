// Scenarios to start from, shipped beside the data. Without Qt.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "catalog/catalog.h"

namespace plimsoll::gui {

struct Example {
  std::string group;  // folder: "desk-clusters"
  std::string name;   // as the file says, else its stem
  std::filesystem::path file;
};

// Sorted by group, then name; empty where no examples are shipped. They lie beside hwdb/.
std::vector<Example> shipped_examples(const std::vector<DataFolders>& folders);

}  // namespace plimsoll::gui
