// A wire with a fault: stands between the two ends of a link measurement and does to their bytes
// what the test says.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <thread>

#include "calibrate/link/address.h"
#include "calibrate/link/connection.h"

namespace plimsoll::calibrate::link::test {

enum class Fault {
  none,
  cut,   // after so many bytes all connections close
  hold,  // after so many bytes nothing goes on any more, as if a machine lost its power
  flip   // that byte arrives with all bits turned over
};

struct RelayOptions {
  Fault fault = Fault::none;
  std::uint64_t after = 0;             // bytes, both ways and on all connections
  std::chrono::milliseconds delay{0};  // of every piece that is passed on
};

class Relay {
 public:
  Relay(const Address& to, const RelayOptions& options);
  ~Relay();

  Address address() const { return socket_.own_address(); }
  std::uint64_t passed() const { return passed_; }
  // The fault comes with the byte after so many more.
  void fault_after_more(Fault fault, std::uint64_t more);

 private:
  void accept_all();
  void pass_on(const Socket& from, const Socket& to);
  // False: the connection ends here.
  bool pass(std::span<std::byte> bytes, const Socket& to);

  Address to_;
  RelayOptions options_;
  Socket socket_;
  std::mutex mutex_;
  std::atomic<std::uint64_t> passed_{0};
  std::atomic<bool> ending_{false};
  std::list<Socket> sockets_;
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace plimsoll::calibrate::link::test
