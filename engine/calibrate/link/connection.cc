#include "calibrate/link/connection.h"

#include <cerrno>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/system_error.h"

namespace plimsoll::calibrate::link {
namespace {

#ifdef MSG_NOSIGNAL
constexpr int without_signal = MSG_NOSIGNAL;
#else
constexpr int without_signal = 0;
#endif

template <class Value>
void set_option(int descriptor, int level, int name, const Value& value) {
  ::setsockopt(descriptor, level, name, &value, sizeof value);
}

Socket new_socket(const Address& address) {
  Socket socket(::socket(address.bytes.ss_family, SOCK_STREAM, 0));
  if (socket.get() < 0) throw KernelFailure(system_error_text("socket"));
  ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC);
  return socket;
}

template <class Get>
Address address_by(Get get, int descriptor) {
  Address address{.size = sizeof(sockaddr_storage)};
  if (get(descriptor, address.get(), &address.size) != 0) address.size = 0;
  return address;
}

// What connecting ended with, as errno; 0: it is connected.
int connect_error(int descriptor) {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

void wait_until_connected(const Socket& socket, const Patience& patience) {
  pollfd watched{.fd = socket.get(), .events = POLLOUT, .revents = 0};
  while (::poll(&watched, 1, static_cast<int>(wait_slice.count())) <= 0)
    patience.check("nobody answered");
}

Socket connect_to(const Address& address, const Patience& patience) {
  Socket socket = new_socket(address);
  socket.set_blocking(false);
  int error = ::connect(socket.get(), address.get(), address.size) == 0 ? 0 : errno;
  if (error == EINPROGRESS || error == EINTR) {
    wait_until_connected(socket, patience);
    error = connect_error(socket.get());
  }
  if (error != 0) throw KernelFailure(std::generic_category().message(error));
  socket.set_blocking(true);
  return socket;
}

}  // namespace

Clock::time_point in_seconds(double seconds) {
  return Clock::now() +
         std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

void Patience::check(std::string_view what) const {
  if (stop_ && *stop_) throw KernelFailure("stopped");
  if (abandoned_ && *abandoned_) throw KernelFailure("another stream of the transfer failed");
  if (Clock::now() >= until_) throw KernelFailure("timed out: " + std::string(what));
}

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Socket::set_blocking(bool blocking) const {
  const int flags = ::fcntl(descriptor_, F_GETFL);
  ::fcntl(descriptor_, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

Address Socket::own_address() const {
  return address_by(::getsockname, descriptor_);
}

Address Socket::peer_address() const {
  return address_by(::getpeername, descriptor_);
}

bool send_at_once(const Socket& socket, std::span<const std::byte> bytes) {
  return ::send(socket.get(), bytes.data(), bytes.size(), without_signal) ==
         static_cast<ssize_t>(bytes.size());
}

Socket listen_at(const Address& address) {
  constexpr int most_waiting = 64;
  Socket socket = new_socket(address);
  // A port that a finished session still holds in TIME_WAIT is free for us.
  set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (address.is_ipv6()) set_option(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  const std::string where = to_text(address.endpoint());
  if (::bind(socket.get(), address.get(), address.size) != 0)
    throw KernelFailure(system_error_text("cannot listen at " + where));
  if (::listen(socket.get(), most_waiting) != 0)
    throw KernelFailure(system_error_text("cannot listen at " + where));
  socket.set_blocking(false);
  return socket;
}

Socket connect_to_any(const std::vector<Address>& addresses, double seconds,
                      const std::atomic<bool>* stop) {
  std::string failures;
  for (const Address& address : addresses) {
    try {
      return connect_to(address, Patience(in_seconds(seconds), stop));
    } catch (const KernelFailure& failure) {
      failures +=
          (failures.empty() ? "" : "; ") + to_text(address.endpoint()) + ": " + failure.what();
      if (stop && *stop) break;
    }
  }
  throw KernelFailure(failures);
}

Connection::Connection(Socket socket) : socket_(std::move(socket)) {
  const timeval slice{
      .tv_sec = 0,
      .tv_usec = static_cast<suseconds_t>(std::chrono::microseconds(wait_slice).count())};
  set_option(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, slice);
  set_option(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, slice);
  set_option(socket_.get(), IPPROTO_TCP, TCP_NODELAY, 1);
#ifdef SO_NOSIGPIPE
  set_option(socket_.get(), SOL_SOCKET, SO_NOSIGPIPE, 1);
#endif
  socket_.set_blocking(true);
}

void Connection::send(std::span<const std::byte> bytes, const Patience& patience) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), without_signal);
    if (sent > 0)
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
    else if (errno == EPIPE || errno == ECONNRESET)
      throw KernelFailure("the other end has gone");
    else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
      throw KernelFailure(system_error_text("send"));
    if (!bytes.empty()) patience.check("the other end takes no more bytes");
  }
}

std::size_t Connection::receive_some(std::span<std::byte> bytes, const Patience& patience) {
  for (;;) {
    const ssize_t came = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (came > 0) return static_cast<std::size_t>(came);
    if (came == 0 || errno == ECONNRESET) throw KernelFailure("the other end has gone");
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
      throw KernelFailure(system_error_text("recv"));
    patience.check("nothing came from the other end");
  }
}

void Connection::receive(std::span<std::byte> bytes, const Patience& patience) {
  while (!bytes.empty()) {
    bytes = bytes.subspan(receive_some(bytes, patience));
    if (!bytes.empty()) patience.check("too little came from the other end");
  }
}

void Connection::send(const Frame& frame, const Patience& patience) {
  send(encode(frame), patience);
}

Frame Connection::receive_frame(const Patience& patience) {
  FrameReader reader;
  for (;;) {
    reader.filled(receive_some(reader.space(), patience));
    if (auto frame = reader.take()) return std::move(*frame);
    patience.check("too little came from the other end");
  }
}

}  // namespace plimsoll::calibrate::link
