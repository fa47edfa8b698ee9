// Where an end of a link is: as written, and as the system finds it.
#pragma once

#include <cstdint>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

#include "calibrate/kernel_failure.h"

namespace plimsoll::calibrate::link {

// Of the range for private use (RFC 6335), above what Linux hands out to clients (32768 to 60999).
inline constexpr int default_port = 61420;

struct Endpoint {
  std::string host;
  int port = default_port;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// "HOST", "HOST:PORT", "1.2.3.4:5", "::1", "[::1]:5"; nothing where it is none of these or the port
// lies outside of 0 to 65535.
std::optional<Endpoint> parse_endpoint(std::string_view text);

// Reads back: "10.0.0.7:61420", "[::1]:5".
std::string to_text(const Endpoint& endpoint);

// A name that nobody knows: a mistake of whoever wrote it, not of the network.
class UnknownHost : public KernelFailure {
 public:
  using KernelFailure::KernelFailure;
};

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&bytes); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&bytes); }
  bool is_ipv6() const { return bytes.ss_family == AF_INET6; }
  bool is_loopback() const;
  bool is_any() const;
  // Without the IPv4 that is mapped into IPv6.
  Endpoint endpoint() const;
};

// At least one, in the system's order of preference. Throws UnknownHost, and KernelFailure where no
// name server answers.
std::vector<Address> resolve(const Endpoint& endpoint);

// Of this machine's interfaces that are up, without loopback and addresses of one link only.
std::vector<std::string> own_addresses();

// The interface that has the address: "eth0"; empty where none.
std::string interface_of(const Address& address);

}  // namespace plimsoll::calibrate::link
