// Whole machines: what becomes of them, and that a catalogue reads it back.

#include "detect/detect.h"

#include "fake_machine.h"

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

const FakeGpu rtx_4090{.name = "NVIDIA GeForce RTX 4090",
                       .bytes = 25'386'352'640,
                       .cores = 128,
                       .clock_khz = 2'520'000,
                       .memory_clock_khz = 10'501'000,
                       .bus_bits = 384,
                       .major = 8,
                       .minor = 9};

}  // namespace

TEST_CASE("a desktop whose processor the catalogue knows", "[detect]") {
  const FakeMachine machine;
  machine.add_cpu({});
  machine.add_memory(62.5);
  const DetectedMachine found = detect({}, machine.options(), shipped());
  CHECK(found.devices.empty());
  ReadBack back(found);
  CHECK(back.system().host.device == "ryzen-9-7950x");
  CHECK(back.system().host.memory == Bytes(62.5 * bytes_per_gib));
  CHECK(has_line_with(found.facts.unseen, "libcuda.so.1 not found"));
}

TEST_CASE("the same processor with faster memory is an entry of its own", "[detect]") {
  const FakeMachine machine;
  machine.add_cpu({});
  machine.add_memory(32);
  machine.add_modules(2, 6000, true);
  ReadBack back(detect({}, machine.options(), shipped()));
  CHECK(back.system().host.device == "here-cpu");
  const DeviceSpec& cpu = back.device("here-cpu");
  CHECK(cpu.memory.bandwidth.value == BytesPerSecond(2 * 8 * 6000e6));
  CHECK(cpu.memory.bandwidth.from.status == FigureStatus::measured);
  CHECK_FALSE(cpu.memory.bandwidth.low);
}

TEST_CASE("modules that name no channel may share one", "[detect]") {
  const FakeMachine machine;
  machine.add_cpu({.name = "AMD Imaginary 1"});
  machine.add_memory(64);
  machine.add_modules(4, 5600, false);
  ReadBack back(detect({}, machine.options(), shipped()));
  const auto& bandwidth = back.device("here-cpu").memory.bandwidth;
  CHECK(bandwidth.value == BytesPerSecond(4 * 8 * 5600e6));
  REQUIRE(bandwidth.low);
  CHECK(bandwidth.low->base() == Approx(2 * 8 * 5600e6).epsilon(1e-2));
}

TEST_CASE("a part of a socket gets a part of its arithmetic", "[detect]") {
  const FakeMachine machine;
  machine.add_cpu({.name = "Intel(R) Xeon(R) Platinum 8488C",
                   .vendor = "GenuineIntel",
                   .cores_per_socket = 12});
  machine.add_memory(64);
  const DetectedMachine found = detect({}, machine.options(), shipped());
  ReadBack back(found);
  const DeviceSpec& cpu = back.device("here-cpu");
  // hwdb: 7.37 TFLOP/s of 48 cores.
  CHECK(find_unit(cpu, UnitKind::cpu)->rates.at(Precision::fp32).peak.value.base() ==
        Approx(7.37e12 * 12 / 48).epsilon(0.005));
  CHECK(cpu.memory.bandwidth.from.status == FigureStatus::claimed);
  CHECK(has_line_with(found.notes, "bandwidth of main memory"));
}

TEST_CASE("copies timed here are what memory reached", "[detect]") {
  const FakeMachine machine;
  machine.add_cpu({.name = "AMD Imaginary 1", .cores_per_socket = 8});
  machine.add_memory(16);
  DetectOptions options = machine.options();
  int asked = 0;
  options.measure = [&](int threads) {
    asked = threads;
    return CopyRate{BytesPerSecond(41e9), BytesPerSecond(40e9), BytesPerSecond(41e9)};
  };
  ReadBack back(detect({}, options, shipped()));
  CHECK(asked == 8);
  const DeviceSpec& cpu = back.device("here-cpu");
  const auto& reached = find_unit(cpu, UnitKind::cpu)->memory_reached;
  REQUIRE(reached);
  CHECK(reached->value == BytesPerSecond(41e9));
  CHECK(reached->low == BytesPerSecond(40e9));
  CHECK(cpu.memory.bandwidth.value == BytesPerSecond(50e9));  // over 0.82 of ddr5-desktop
}

