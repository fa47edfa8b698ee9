// GPU drivers, opened at run time: nothing of them is needed to build or to start the program.
//
// The driver calls of CUDA and HIP that ask what a device is have the same shapes, so one table
// serves both; only names and the numbers of attributes differ.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "detect/facts.h"
#include "detect/file_tree.h"

namespace plimsoll {

// Each returns 0 for success.
struct GpuCalls {
  std::function<int(unsigned flags)> init;
  std::function<int(int* count)> count;
  std::function<int(int* device, int ordinal)> device;
  std::function<int(char* name, int length, int device)> name;
  std::function<int(std::size_t* bytes, int device)> memory;
  std::function<int(int* value, int attribute, int device)> attribute;
};

// A driver that is there, or why it is not: "libcuda.so.1 not found".
struct OpenedDriver {
  GpuCalls calls;
  std::string problem;  // empty: it is there
};

// Numbers of attributes, as in the drivers' headers (CUdevice_attribute, hipDeviceAttribute_t of
// HIP 5 and later).
struct GpuAttributes {
  int cores, clock, bus_bits, memory_clock, integrated, major, minor, domain, bus, slot;
};

struct GpuDriver {
  std::string name;                    // "CUDA"
  std::string vendor;                  // "nvidia"
  std::vector<std::string> libraries;  // the first that opens
  std::vector<std::string> symbols;    // in the order of GpuCalls
  GpuAttributes attributes;
};
const GpuDriver& cuda_driver();
const GpuDriver& hip_driver();

using DriverOpener = std::function<OpenedDriver(const GpuDriver&)>;
// By dlopen; a library stays open as long as the program.
OpenedDriver open_library(const GpuDriver& driver);

std::vector<GpuFacts> ask_driver(const GpuDriver& driver, const DriverOpener& open,
                                 std::vector<std::string>& unseen);

// Graphics cards on the PCI bus that no driver told of: those of which amdgpu tells the memory and
// pci.ids a name, and a word on the others in `unseen`.
std::vector<GpuFacts> read_cards(const FileTree& files, const std::vector<GpuFacts>& told,
                                 std::vector<std::string>& unseen);

#ifdef __APPLE__
std::vector<GpuFacts> ask_metal(std::vector<std::string>& unseen);
#endif

}  // namespace plimsoll
