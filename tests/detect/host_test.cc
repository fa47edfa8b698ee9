// What is read of a machine's files.

#include "detect/host.h"

#include "detect/match.h"
#include "fake_machine.h"

using namespace plimsoll;
using namespace plimsoll::test;

TEST_CASE("sockets, cores, threads and NUMA nodes of a server", "[detect]") {
  const FakeMachine machine;
  machine.add_cpu({.name = "Intel(R) Xeon(R) Platinum 8592+",
                   .vendor = "GenuineIntel",
                   .sockets = 2,
                   .cores_per_socket = 4,
                   .threads_per_core = 2,
                   .numa = true});
  std::vector<std::string> unseen;
  const CpuFacts cpu = read_cpu(FileTree(machine.root()), unseen);
  CHECK(cpu.sockets == 2);
  CHECK(cpu.cores == 8);
  CHECK(cpu.threads == 16);
  CHECK(cpu.numa_nodes == 2);
  CHECK(cpu.vendor == "intel");
  CHECK(cpu.clock == Hertz(2.6e9));  // as /proc/cpuinfo has it
}

TEST_CASE("without /sys the processors are counted in /proc/cpuinfo", "[detect]") {
  const FakeMachine machine;
  machine.write("proc/cpuinfo",
                "processor: 0\nphysical id: 0\ncore id: 0\n\nprocessor: 1\nphysical id: 0\n"
                "core id: 0\n\nprocessor: 2\nphysical id: 1\ncore id: 0\n\n");
  std::vector<std::string> unseen;
  const CpuFacts cpu = read_cpu(FileTree(machine.root()), unseen);
  CHECK(cpu.sockets == 2);
  CHECK(cpu.cores == 2);
  CHECK(cpu.threads == 3);
  CHECK(has_line_with(unseen, "caches and NUMA nodes"));
}

TEST_CASE("names of processors without what kernels add", "[detect]") {
  CHECK(plain_cpu_name("AMD Ryzen 9 7950X 16-Core Processor") == "AMD Ryzen 9 7950X");
  CHECK(plain_cpu_name("Intel(R) Xeon(R) CPU E5-2683 v4 @ 2.10GHz") == "Intel Xeon E5-2683 v4");
  CHECK(plain_cpu_name("13th Gen Intel(R) Core(TM) i9-13900K") == "Intel Core i9-13900K");
  CHECK(plain_cpu_name("AMD RYZEN AI MAX+ 395 w/ Radeon 8060S") == "AMD RYZEN AI MAX+ 395");
}

TEST_CASE("the limit of a control group is memory, where it is the smaller", "[detect]") {
  const FakeMachine machine;
  machine.add_memory(64);
  std::vector<std::string> unseen;
  const auto read = [&] { return read_memory(FileTree(machine.root()), unseen); };
  CHECK(read().usable() == Bytes(64 * bytes_per_gib));

  SECTION("version 2, of a group above") {
    machine.write("proc/self/cgroup", "0::/pod/box\n");
    machine.write("sys/fs/cgroup/pod/box/memory.max", "max\n");
    machine.write("sys/fs/cgroup/pod/memory.max", std::to_string(8LL << 30));
    CHECK(read().usable() == Bytes(8 * bytes_per_gib));
    CHECK(read().limit_from == "/sys/fs/cgroup/pod/memory.max");
  }
  SECTION("version 2 inside a container, whose group is the root") {
    machine.write("proc/self/cgroup", "0::/docker/abc\n");
    machine.write("sys/fs/cgroup/memory.max", std::to_string(4LL << 30));
    CHECK(read().usable() == Bytes(4 * bytes_per_gib));
  }
  SECTION("version 1") {
    machine.write("proc/self/cgroup", "9:cpu,cpuacct:/\n4:memory:/a/b\n");
    machine.write("sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", std::to_string(2LL << 30));
    CHECK(read().usable() == Bytes(2 * bytes_per_gib));
  }
  SECTION("version 1 without a limit says so with the largest number") {
    machine.write("proc/self/cgroup", "4:memory:/a\n");
    machine.write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "9223372036854771712\n");
    CHECK(read().usable() == Bytes(64 * bytes_per_gib));
    CHECK_FALSE(read().limit);
  }
}

TEST_CASE("memory modules of the firmware's table", "[detect]") {
  const FakeMachine machine;
  machine.add_memory(32);
  std::vector<std::string> unseen;
  machine.add_modules(2, 6000, true);
  const MemoryFacts told = read_memory(FileTree(machine.root()), unseen);
  REQUIRE(told.modules);
  CHECK(told.modules->modules == 2);
  CHECK(told.modules->bus_bits == 128);
  CHECK(told.modules->channels_told);
  CHECK(told.modules->megatransfers_per_second == 6000);
  CHECK(told.modules->type == "DDR5");
  CHECK(told.modules->size == Bytes(32 * bytes_per_gib));
}

TEST_CASE("a broken table of the firmware is read no further than it goes", "[detect]") {
  const FakeMachine machine;
  machine.add_modules(3, 4800, true);
  const std::string table = *FileTree(machine.root()).bytes("sys/firmware/dmi/tables/DMI");
  for (std::size_t length = 0; length < table.size(); ++length) {
    const auto modules = read_modules(table.substr(0, length));
    CHECK((!modules || modules->modules <= 3));
  }
  CHECK_FALSE(read_modules(std::string(1000, '\xff')));
}

TEST_CASE("drives and networks", "[detect]") {
  const FakeMachine machine;
  machine.write("sys/block/nvme0n1/size", "3907029168\n");
  machine.write("sys/block/nvme0n1/device/model", "Samsung SSD 990 PRO 2TB     \n");
  machine.write("sys/block/nvme0n1/device/device/current_link_speed", "16.0 GT/s PCIe\n");
  machine.write("sys/block/nvme0n1/device/device/current_link_width", "4\n");
  machine.write("sys/block/loop0/size", "100\n");
  machine.write("sys/class/net/eth0/type", "1\n");
  machine.write("sys/class/net/eth0/speed", "2500\n");
  machine.write("sys/class/net/eth0/device/vendor", "0x8086\n");
  machine.write("sys/class/net/docker0/type", "1\n");
  std::vector<std::string> unseen;
  const auto drives = read_drives(FileTree(machine.root()), unseen);
  REQUIRE(drives.size() == 1);
  CHECK(drives[0].model == "Samsung SSD 990 PRO 2TB");
  CHECK(drives[0].size == Bytes(3907029168.0 * 512));
  CHECK(drives[0].bus == "NVMe");
  CHECK(drives[0].link == "16.0 GT/s PCIe x4");
  const auto networks = read_networks(FileTree(machine.root()), unseen);
  REQUIRE(networks.size() == 1);
  CHECK(networks[0].gigabits_per_second == 2.5);
  CHECK(match_drive(drives[0], shipped()).spec->id == "samsung-990-pro");
  CHECK(match_network(networks[0], shipped()).spec->id == "ethernet-2.5g");
}
