// CPU, memory, drives and networks as Linux shows them. What cannot be seen is told in `unseen`.
#pragma once

#include <string>
#include <vector>

#include "detect/facts.h"
#include "detect/file_tree.h"

namespace plimsoll {

CpuFacts read_cpu(const FileTree& files, std::vector<std::string>& unseen);
MemoryFacts read_memory(const FileTree& files, std::vector<std::string>& unseen);
std::vector<DriveFacts> read_drives(const FileTree& files, std::vector<std::string>& unseen);
std::vector<NetworkFacts> read_networks(const FileTree& files, std::vector<std::string>& unseen);
std::string read_product(const FileTree& files);

// The memory modules of an SMBIOS table (DMTF DSP0134, type 17); nothing where it lists none. The
// table is firmware's: no length in it is believed.
std::optional<ModuleFacts> read_modules(const std::string& table);

}  // namespace plimsoll
