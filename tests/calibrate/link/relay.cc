#include "relay.h"

#include <array>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

namespace plimsoll::calibrate::link::test {
namespace {

// As the system does for a program that was killed: whoever sends still learns that at once. Linux
// ends a connection so when it is connected to nothing.
void reset(const Socket& socket) {
  const sockaddr nothing{.sa_family = AF_UNSPEC, .sa_data = {}};
  ::connect(socket.get(), &nothing, sizeof nothing);
  ::shutdown(socket.get(), SHUT_RDWR);
}

}  // namespace

Relay::Relay(const Address& to, const RelayOptions& options)
    : to_(to), options_(options), socket_(listen_at(resolve({"127.0.0.1", 0}).front())) {
  acceptor_ = std::thread([this] { accept_all(); });
}

Relay::~Relay() {
  ending_ = true;
  acceptor_.join();
  for (const Socket& socket : sockets_) ::shutdown(socket.get(), SHUT_RDWR);
  for (std::thread& thread : threads_) thread.join();
}

void Relay::fault_after_more(Fault fault, std::uint64_t more) {
  const std::lock_guard lock(mutex_);
  options_.fault = fault;
  options_.after = passed_ + more;
}

void Relay::accept_all() {
  pollfd watched{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  while (!ending_) {
    if (::poll(&watched, 1, 5) <= 0) continue;
    Socket near(::accept(socket_.get(), nullptr, nullptr));
    if (near.get() < 0) continue;
    const std::lock_guard lock(mutex_);
    if (options_.fault == Fault::cut && passed_ > options_.after) continue;
    near.set_blocking(true);
    Socket far;
    try {
      far = connect_to_any({to_}, 1.0, nullptr);
    } catch (const KernelFailure&) {
      continue;  // it has gone
    }
    const Socket& a = sockets_.emplace_back(std::move(near));
    const Socket& b = sockets_.emplace_back(std::move(far));
    for (const Socket* each : {&a, &b}) {
      const int on = 1;
      ::setsockopt(each->get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    threads_.emplace_back([this, &a, &b] { pass_on(a, b); });
    threads_.emplace_back([this, &a, &b] { pass_on(b, a); });
  }
}

void Relay::pass_on(const Socket& from, const Socket& to) {
  std::array<std::byte, 65536> bytes{};
  for (;;) {
    const ssize_t came = ::recv(from.get(), bytes.data(), bytes.size(), 0);
    if (came <= 0 || !pass(std::span(bytes).first(static_cast<std::size_t>(came)), to)) break;
  }
  ::shutdown(to.get(), SHUT_RDWR);
  ::shutdown(from.get(), SHUT_RDWR);
}

bool Relay::pass(std::span<std::byte> bytes, const Socket& to) {
  if (options_.delay.count() > 0) std::this_thread::sleep_for(options_.delay);
  std::unique_lock lock(mutex_);
  const std::uint64_t begin = passed_;
  const std::uint64_t end = passed_ += bytes.size();
  const bool reached = options_.fault != Fault::none && end > options_.after;
  if (reached && options_.fault == Fault::flip && begin <= options_.after)
    bytes[options_.after - begin] = ~bytes[options_.after - begin];
  if (reached && options_.fault == Fault::hold) {
    lock.unlock();
    while (!ending_) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return false;
  }
  if (reached && options_.fault == Fault::cut) {
    // What came before the cut still arrives.
    if (begin < options_.after) send_at_once(to, bytes.first(options_.after - begin));
    for (const Socket& socket : sockets_) reset(socket);
    return false;
  }
  lock.unlock();
  while (!bytes.empty()) {
    const ssize_t sent = ::send(to.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace plimsoll::calibrate::link::test
