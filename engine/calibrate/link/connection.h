// A TCP connection whose every wait has an end: at a time, or when somebody does not want to wait
// any longer.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/elapsed.h"
#include "calibrate/link/address.h"
#include "calibrate/link/protocol.h"

namespace plimsoll::calibrate::link {

using Clock = SteadyClock;

// Waits look at flags so often.
inline constexpr std::chrono::milliseconds wait_slice{20};

Clock::time_point in_seconds(double seconds);

// Throws KernelFailure from `check` when the time is over or a flag is set.
class Patience {
 public:
  explicit Patience(Clock::time_point until, const std::atomic<bool>* stop = nullptr,
                    const std::atomic<bool>* abandoned = nullptr)
      : until_(until), stop_(stop), abandoned_(abandoned) {}

  // `what` it is that is waited for: "timed out: nothing came from the other end".
  void check(std::string_view what) const;

 private:
  Clock::time_point until_;
  const std::atomic<bool>* stop_;
  const std::atomic<bool>* abandoned_;
};

// A file descriptor; -1: none.
class Socket {
 public:
  explicit Socket(int descriptor = -1) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Socket();

  int get() const { return descriptor_; }
  void set_blocking(bool blocking) const;
  Address own_address() const;
  Address peer_address() const;

 private:
  int descriptor_;
};

// Whether all of it went at once; less than a socket's buffer always does unless the other end is
// gone or does not listen.
bool send_at_once(const Socket& socket, std::span<const std::byte> bytes);

// Binds exactly there; throws KernelFailure.
Socket listen_at(const Address& address);

// One of them that answers within `seconds` each. Throws KernelFailure with what each answered.
Socket connect_to_any(const std::vector<Address>& addresses, double seconds,
                      const std::atomic<bool>* stop);

class Connection {
 public:
  explicit Connection(Socket socket);

  // All of it, or a KernelFailure.
  void send(std::span<const std::byte> bytes, const Patience& patience);
  void receive(std::span<std::byte> bytes, const Patience& patience);

  void send(const Frame& frame, const Patience& patience);
  Frame receive_frame(const Patience& patience);

  const Socket& socket() const { return socket_; }

 private:
  std::size_t receive_some(std::span<std::byte> bytes, const Patience& patience);

  Socket socket_;
};

}  // namespace plimsoll::calibrate::link
