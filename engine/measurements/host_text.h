// The machine around accelerators, in the words of a table: "2x Xeon Gold 6454S, 8x DDR5-4800 per
// socket, 1 TB", "128 GB DDR4-3200 dual channel", "Pi CM5 - 16GB (Nvidia RTX 4090)".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace plimsoll {

struct HostText {
  std::string cpu;  // "Xeon Gold 6454S"; empty: not named
  int sockets = 1;
  std::optional<double> memory_gb;          // GiB under its market name
  std::optional<int> channels;              // of memory, of a socket
  std::optional<int> megatransfers;         // of a channel of 64 bits
  std::optional<double> bandwidth() const;  // bytes per second of a socket
};
HostText parse_host(std::string_view text);

// Shorter and shorter beginnings of a text, whole words, as long as they hold a digit: what may be
// the name that it begins with.
std::string shorter_name(std::string_view name);

}  // namespace plimsoll
