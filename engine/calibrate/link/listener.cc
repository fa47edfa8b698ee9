#include "calibrate/link/listener.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <thread>

#include "base/elapsed.h"
#include "calibrate/link/connection.h"
#include "calibrate/link/protocol.h"
#include "calibrate/link/transfer.h"

namespace plimsoll::calibrate::link {
namespace {

// Somebody who is on the line and has not yet said what for.
class Caller {
 public:
  Caller(Socket socket, double seconds)
      : socket_(std::move(socket)),
        from_(to_text(socket_.peer_address().endpoint())),
        until_(in_seconds(seconds)) {
    socket_.set_blocking(false);
  }

  // Takes what has come. Throws KernelFailure once it is clear that nothing good will.
  void listen() {
    if (!greeting_) return listen_for_greeting();
    frame_.filled(receive(frame_.space()));
  }
  void check_time() const { Patience(until_).check("it did not introduce itself"); }

  const std::optional<Greeting>& greeting() const { return greeting_; }
  std::optional<Frame> take_frame() { return frame_.take(); }

  // Replies are shorter than any socket's buffer: what does not go at once does not go at all.
  void reply(std::span<const std::byte> bytes) const {
    if (!send_at_once(socket_, bytes)) throw KernelFailure("it does not listen");
  }
  void refuse(const std::string& why) const {
    reply(encode(text_frame(FrameType::refused, why)));
    throw KernelFailure(why);
  }

  int descriptor() const { return socket_.get(); }
  const std::string& from() const { return from_; }
  Connection connection() { return Connection(std::move(socket_)); }

 private:
  std::size_t receive(std::span<std::byte> space) const {
    const ssize_t came = ::recv(socket_.get(), space.data(), space.size(), 0);
    if (came > 0) return static_cast<std::size_t>(came);
    if (came < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return 0;
    throw KernelFailure("it went away");
  }

  void listen_for_greeting() {
    greeting_size_ += receive(std::span(bytes_).subspan(greeting_size_));
    if (!may_be_greeting(std::span(bytes_).first(greeting_size_)))
      throw KernelFailure("it is no plimsoll");
    if (greeting_size_ < bytes_.size()) return;
    const Greeting theirs = decode_greeting(bytes_);
    reply(encode(Greeting{.role = theirs.role}));
    if (theirs.version != protocol_version) throw KernelFailure(mismatch_text(theirs.version));
    greeting_ = theirs;
  }

  Socket socket_;
  std::string from_;
  Clock::time_point until_;
  std::array<std::byte, greeting_size> bytes_{};
  std::size_t greeting_size_ = 0;
  std::optional<Greeting> greeting_;
  FrameReader frame_;
};

bool equal(const Token& a, const Token& b) {
  // In the same time wherever they differ.
  std::byte difference{0};
  for (std::size_t i = 0; i < a.size(); ++i) difference |= a[i] ^ b[i];
  return difference == std::byte{0};
}

}  // namespace

// Answers the door, all the time and on a thread of its own: hands over the first peer and the
// connections that belong to it, and sends all others away.
class Listener::Reception {
 public:
  Reception(Socket socket, const ListenerOptions& options)
      : socket_(std::move(socket)), options_(options), thread_([this] { run(); }) {}
  ~Reception() {
    ending_ = true;
    thread_.join();
  }

  const Socket& socket() const { return socket_; }

  Connection await_peer() {
    const Patience patience(in_seconds(options_.timeouts.wait_s), options_.stop);
    std::unique_lock lock(mutex_);
    while (!control_) {
      changed_.wait_for(lock, wait_slice);
      if (!control_) patience.check("nobody came");
    }
    Connection peer = std::move(*control_);
    control_.reset();
    return peer;
  }

  // Null where that one has not joined.
  Connection* stream(int index) {
    const std::lock_guard lock(mutex_);
    auto& found = streams_[static_cast<std::size_t>(index)];
    return found ? &*found : nullptr;
  }

 private:
  static constexpr std::size_t most_callers = 16;

  void run() {
    while (!ending_) {
      watch();
      for (auto caller = callers_.begin(); caller != callers_.end();)
        caller = attended(*caller) ? callers_.erase(caller) : std::next(caller);
    }
  }

  // Sleeps until something comes, and lets new callers in.
  void watch() {
    std::vector<pollfd> watched{{.fd = socket_.get(), .events = POLLIN, .revents = 0}};
    for (const Caller& each : callers_)
      watched.push_back({.fd = each.descriptor(), .events = POLLIN, .revents = 0});
    ::poll(watched.data(), watched.size(), static_cast<int>(wait_slice.count()));
    if (watched.front().revents == 0) return;
    Socket caller(::accept(socket_.get(), nullptr, nullptr));
    if (caller.get() >= 0 && callers_.size() < most_callers)
      callers_.emplace_back(std::move(caller), options_.timeouts.handshake_s);
  }

