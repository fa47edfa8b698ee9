// The end that waits: takes one other plimsoll, does its half of every transfer that this one asks
// for, and is done when it says goodbye.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "calibrate/link/address.h"
#include "calibrate/link/timeouts.h"

namespace plimsoll::calibrate::link {

struct ListenerProgress {
  std::string peer;  // its address
  std::uint64_t transfers = 0;
  double bytes = 0.0;  // both ways
  double seconds = 0.0;
  double cpu_s = 0.0;  // in transfers
};

struct ListenerOptions {
  Address address{};  // port 0: any that is free
  std::string name;   // of this machine, for the other one
  Timeouts timeouts{};
  const std::atomic<bool>* stop = nullptr;
  // Somebody who came and was sent away, and why. Called from another thread.
  std::function<void(const std::string&)> note{};
  // After every transfer, and once before the first.
  std::function<void(const ListenerProgress&)> progress{};
};

class Listener {
 public:
  // Binds; throws KernelFailure where that is refused.
  explicit Listener(ListenerOptions options);
  ~Listener();

  Endpoint endpoint() const;
  // Until the peer says goodbye. Throws KernelFailure: nobody came, the peer vanished, or it broke
  // the protocol.
  ListenerProgress serve();

 private:
  class Session;
  class Reception;
  ListenerOptions options_;
  std::unique_ptr<Reception> reception_;
};

}  // namespace plimsoll::calibrate::link