TEST_CASE("a server with two sockets", "[detect]") {
  const FakeMachine machine;
  machine.add_cpu({.name = "INTEL(R) XEON(R) PLATINUM 8592+",
                   .vendor = "GenuineIntel",
                   .sockets = 2,
                   .cores_per_socket = 64,
                   .numa = true});
  machine.add_memory(1008);
  ReadBack back(detect({}, machine.options(), shipped()));
  CHECK(back.system().host.device == "xeon-platinum-8592-plus");
  CHECK(back.system().host.sockets == 2);
}

TEST_CASE("a container has what its limit leaves", "[detect]") {
  const FakeMachine machine;
  machine.add_cpu({});
  machine.add_memory(64);
  machine.write("proc/self/cgroup", "0::/\n");
  machine.write("sys/fs/cgroup/memory.max", std::to_string(6LL << 30));
  ReadBack back(detect({}, machine.options(), shipped()));
  CHECK(back.system().host.memory == Bytes(6 * bytes_per_gib));
}

TEST_CASE("two cards alike are one part, twice", "[detect]") {
  const FakeMachine machine;
  machine.add_cpu({});
  machine.add_memory(64);
  DetectOptions options = machine.options();
  options.open_driver = cuda_with({rtx_4090, rtx_4090});
  ReadBack back(detect({}, options, shipped()));
  REQUIRE(back.system().parts.size() == 1);
  CHECK(back.system().parts[0].device == "rtx-4090");
  CHECK(back.system().parts[0].count == 2);
}

TEST_CASE("a card that the catalogue lacks is told by its driver", "[detect]") {
  const FakeMachine machine;
  machine.add_cpu({});
  machine.add_memory(64);
  FakeGpu unknown = rtx_4090;
  unknown.name = "NVIDIA Imaginary 2";
  DetectOptions options = machine.options();
  options.open_driver = cuda_with({unknown, rtx_4090, unknown});
  const DetectedMachine found = detect({.id = "box"}, options, shipped());
  ReadBack back(found);
  REQUIRE(back.system().parts.size() == 2);
  CHECK(back.system().parts[0].device == "box-gpu");
  CHECK(back.system().parts[0].count == 2);
  const DeviceSpec& gpu = back.device("box-gpu");
  CHECK(gpu.memory.capacity->value == Bytes(25'386'352'640.0));
  // Both edges of the clock, 384 bits.
  CHECK(gpu.memory.bandwidth.value.base() == Approx(2 * 10.501e9 * 384 / 8).epsilon(0.005));
  CHECK(gpu.architecture == "ada");
  CHECK(has_line_with(found.notes, "pcie-3.0-x16 is assumed"));
}

TEST_CASE("a machine of which nothing can be read is no error", "[detect]") {
  const FakeMachine machine;
  const DetectedMachine found = detect({}, machine.options(), shipped());
  CHECK_FALSE(found.system);
  CHECK(found.parts.empty());
  for (const char* what : {"the CPU", "main memory", "drives", "CUDA", "HIP"})
    CHECK(has_line_with(found.facts.unseen, what));
}

TEST_CASE("names with quotes and control characters do not break entries", "[detect]") {
  const FakeMachine machine;
  machine.add_cpu({.name = "A \"quoted\" \\ name: #1 \x01"});
  machine.add_memory(8);
  machine.write("sys/class/dmi/id/product_name", "Box: {a}, \"b\" \xff\n");
  ReadBack back(detect({}, machine.options(), shipped()));
  CHECK(back.system().name == "This machine (Box: {a}, \"b\" ?)");
}

TEST_CASE("this very machine can be detected", "[detect]") {
  const DetectedMachine found = detect({}, {}, shipped());
  if (found.system) CHECK(ReadBack(found).system().host.memory > Bytes());
}