  // Whether that caller has been dealt with.
  bool attended(Caller& caller) {
    try {
      caller.listen();
      const auto& greeting = caller.greeting();
      if (greeting && greeting->role == Role::control) return welcome(caller), true;
      if (greeting)
        if (const auto frame = caller.take_frame()) return join(caller, *frame), true;
      caller.check_time();
      return false;
    } catch (const KernelFailure& failure) {
      if (options_.note) options_.note(caller.from() + " was sent away: " + failure.what());
      return true;
    }
  }

  void welcome(Caller& caller) {
    const std::lock_guard lock(mutex_);
    if (taken_) caller.refuse("another machine is being measured with");
    caller.reply(encode(encode(Welcome{.token = token_, .name = options_.name})));
    taken_ = true;
    control_.emplace(caller.connection());
    changed_.notify_all();
  }

  void join(Caller& caller, const Frame& frame) {
    const Join join = decode_join(frame);
    const std::lock_guard lock(mutex_);
    auto& stream = streams_[static_cast<std::size_t>(join.index)];
    if (!taken_ || !equal(join.token, token_)) caller.refuse("it does not belong to this session");
    if (stream) caller.refuse("that stream is there already");
    caller.reply(encode(text_frame(FrameType::joined)));
    stream.emplace(caller.connection());
  }

  Socket socket_;
  const ListenerOptions& options_;
  const Token token_ = random_token();
  std::list<Caller> callers_;  // of the thread alone

  std::mutex mutex_;
  std::condition_variable changed_;
  bool taken_ = false;
  std::optional<Connection> control_;
  std::array<std::optional<Connection>, 2 * most_streams> streams_;

  std::atomic<bool> ending_{false};
  std::thread thread_;  // the last: it uses the others
};

// With the one peer.
class Listener::Session {
 public:
  Session(Connection control, Reception& reception, const ListenerOptions& options)
      : control_(std::move(control)),
        reception_(reception),
        options_(options),
        limits_({.operation_s = options.timeouts.operation_s,
                 .until = in_seconds(options.timeouts.session_s),
                 .stop = options.stop}),
        begin_(Clock::now()) {
    progress_.peer = control_.socket().peer_address().endpoint().host;
  }

  ListenerProgress run() {
    show();
    for (;;) {
      const Frame frame = control_.receive_frame(limits_.patience());
      if (frame.type == FrameType::goodbye) break;
      serve(decode_transfer(frame));
      show();
    }
    return progress_;
  }

 private:
  void serve(const Transfer& transfer) {
    std::vector<Connection*> connections;
    for (const int index : connections_of(transfer)) {
      connections.push_back(reception_.stream(index));
      if (!connections.back()) refuse("stream " + std::to_string(index) + " has not joined");
    }
    control_.send(text_frame(FrameType::ready), limits_.patience());
    const Moved moved = move_bytes(transfer, End::listener, connections, limits_);
    control_.send(encode(Report{.cpu_ns = static_cast<std::uint64_t>(moved.cpu_s * 1e9),
                                .received = moved.received,
                                .wrong = moved.wrong}),
                  limits_.patience());
    count(transfer, moved);
  }

  void refuse(const std::string& why) {
    control_.send(text_frame(FrameType::refused, why), limits_.patience());
    throw KernelFailure(why);
  }

  void count(const Transfer& transfer, const Moved& moved) {
    const double ways = transfer.flow == Flow::message || transfer.flow == Flow::both ? 2.0 : 1.0;
    progress_.bytes += ways * static_cast<double>(transfer.bytes) * transfer.streams *
                       static_cast<double>(transfer.launches);
    progress_.cpu_s += moved.cpu_s;
    ++progress_.transfers;
  }

  void show() {
    progress_.seconds = seconds_since(begin_);
    if (options_.progress) options_.progress(progress_);
  }

  Connection control_;
  Reception& reception_;
  const ListenerOptions& options_;
  Limits limits_;
  Clock::time_point begin_;
  ListenerProgress progress_;
};

Listener::Listener(ListenerOptions options)
    : options_(std::move(options)),
      reception_(std::make_unique<Reception>(listen_at(options_.address), options_)) {}

Listener::~Listener() = default;

Endpoint Listener::endpoint() const {
  return reception_->socket().own_address().endpoint();
}

ListenerProgress Listener::serve() {
  return Session(reception_->await_peer(), *reception_, options_).run();
}

}  // namespace plimsoll::calibrate::link
