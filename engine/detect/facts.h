// What a machine shows of itself, before anybody looks into the catalogue.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/quantity.h"

namespace plimsoll {

struct CacheFacts {
  int level = 0;
  Bytes size{};  // of one
  int count = 0;
};

struct CpuFacts {
  std::string name{};                // as the kernel tells it; empty: it does not
  std::vector<std::string> chips{};  // of boards whose CPU has no name: "brcm,bcm2712" -> "bcm2712"
  std::string vendor{};              // "intel", "amd", "arm"; empty: not told
  int sockets = 0;
  int cores = 0;  // of all sockets; 0: not visible
  int threads = 0;
  int numa_nodes = 0;
  std::vector<CacheFacts> caches{};  // data and unified ones
  std::vector<std::string> flags{};  // "avx2", "asimd"
  std::optional<Hertz> clock{};      // base clock where it is told
  std::string clock_from{};          // where it is told
};

// Memory modules as the firmware lists them (SMBIOS type 17).
struct ModuleFacts {
  int modules = 0;             // populated
  int bus_bits = 0;            // of all channels with a module
  bool channels_told = false;  // false: every module is taken for a channel
  double megatransfers_per_second = 0.0;
  std::string type{};  // "DDR5"; empty: not told
  Bytes size{};
};

struct MemoryFacts {
  std::optional<Bytes> visible{};  // to the kernel
  std::optional<Bytes> limit{};    // of the control group, where that is less
  std::string limit_from{};        // the file that says so
  std::optional<ModuleFacts> modules{};

  // What programs can have.
  std::optional<Bytes> usable() const { return limit ? limit : visible; }
};

struct GpuFacts {
  std::vector<std::string> names{};  // what it may be called; the first is for people
  std::string vendor{};              // "nvidia", "amd", "intel", "apple"
  std::string told_by{};             // "CUDA", "HIP", "Metal", "amdgpu"
  Bytes memory{};
  bool integrated = false;  // its memory is the machine's
  int cores = 0;            // SMs, CUs; 0: not told
  std::optional<Hertz> clock{};
  std::optional<Hertz> memory_clock{};
  int bus_bits = 0;
  int capability = 0;       // CUDA's, 10 major + minor; 0: has none
  std::string address{};    // "0000:01:00.0"; empty: not told
  std::string host_link{};  // "pcie-4.0-x16", the most its slot and it can do; empty: not told
};

struct DriveFacts {
  std::string device{};  // "nvme0n1"
  std::string model{};   // empty: not told
  Bytes size{};
  std::string bus{};  // "NVMe", "SATA", "USB", "virtio", "SD or eMMC"; empty: not told
  bool rotational = false;
  std::string link{};  // "16.0 GT/s PCIe x4"; empty: not told
};

struct NetworkFacts {
  std::string interface {};  // "eth0", "mlx5_0"
  bool infiniband = false;
  std::optional<double> gigabits_per_second{};  // as negotiated; nothing: no link, or not told
};

struct MachineFacts {
  std::string product{};  // as the firmware calls the machine; empty: not told
  CpuFacts cpu;
  MemoryFacts memory;
  std::vector<GpuFacts> gpus{};
  std::vector<DriveFacts> drives{};
  std::vector<NetworkFacts> networks{};
  std::vector<std::string> unseen{};  // what could not be seen, and why
};

}  // namespace plimsoll
