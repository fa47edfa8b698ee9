// The machine around accelerators, as tables describe it.
#include "measurements/host_text.h"

#include "support/catch.h"

namespace plimsoll {

TEST_CASE("a host names CPU, sockets and memory", "[measurements]") {
  const HostText host = parse_host("2x Xeon Gold 6454S, 8x DDR5-4800 per socket, 1 TB");
  CHECK(host.cpu == "Xeon Gold 6454S");
  CHECK(host.sockets == 2);
  CHECK(host.memory_gb == std::optional<double>(1024));
  CHECK(host.channels == std::optional<int>(8));
  CHECK(host.megatransfers == std::optional<int>(4800));
  // 8 channels of 8 bytes: 307.2 GB/s.
  CHECK(host.bandwidth() == std::optional<double>(8 * 8 * 4800e6));
}

TEST_CASE("a host may name its memory only", "[measurements]") {
  const HostText host = parse_host("128 GB DDR4-3200 dual channel");
  CHECK(host.cpu.empty());
  CHECK(host.sockets == 1);
  CHECK(host.memory_gb == std::optional<double>(128));
  CHECK(host.bandwidth() == std::optional<double>(2 * 8 * 3200e6));
}

TEST_CASE("brackets, trade marks and what follows a dash are no part of a CPU's name",
          "[measurements]") {
  CHECK(parse_host("Intel(R) Xeon(R) Platinum 8480C").cpu == "Intel Xeon Platinum 8480C");
  CHECK(parse_host("Ryzen 9 7900X (Nvidia 4090)").cpu == "Ryzen 9 7900X");
  const HostText pi = parse_host("Pi CM5 - 16GB (Nvidia RTX A4000)");
  CHECK(pi.cpu == "Pi CM5");
  CHECK(pi.memory_gb == std::optional<double>(16));
  const HostText quad = parse_host("Intel i9-10900X, 62 GB quad-channel DDR4");
  CHECK(quad.cpu == "Intel i9-10900X");
  CHECK(quad.channels == std::optional<int>(4));
  CHECK_FALSE(quad.bandwidth().has_value());
  CHECK(parse_host("").cpu.empty());
  CHECK(parse_host("Framework Desktop").cpu.empty());
}

TEST_CASE("names get shorter while they hold a digit", "[measurements]") {
  CHECK(shorter_name("Xeon Gold 6454S socket") == "Xeon Gold 6454S");
  CHECK(shorter_name("Intel 265K Custom").empty() == false);
  CHECK(shorter_name("Xeon Gold 6454S").empty());
  CHECK(shorter_name("8480C").empty());
}

}  // namespace plimsoll
