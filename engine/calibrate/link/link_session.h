// The end that connects, and asks for transfers.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "calibrate/link/address.h"
#include "calibrate/link/connection.h"
#include "calibrate/link/protocol.h"
#include "calibrate/link/timeouts.h"
#include "calibrate/link/transfer.h"

namespace plimsoll::calibrate::link {

struct SessionOptions {
  std::vector<Address> addresses{};  // of the peer's host, tried in turn
  int streams = 8;                   // at most in one transfer, each way
  Timeouts timeouts{};
  const std::atomic<bool>* stop = nullptr;
};

// Both ends of one transfer.
struct Transferred {
  double seconds = 0.0;
  double cpu_here_s = 0.0;
  double cpu_peer_s = 0.0;
  std::string wrong{};  // which byte, and who saw it; empty: none
};

class LinkSession {
 public:
  // Connects and introduces itself; throws KernelFailure.
  explicit LinkSession(const SessionOptions& options);
  // Says goodbye, unless the session broke.
  ~LinkSession();
  LinkSession(const LinkSession&) = delete;
  LinkSession& operator=(const LinkSession&) = delete;

  // Throws KernelFailure; after that the session is broken, and so is every further transfer.
  Transferred transfer(const Transfer& transfer);
  // What it broke by; nothing: it did not.
  const std::optional<std::string>& broken() const { return broken_; }

  // As the peer calls itself.
  const std::string& peer_name() const { return peer_name_; }
  // "eth0 to orion, IPv4".
  std::string description() const;
  // "TCP cubic, segments of 1,448 bytes".
  std::string transport() const;

 private:
  Connection open(Role role) const;
  void join(const Token& token, int index);
  Moved move(const Transfer& transfer);
  Report report();
  Frame reply(FrameType type, Connection& connection) const;
  Patience patience(double seconds) const { return Patience(in_seconds(seconds), options_.stop); }

  SessionOptions options_;
  Connection control_;
  std::string peer_name_;
  std::vector<std::optional<Connection>> streams_;
  std::optional<std::string> broken_;
};

}  // namespace plimsoll::calibrate::link
