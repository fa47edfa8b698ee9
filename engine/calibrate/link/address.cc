#include "calibrate/link/address.h"

#include <array>
#include <charconv>
#include <cstring>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>
#include <netdb.h>

namespace plimsoll::calibrate::link {
namespace {

constexpr int highest_port = 65535;

std::optional<int> parse_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && port >= 0 && port <= highest_port ? std::optional(port) : std::nullopt;
}

std::optional<Endpoint> with_port(std::string_view host, std::string_view port) {
  const auto number = parse_port(port);
  if (host.empty() || !number) return std::nullopt;
  return Endpoint{.host = std::string(host), .port = *number};
}

Address address_of(const sockaddr* from, socklen_t size) {
  Address address{.size = size};
  std::memcpy(&address.bytes, from, size);
  return address;
}

socklen_t size_of_family(int family) {
  return family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

const in6_addr& ipv6_of(const Address& address) {
  return reinterpret_cast<const sockaddr_in6&>(address.bytes).sin6_addr;
}

std::uint32_t ipv4_of(const Address& address) {
  return ntohl(reinterpret_cast<const sockaddr_in&>(address.bytes).sin_addr.s_addr);
}

// Calls `use(name, flags, address)` for each address of an interface that is up.
template <class Use>
void each_interface(Use use) {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(all, ::freeifaddrs);
  for (const ifaddrs* each = all; each; each = each->ifa_next) {
    if (!each->ifa_addr || !(each->ifa_flags & IFF_UP)) continue;
    const int family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    use(std::string(each->ifa_name), address_of(each->ifa_addr, size_of_family(family)));
  }
}

}  // namespace

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos || end == 1) return std::nullopt;
    const std::string_view host = text.substr(1, end - 1);
    const std::string_view rest = text.substr(end + 1);
    if (rest.empty()) return Endpoint{.host = std::string(host)};
    return rest.front() == ':' ? with_port(host, rest.substr(1)) : std::nullopt;
  }
  const auto colon = text.find(':');
  const bool bare_ipv6 = colon != text.rfind(':');
  if (text.empty() || text.find_first_of(" \t[]/") != std::string_view::npos) return std::nullopt;
  if (colon == std::string_view::npos || bare_ipv6) return Endpoint{.host = std::string(text)};
  return with_port(text.substr(0, colon), text.substr(colon + 1));
}

std::string to_text(const Endpoint& endpoint) {
  const bool ipv6 = endpoint.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

bool Address::is_loopback() const {
  if (is_ipv6()) return IN6_IS_ADDR_LOOPBACK(&ipv6_of(*this));
  return ipv4_of(*this) >> 24 == 127;
}

bool Address::is_any() const {
  if (is_ipv6()) return IN6_IS_ADDR_UNSPECIFIED(&ipv6_of(*this));
  return ipv4_of(*this) == INADDR_ANY;
}

Endpoint Address::endpoint() const {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getnameinfo(get(), size, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return {.host = "?", .port = 0};
  std::string_view text = host.data();
  constexpr std::string_view mapped = "::ffff:";
  if (text.starts_with(mapped) && text.find('.') != std::string_view::npos)
    text.remove_prefix(mapped.size());
  return {.host = std::string(text), .port = parse_port(port.data()).value_or(0)};
}

std::vector<Address> resolve(const Endpoint& endpoint) {
  const addrinfo hints{.ai_flags = AI_NUMERICSERV,
                       .ai_family = AF_UNSPEC,
                       .ai_socktype = SOCK_STREAM,
                       .ai_protocol = 0,
                       .ai_addrlen = 0,
                       .ai_addr = nullptr,
                       .ai_canonname = nullptr,
                       .ai_next = nullptr};
  addrinfo* all = nullptr;
  const std::string port = std::to_string(endpoint.port);
  const int error = ::getaddrinfo(endpoint.host.c_str(), port.c_str(), &hints, &all);
  if (error == EAI_AGAIN) throw KernelFailure("no name server answers for '" + endpoint.host + "'");
  if (error != 0)
    throw UnknownHost("there is no host '" + endpoint.host + "': " + ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(all, ::freeaddrinfo);
  std::vector<Address> found;
  for (const addrinfo* each = all; each; each = each->ai_next)
    if (each->ai_family == AF_INET || each->ai_family == AF_INET6)
      found.push_back(address_of(each->ai_addr, each->ai_addrlen));
  if (found.empty()) throw UnknownHost("'" + endpoint.host + "' has no internet address");
  return found;
}

std::vector<std::string> own_addresses() {
  std::vector<std::string> found;
  each_interface([&](const std::string&, const Address& address) {
    const bool one_link = address.is_ipv6() && IN6_IS_ADDR_LINKLOCAL(&ipv6_of(address));
    if (!address.is_loopback() && !one_link) found.push_back(address.endpoint().host);
  });
  return found;
}

std::string interface_of(const Address& address) {
  std::string found;
  const std::string host = address.endpoint().host;
  each_interface([&](const std::string& name, const Address& own) {
    if (found.empty() && own.endpoint().host == host) found = name;
  });
  // All of 127.0.0.0/8 is that one interface's, though only 127.0.0.1 is listed.
  return found.empty() && address.is_loopback() ? "lo" : found;
}

}  // namespace plimsoll::calibrate::link
