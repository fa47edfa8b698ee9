// GPU drivers that are there, are not, or fail.

#include "detect/gpu_driver.h"
#include "detect/match.h"
#include "fake_machine.h"

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

GpuFacts card(const std::string& name, double gib, int cores) {
  return {.names = {name},
          .vendor = "nvidia",
          .told_by = "CUDA",
          .memory = Bytes(gib * (1 << 30)),
          .cores = cores};
}

std::string matched(const GpuFacts& gpu) {
  const auto match = match_gpu(gpu, shipped());
  return match.spec ? match.spec->id : "";
}

}  // namespace

TEST_CASE("a driver that is not there is told of", "[detect]") {
  std::vector<std::string> unseen;
  CHECK(ask_driver(cuda_driver(), cuda_with({}), unseen).empty());
  CHECK(unseen == std::vector<std::string>{"no CUDA driver: libcuda.so.1 not found"});
}

TEST_CASE("a library that does not exist opens as a problem", "[detect]") {
  GpuDriver driver = cuda_driver();
  driver.libraries = {"libplimsoll-no-such-driver.so.1"};
  CHECK(open_library(driver).problem == "libplimsoll-no-such-driver.so.1 not found");
  driver.libraries = {"libc.so.6"};
  CHECK(open_library(driver).problem == "libc.so.6 lacks calls that are needed");
}

TEST_CASE("a driver that fails to start is told of", "[detect]") {
  std::vector<std::string> unseen;
  const auto open = [](const GpuDriver&) {
    GpuCalls calls;
    calls.init = [](unsigned) { return 100; };  // CUDA_ERROR_NO_DEVICE
    return OpenedDriver{.calls = calls, .problem = {}};
  };
  CHECK(ask_driver(cuda_driver(), open, unseen).empty());
  CHECK(unseen == std::vector<std::string>{"CUDA: the driver could not start (error 100)"});
}

TEST_CASE("a name is believed where memory and cores agree", "[detect]") {
  CHECK(matched(card("NVIDIA GeForce RTX 4090", 23.64, 128)) == "rtx-4090");
  // The same name with twice the memory is another card.
  CHECK(matched(card("NVIDIA GeForce RTX 4090", 47.4, 128)) != "rtx-4090");
  CHECK(matched(card("NVIDIA GeForce RTX 4090", 23.64, 64)).empty());
  CHECK(matched(card("NVIDIA H100 80GB HBM3", 79.2, 132)) == "h100-sxm5-80gb");
  CHECK(matched(card("NVIDIA H200", 139.8, 132)) == "h200-sxm-141gb");
  CHECK(matched(card("NVIDIA A100-SXM4-80GB", 79.2, 108)) == "a100-sxm-80gb");
  CHECK(matched(card("NVIDIA GeForce RTX 3060", 11.76, 28)) == "rtx-3060-12gb");
  CHECK(matched(card("NVIDIA Imaginary 1", 8, 10)).empty());
}

TEST_CASE("a card whose driver is missing is named, and left out", "[detect]") {
  const FakeMachine machine;
  machine.write("sys/bus/pci/devices/0000:01:00.0/class", "0x030000\n");
  machine.write("sys/bus/pci/devices/0000:01:00.0/vendor", "0x10de\n");
  machine.write("sys/bus/pci/devices/0000:01:00.0/device", "0x2684\n");
  machine.write("sys/bus/pci/devices/0000:00:02.0/class", "0x030000\n");
  machine.write("sys/bus/pci/devices/0000:00:02.0/vendor", "0x1234\n");  // of QEMU
  machine.write("usr/share/misc/pci.ids",
                "# list\n1002  AMD\n\t2684  no\n10de  NVIDIA Corporation\n\t2684  AD102 "
                "[GeForce RTX 4090]\n\t\t1043 1  a subsystem\n");
  std::vector<std::string> unseen;
  CHECK(read_cards(FileTree(machine.root()), {}, unseen).empty());
  REQUIRE(unseen.size() == 1);
  CHECK_THAT(unseen[0], Catch::Contains("AD102 [GeForce RTX 4090]"));
}

TEST_CASE("an AMD card without HIP goes by pci.ids and the memory that amdgpu tells", "[detect]") {
  const FakeMachine machine;
  const std::string folder = "sys/bus/pci/devices/0000:03:00.0/";
  machine.write(folder + "class", "0x030000\n");
  machine.write(folder + "vendor", "0x1002\n");
  machine.write(folder + "device", "0x744c\n");
  machine.write(folder + "mem_info_vram_total", "25753026560\n");
  machine.write("usr/share/misc/pci.ids",
                "1002  AMD\n\t744c  Navi 31 [Radeon RX 7900 XT/7900 XTX/7900 GRE/7900M]\n");
  std::vector<std::string> unseen;
  const auto cards = read_cards(FileTree(machine.root()), {}, unseen);
  REQUIRE(cards.size() == 1);
  CHECK(cards[0].names[1] == "Radeon RX 7900 XTX");
  CHECK(match_gpu(cards[0], shipped()).spec->id == "rx-7900-xtx");  // the one with 24 GiB
}
