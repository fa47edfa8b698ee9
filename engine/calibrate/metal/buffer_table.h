// Buffers by address. Metal binds a buffer and an offset where other drivers take an address.
#pragma once

#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "calibrate/gpu/gpu_driver.h"

namespace plimsoll::calibrate {

template <class Buffer>
class BufferTable {
 public:
  struct Place {
    const Buffer* buffer;
    std::size_t offset;
  };

  void add(DeviceAddress address, std::size_t bytes, Buffer buffer) {
    buffers_.insert_or_assign(address, Entry{bytes, std::move(buffer)});
  }
  // Whether there was one that begins there.
  bool remove(DeviceAddress address) { return buffers_.erase(address) == 1; }

  // Nothing where [address, address + bytes) does not lie within one buffer.
  std::optional<Place> find(DeviceAddress address, std::size_t bytes) const {
    const auto after = buffers_.upper_bound(address);
    if (after == buffers_.begin()) return std::nullopt;
    const auto& [begin, entry] = *std::prev(after);
    if (address + bytes > begin + entry.bytes) return std::nullopt;
    return Place{&entry.buffer, static_cast<std::size_t>(address - begin)};
  }

 private:
  struct Entry {
    std::size_t bytes;
    Buffer buffer;
  };
  std::map<DeviceAddress, Entry> buffers_;
};

}  // namespace plimsoll::calibrate
