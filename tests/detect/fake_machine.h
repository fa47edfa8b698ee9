// Machines made of files, as Linux would show them, and GPU drivers that are tables.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/run_program.h"
#include "detect/detect.h"
#include "support/catch.h"

namespace plimsoll::test {

inline constexpr double bytes_per_gib = 1024.0 * 1024.0 * 1024.0;

struct FakeCpu {
  std::string name = "AMD Ryzen 9 7950X 16-Core Processor";
  std::string vendor = "AuthenticAMD";
  std::string flags = "fpu lm avx fma avx2 avx512f";
  int sockets = 1;
  int cores_per_socket = 16;
  int threads_per_core = 2;
  bool numa = false;  // a node a socket
};

class FakeMachine {
 public:
  std::filesystem::path root() const { return folder_.path("."); }
  void write(const std::string& path, const std::string& content) const;
  void add_cpu(const FakeCpu& cpu) const;
  void add_memory(double gib) const;
  // SMBIOS of so many DDR5 modules, each with a channel of its own where `channels`.
  void add_modules(int count, int megatransfers, bool channels) const;
  DetectOptions options() const;

 private:
  TemporaryFolder folder_;
};

struct FakeGpu {
  std::string name;
  std::size_t bytes = 0;
  int cores = 0;
  int clock_khz = 0;
  int memory_clock_khz = 0;
  int bus_bits = 0;
  int major = 0;
  int minor = 0;
};
DriverOpener cuda_with(std::vector<FakeGpu> gpus);

inline Catalog& shipped() {
  static Catalog catalog(std::vector<DataFolders>{find_data_folders({})});
  return catalog;
}

inline bool has_line_with(const std::vector<std::string>& lines, const std::string& part) {
  for (const std::string& line : lines)
    if (line.find(part) != std::string::npos) return true;
  return false;
}

// The entries of a detection as a catalogue reads them.
class ReadBack {
 public:
  explicit ReadBack(const DetectedMachine& machine);
  const SystemSpec& system();
  const DeviceSpec& device(const std::string& id);

 private:
  Catalog catalog_;
};

}  // namespace plimsoll::test
