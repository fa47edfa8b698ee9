// Moves the bytes of a transfer on joined connections, the same at both ends: what one end puts
// out the other takes in.
//
//   flow     connector                    listener
//   message  message out, message in      message in, message out
//   there    bytes out, await a byte      bytes in, signal a byte
//   back     signal a byte, bytes in      await a byte, bytes out
//   both     there and back at once, on connections of their own
//
// A launch is one such pair of steps on every stream. Streams do not wait for each other.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "calibrate/link/connection.h"
#include "calibrate/link/protocol.h"

namespace plimsoll::calibrate::link {

enum class End { connector, listener };

struct Limits {
  double operation_s = 10.0;  // for a frame, a message, a block of 128 KiB
  Clock::time_point until = Clock::time_point::max();
  const std::atomic<bool>* stop = nullptr;

  Patience patience(const std::atomic<bool>* abandoned = nullptr) const {
    return Patience(std::min(until, in_seconds(operation_s)), stop, abandoned);
  }
};

struct Moved {
  double seconds = 0.0;  // from when all streams were ready until the last was done
  double cpu_s = 0.0;    // of this program meanwhile, user and system
  std::uint64_t received = 0;
  std::string wrong{};  // the first wrong byte; empty: none
};

// How many connections a flow needs, by their indices: those there are 0 to most_streams - 1, those
// back follow.
std::vector<int> connections_of(const Transfer& transfer);

// On the connections of `connections_of`, in that order. Throws KernelFailure.
Moved move_bytes(const Transfer& transfer, End end, std::span<Connection* const> connections,
                 const Limits& limits);

}  // namespace plimsoll::calibrate::link
